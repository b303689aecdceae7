using System.Numerics;
using FleetMonitor.Core.Formats;
using Parquet;
using Parquet.Schema;

namespace FleetMonitor.Api.References;

/// <summary>A Parquet file's flat columns, row group by row group.</summary>
internal sealed class ParquetFile : IAsyncDisposable
{
    private static readonly ParquetOptions Options = new() { TreatByteArrayAsString = true, TreatBigIntegersAsDates = true };

    private readonly ParquetReader _reader;

    private ParquetFile(ParquetReader reader)
    {
        _reader = reader;
        Header = [.. reader.Schema.Fields.Select(column => column.Name)];
        Rows = [.. reader.RowGroups.Select(group => group.RowCount)];
    }

    /// <summary>The names of the columns, nested ones too.</summary>
    public IReadOnlyList<string> Header { get; }

    /// <summary>The rows of each row group, as the footer says.</summary>
    public IReadOnlyList<long> Rows { get; }

    /// <exception cref="DocumentException">It is not a Parquet file.</exception>
    public static Task<ParquetFile> OpenAsync(ParquetBytes file, CancellationToken cancellation)
    {
        ParquetFooter.Check(file.Bytes);
        return Guard(async () => new ParquetFile(await ParquetReader.CreateAsync(file, Options, leaveStreamOpen: true, cancellation)));
    }

    public ValueTask DisposeAsync() => _reader.DisposeAsync();

    /// <summary>The columns of one row group, each at the place of its index in <paramref name="columns"/>.</summary>
    public Task<ParquetColumn[]> ReadAsync(int group, IReadOnlyList<int> columns, CancellationToken cancellation) => Guard(async () =>
    {
        using var reader = _reader.OpenRowGroupReader(group);
        var read = new ParquetColumn[columns.Count];
        for (var i = 0; i < read.Length; i++) read[i] = await Column(reader, _reader.Schema.Fields[columns[i]], cancellation);
        return read;
    });

    private static Task<ParquetColumn> Column(ParquetRowGroupReader group, Field column, CancellationToken cancellation)
    {
        if (column is not DataField { IsArray: false } field) throw new DocumentException($"column \"{column.Name}\" is nested; expected a flat one, or its name among those to ignore");
        return field.ClrType switch
        {
            var type when type == typeof(double) => Numbers<double>(group, field, cancellation),
            var type when type == typeof(float) => Numbers<float>(group, field, cancellation),
            var type when type == typeof(Half) => Numbers<Half>(group, field, cancellation),
            var type when type == typeof(int) => Numbers<int>(group, field, cancellation),
            var type when type == typeof(long) => Numbers<long>(group, field, cancellation),
            var type when type == typeof(short) => Numbers<short>(group, field, cancellation),
            var type when type == typeof(sbyte) => Numbers<sbyte>(group, field, cancellation),
            var type when type == typeof(uint) => Numbers<uint>(group, field, cancellation),
            var type when type == typeof(ulong) => Numbers<ulong>(group, field, cancellation),
            var type when type == typeof(ushort) => Numbers<ushort>(group, field, cancellation),
            var type when type == typeof(byte) => Numbers<byte>(group, field, cancellation),
            var type when type == typeof(decimal) => Numbers<decimal>(group, field, cancellation),
            var type when type == typeof(bool) =>
                Read<bool, ReadOnlyMemory<char>?>(group, field, null, value => (value ? "true" : "false").AsMemory(), values => new ParquetColumn.Texts(values), cancellation),
            var type when type == typeof(DateTime) => Read<DateTime, DateTime?>(group, field, null, value => value, values => new ParquetColumn.Times(values), cancellation),
            var type when type == typeof(string) || type == typeof(ReadOnlyMemory<char>) =>
                Read<ReadOnlyMemory<char>, ReadOnlyMemory<char>?>(group, field, null, value => value, values => new ParquetColumn.Texts(values), cancellation),
            var type => throw new DocumentException($"column \"{field.Name}\" is of type {type.Name}; expected numbers, texts, booleans or times, or its name among those to ignore"),
        };
    }

    private static Task<ParquetColumn> Numbers<T>(ParquetRowGroupReader group, DataField field, CancellationToken cancellation) where T : struct, INumberBase<T> =>
        Read<T, double>(group, field, double.NaN, double.CreateSaturating, values => new ParquetColumn.Numbers(values), cancellation);

    private static async Task<ParquetColumn> Read<TStored, TValue>(
        ParquetRowGroupReader group, DataField field, TValue missing, Func<TStored, TValue> convert, Func<TValue[], ParquetColumn> column, CancellationToken cancellation) where TStored : struct
    {
        var stored = new TStored[group.RowCount];
        var levels = field.MaxDefinitionLevel > 0 ? new int[group.RowCount] : null;
        await group.ReadRawAsync<TStored>(field, stored, levels is null ? (Memory<int>?)null : levels, null, cancellation);
        // Values lie close together, without gaps for nulls.
        var values = new TValue[stored.Length];
        for (int row = 0, next = 0; row < values.Length; row++) values[row] = levels is null || levels[row] == field.MaxDefinitionLevel ? convert(stored[next++]) : missing;
        return column(values);
    }

    /// <summary>The reader has no one exception for a damaged file: it is whatever it stumbles over, from <see cref="IOException"/> to <see cref="IndexOutOfRangeException"/>.</summary>
    private static async Task<T> Guard<T>(Func<Task<T>> read)
    {
        try
        {
            return await read();
        }
        catch (Exception exception) when (exception is not (DocumentException or OperationCanceledException))
        {
            throw new DocumentException($"the body is not a Parquet file that can be read: {exception.Message}", exception);
        }
    }
}
