using Npgsql;

namespace FleetMonitor.Storage;

/// <summary>One reading of a model's log, page by page: rows come in, records go out.</summary>
/// <remarks>A page is about 1 MiB, or the rest of one large record. Where it stopped within a segment the next page goes on with the parts that are
/// missing.</remarks>
internal sealed class PostgresLogReader
{
    private const int PageBytes = 1 << 20;
    private const int MostRows = 4096;

    // Without a matching epoch there is no row at all; with one there is at least one, if only of NULLs.
    private const string Sql = """
        SELECT l.sequence, l.part, l.records, l.size, l.checksum, l.body FROM models m LEFT JOIN LATERAL (
            SELECT sequence, part, records, size, checksum, body FROM log WHERE model_id = m.id AND (sequence, part) > ($3, $4)
            ORDER BY sequence, part LIMIT $5) l ON true
        WHERE m.id = $1 AND m.epoch = $2 ORDER BY l.sequence, l.part
        """;

    private readonly ModelLease _lease;
    private readonly long _after;
    private long _expected, _sequence;
    private int _part = int.MaxValue;
    private int _rows = PageBytes / PostgresSchema.PartBytes;
    private byte[]? _segment;
    private int _filled;

    public PostgresLogReader(ModelLease lease, long after)
    {
        _lease = lease;
        _after = _expected = _sequence = after;
    }

    /// <summary>Nothing lies behind the last page.</summary>
    public bool IsAtEnd { get; private set; }

    /// <exception cref="FencedException">The lease is over.</exception>
    public async Task<List<Row>> ReadAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var command = new NpgsqlCommand(Sql, connection)
        {
            Parameters =
            {
                PostgresModels.Of(_lease.ModelId), PostgresModels.Of(_lease.Epoch), PostgresModels.Of(_sequence), PostgresModels.Of(_part),
                PostgresModels.Of((long)_rows),
            },
        };
        await using (command.ConfigureAwait(false))
        {
            var row = await command.ExecuteReaderAsync(ct).ConfigureAwait(false);
            await using (row.ConfigureAwait(false))
            {
                var rows = new List<Row>();
                if (!await row.ReadAsync(ct).ConfigureAwait(false)) throw FencedException.For(_lease);
                if (row.IsDBNull(0)) return rows;
                do rows.Add(new Row(row.GetInt64(0), row.GetInt32(1), row.GetInt32(2), row.GetInt32(3), row.GetInt64(4), row.GetFieldValue<byte[]>(5)));
                while (await row.ReadAsync(ct).ConfigureAwait(false));
                return rows;
            }
        }
    }

    /// <summary>The records that the rows complete, in order and without gaps.</summary>
    /// <exception cref="StoreCorruptException">A record is damaged or missing.</exception>
    public List<LogRecord> Take(List<Row> rows)
    {
        var records = new List<LogRecord>();
        long bytes = 0;
        foreach (var row in rows)
        {
            if (row.Part == 0) Begin(row);
            else Continue(row);
            _part = row.Part;
            bytes += row.Body.Length;
            if (_filled == row.Size) Finish(row, records);
        }
        IsAtEnd = rows.Count < _rows;
        if (IsAtEnd && _segment is not null) throw Missing(_sequence);
        if (rows.Count > 0) _rows = (int)Math.Clamp(PageBytes / Math.Max(1, bytes / rows.Count), 16, MostRows);
        records.RemoveAll(record => record.Sequence <= _after);
        return records;
    }

    private void Begin(Row row)
    {
        // The first segment may begin at or before the sequence asked for; every other one continues where the last ended.
        var before = row.Sequence - row.Records;
        if (_segment is not null || before > _expected || (_expected != _after && before != _expected)) throw Missing(before + 1);
        (_sequence, _segment, _filled) = (row.Sequence, row.Body, row.Body.Length);
        if (row.Size < row.Body.Length) throw Missing(row.Sequence);
        if (row.Size > row.Body.Length) Array.Resize(ref _segment, row.Size);
    }

    private void Continue(Row row)
    {
        if (_segment is null || row.Sequence != _sequence || row.Part != _part + 1 || row.Body.Length > _segment.Length - _filled) throw Missing(row.Sequence);
        row.Body.CopyTo(_segment, _filled);
        _filled += row.Body.Length;
    }

    private void Finish(Row row, List<LogRecord> records)
    {
        LogSegment.Read(_lease, row.Sequence, row.Records, row.Checksum, _segment!, records);
        _expected = row.Sequence;
        _segment = null;
    }

    private StoreCorruptException Missing(long sequence) =>
        new($"The log of model '{_lease.Name}' goes from sequence {_expected} to {sequence}: what lies between is missing.");

    /// <summary>A row of the table.</summary>
    internal readonly record struct Row(long Sequence, int Part, int Records, int Size, long Checksum, byte[] Body);
}
