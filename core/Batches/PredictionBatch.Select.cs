using FleetMonitor.Core.Codec;

namespace FleetMonitor.Core.Batches;

public sealed partial class PredictionBatch
{
    /// <summary>Some rows of the batch, in the order given, as a batch of their own.</summary>
    public PredictionBatch Select(ReadOnlySpan<int> rows)
    {
        var writer = Begin(rows.Length);
        if (Ids is { } ids) Write(Section.Ids, rows, ids.WriteRows);
        WriteRows(writer, Section.Times, Times, rows);
        if (Versions is { } versions) Write(Section.Versions, rows, versions.WriteRows);
        Write(Section.Predictions, rows, Predictions.WriteRows);
        WriteRows(writer, Section.Scores, Scores, rows);
        foreach (var column in Probabilities) Write(Section.Probability, rows, column.WriteRows);
        WriteRows(writer, Section.Latencies, Latencies, rows);
        WriteRows(writer, Section.Errors, Errors, rows);
        foreach (var column in Features) Write(Section.Feature, rows, column.WriteRows);
        foreach (var column in Tags) Write(Section.Tag, rows, column.WriteRows);
        if (Labels is { } labels) Write(Section.Labels, rows, labels.WriteRows);
        return Decode(writer.ToArray());

        void Write(Section section, ReadOnlySpan<int> chosen, Action<CodecWriter, ReadOnlySpan<int>> write)
        {
            var start = writer.BeginSection((byte)section);
            write(writer, chosen);
            writer.EndSection(start);
        }
    }

    /// <summary>The same rows, made at one time, or each <paramref name="step"/> after the one before (Unix microseconds).</summary>
    public PredictionBatch At(long time, long step = 0)
    {
        var writer = Begin(Count);
        var reader = new CodecReader(Buffer.Span);
        reader.Byte();
        reader.SmallInt();
        while (!reader.AtEnd)
        {
            var bytes = reader.Section(out var tag);
            if (tag == (byte)Section.Times) continue;
            var start = writer.BeginSection(tag);
            writer.Raw(bytes);
            writer.EndSection(start);
        }
        Span<long> times = new long[Count];
        for (var row = 0; row < Count; row++) times[row] = time + (row * step);
        var section = writer.BeginSection((byte)Section.Times);
        writer.Raw<long>(times);
        writer.EndSection(section);
        return Decode(writer.ToArray());
    }

    private CodecWriter Begin(int rows)
    {
        var writer = new CodecWriter(Count == 0 ? 64 : 64 + (int)Math.Min((long)Buffer.Length * rows / Count, int.MaxValue / 2));
        writer.Byte(FormatVersion);
        writer.Varint(rows);
        return writer;
    }

    private static void WriteRows<T>(CodecWriter writer, Section section, ReadOnlySpan<T> column, ReadOnlySpan<int> rows) where T : unmanaged
    {
        if (column.IsEmpty) return;
        Span<T> chosen = new T[rows.Length];
        for (var i = 0; i < rows.Length; i++) chosen[i] = column[rows[i]];
        var start = writer.BeginSection((byte)section);
        writer.Raw<T>(chosen);
        writer.EndSection(start);
    }
}
