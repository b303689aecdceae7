using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace FleetMonitor.Storage;

/// <summary>A prepared statement on the writer's connection, below ADO.NET: spans are bound as they are, and nothing is allocated per execution.</summary>
/// <remarks>For the writer's thread alone. ADO.NET needs a <c>byte[]</c> of the exact length for every body and a reader object for every row.</remarks>
internal sealed class SqliteStatement : IDisposable
{
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;

    public SqliteStatement(SqliteConnection connection, string sql)
    {
        _database = connection.Handle!;
        Check(raw.sqlite3_prepare_v2(_database, sql, out _statement));
    }

    public SqliteStatement Bind(int index, long value)
    {
        Check(raw.sqlite3_bind_int64(_statement, index, value));
        return this;
    }

    /// <remarks>NaN becomes NULL, as SQLite has it.</remarks>
    public SqliteStatement Bind(int index, double? value)
    {
        Check(value is { } number ? raw.sqlite3_bind_double(_statement, index, number) : raw.sqlite3_bind_null(_statement, index));
        return this;
    }

    public SqliteStatement Bind(int index, string? value)
    {
        Check(value is null ? raw.sqlite3_bind_null(_statement, index) : raw.sqlite3_bind_text(_statement, index, value));
        return this;
    }

    public SqliteStatement Bind(int index, ReadOnlySpan<byte> value)
    {
        Check(raw.sqlite3_bind_blob(_statement, index, value));
        return this;
    }

    /// <summary>Runs the statement to its end.</summary>
    /// <returns>Rows inserted, updated or deleted; of no meaning for other statements.</returns>
    public int Execute()
    {
        try
        {
            while (Step())
            {
            }
            return raw.sqlite3_changes(_database);
        }
        finally
        {
            Reset();
        }
    }

    /// <summary>The first row's columns as integers (NULL is 0), or false without a row.</summary>
    public bool TryRead(Span<long> columns)
    {
        try
        {
            if (!Step()) return false;
            for (var i = 0; i < columns.Length; i++) columns[i] = raw.sqlite3_column_int64(_statement, i);
            // An UPDATE or INSERT with RETURNING is done only when it has been stepped to its end.
            while (Step())
            {
            }
            return true;
        }
        finally
        {
            Reset();
        }
    }

    public void Dispose() => _statement.Dispose();

    private bool Step()
    {
        var code = raw.sqlite3_step(_statement);
        if (code == raw.SQLITE_ROW) return true;
        if (code != raw.SQLITE_DONE) Check(code);
        return false;
    }

    // Reset repeats the code of a failed step, which has been thrown already. The bindings go so that a body of 100 MB does not stay.
    private void Reset()
    {
        _ = raw.sqlite3_reset(_statement);
        _ = raw.sqlite3_clear_bindings(_statement);
    }

    private void Check(int code)
    {
        if (code != raw.SQLITE_OK) throw SqliteFailure.Exception(_database, code);
    }
}
