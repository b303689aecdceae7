using System.Runtime.InteropServices;
using FleetMonitor.Core.Codec;

namespace FleetMonitor.Core.Batches;

/// <summary>True labels of one model as columns: the prediction's id, the label, and when it became known.</summary>
/// <remarks>Format as <see cref="PredictionBatch"/>'s: version byte, row count, sections. Every row has an id and a label.</remarks>
public sealed class LabelBatch
{
    private const byte FormatVersion = 1;

    private readonly ReadOnlyMemory<byte> _times;

    private LabelBatch(ReadOnlyMemory<byte> buffer, int count, IdColumn ids, ValueColumn labels, ReadOnlyMemory<byte> times)
    {
        Buffer = buffer;
        Count = count;
        Ids = ids;
        Labels = labels;
        _times = times;
    }

    public ReadOnlyMemory<byte> Buffer { get; }

    public int Count { get; }

    public IdColumn Ids { get; }

    /// <summary>A class (text or number) or a regression's target (number) in every row.</summary>
    public ValueColumn Labels { get; }

    /// <summary>When the label became known, Unix microseconds; <see cref="UnixTime.Missing"/> where not given, empty when no row has one.</summary>
    public ReadOnlySpan<long> Times => MemoryMarshal.Cast<byte, long>(_times.Span);

    /// <summary>Opens an encoded batch. Throws <see cref="CodecException"/> when it is not one.</summary>
    public static LabelBatch Decode(ReadOnlyMemory<byte> buffer)
    {
        var reader = new CodecReader(buffer.Span);
        var version = reader.Byte();
        if (version != FormatVersion) throw new CodecException($"A label batch of format {version}; this build reads format {FormatVersion}.");
        var count = reader.SmallInt();
        IdColumn? ids = null;
        ValueColumn? labels = null;
        ReadOnlyMemory<byte> times = default;
        while (!reader.AtEnd)
        {
            var length = reader.Section(out var tag).Length;
            var section = buffer.Slice(reader.Position - length, length);
            switch (tag)
            {
                case 1: ids = IdColumn.Read(section, count); break;
                case 2: labels = ValueColumn.Read(section, count); break;
                case 3 when section.Length == (long)count * sizeof(long): times = section; break;
                case 3: throw new CodecException($"{section.Length} bytes of times for {count} labels.");
                default: break;
            }
        }
        if (ids is null || labels is null) throw new CodecException("A label batch without ids or labels.");
        return new LabelBatch(buffer, count, ids, labels, times);
    }

    /// <summary>Builds a batch row by row; every row has an id and a label.</summary>
    public sealed class Builder
    {
        private readonly IdColumn.Builder _ids = new();
        private readonly ValueColumn.Builder _labels = new("label");
        private readonly List<long> _times = [];
        private bool _anyTime;

        public int Count { get; private set; }

        public void Add(ReadOnlySpan<byte> utf8Id, double label, long time = UnixTime.Missing)
        {
            _labels.Set(Count, label);
            AddRow(utf8Id, time);
        }

        public void Add(ReadOnlySpan<byte> utf8Id, ReadOnlySpan<char> label, long time = UnixTime.Missing)
        {
            _labels.Set(Count, label);
            AddRow(utf8Id, time);
        }

        public LabelBatch Build()
        {
            var writer = new CodecWriter(64 + (Count * 32));
            writer.Byte(FormatVersion);
            writer.Varint(Count);
            var start = writer.BeginSection(1);
            _ids.Write(writer, Count);
            writer.EndSection(start);
            start = writer.BeginSection(2);
            _labels.Write(writer, Count);
            writer.EndSection(start);
            if (_anyTime)
            {
                start = writer.BeginSection(3);
                writer.Raw<long>(CollectionsMarshal.AsSpan(_times));
                writer.EndSection(start);
            }
            return Decode(writer.ToArray());
        }

        private void AddRow(ReadOnlySpan<byte> utf8Id, long time)
        {
            _ids.Set(Count, utf8Id);
            _times.Add(time);
            _anyTime |= time != UnixTime.Missing;
            Count++;
        }
    }
}
