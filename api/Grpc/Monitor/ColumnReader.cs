using System.Buffers;
using FleetMonitor.Core.Batches;
using FleetMonitor.Core.Formats;
using FleetMonitor.Protocol.V1;
using Google.Protobuf.Collections;

namespace FleetMonitor.Api.Grpc.Monitor;

/// <summary>
/// Columns of a message into a batch. One copy from the message to pooled scratch and one from there to the batch's buffer: no object for an item, and none
/// for a value.
/// </summary>
internal sealed class ColumnReader : IDisposable
{
    private double[] _numbers = [];
    private uint[] _rows = [];
    private ulong[] _times = [];
    private bool[] _flags = [];

    public static Decoded<PredictionBatch> Read(Protocol.V1.PredictionColumns columns, DecodeLimits limits, int bytes)
    {
        using var reader = new ColumnReader();
        return reader.Predictions(columns, limits, bytes);
    }

    public static Decoded<LabelBatch> Read(LabelColumns columns, DecodeLimits limits)
    {
        using var reader = new ColumnReader();
        var (numbers, texts) = (columns.Labels?.Numbers, columns.Labels?.Texts);
        return ColumnarLabels.Read(columns.Ids, reader.Numbers(numbers), reader.Texts(texts), reader.Times(columns.Times), limits);
    }

    public void Dispose()
    {
        Return(_numbers);
        Return(_rows);
        Return(_times);
        Return(_flags);
    }

    private Decoded<PredictionBatch> Predictions(Protocol.V1.PredictionColumns columns, DecodeLimits limits, int bytes)
    {
        var batch = new ColumnarPredictions((int)Math.Min(columns.Count, int.MaxValue), limits, bytes);
        batch.Ids(columns.Ids);
        batch.Times(Times(columns.Times));
        batch.Versions(Texts(columns.Versions));
        batch.Predictions(Numbers(columns.Predictions?.Numbers), Texts(columns.Predictions?.Texts));
        batch.Scores(Numbers(columns.Scores));
        foreach (var column in columns.Probabilities) batch.Probability(column.Name, Numbers(column.Numbers));
        batch.Latencies(Numbers(columns.Latencies));
        batch.Errors(Span(columns.Errors, ref _flags));
        foreach (var column in columns.Features) batch.Feature(column.Name, Numbers(column.Values?.Numbers), Texts(column.Values?.Texts));
        foreach (var column in columns.Tags) batch.Tag(column.Name, Texts(column.Texts));
        return batch.Build();
    }

    private ReadOnlySpan<double> Numbers(RepeatedField<double>? numbers) => Span(numbers, ref _numbers);

    private ReadOnlySpan<ulong> Times(RepeatedField<ulong> times) => Span(times, ref _times);

    private Core.Formats.TextColumn Texts(Protocol.V1.TextColumn? texts) => texts is null ? default : new(texts.Dictionary, Span(texts.Rows, ref _rows));

    private static ReadOnlySpan<T> Span<T>(RepeatedField<T>? values, ref T[] scratch)
    {
        if (values is null) return default;
        if (values.Count > scratch.Length)
        {
            Return(scratch);
            scratch = ArrayPool<T>.Shared.Rent(values.Count);
        }
        values.CopyTo(scratch, 0);
        return scratch.AsSpan(0, values.Count);
    }

    private static void Return<T>(T[] scratch)
    {
        if (scratch.Length > 0) ArrayPool<T>.Shared.Return(scratch);
    }
}
