using FleetMonitor.Core.Codec;
using FleetMonitor.Core.Specs;

namespace FleetMonitor.Core.Segments;

/// <summary>A model's slices: which values of which tags and features have one, by number.</summary>
/// <remarks>
/// A slice is numbered when a row first falls into it and keeps its number. A key has at most <see cref="MaxValues"/> values of its own (fewer with more than four keys); what comes later shares the slice
/// <see cref="Other"/>. At most <see cref="MaxSlices"/> slices, so that a row's fit into eight bytes: byte k is the slice of key k plus one, 0 for none.
/// </remarks>
internal sealed class SegmentTable
{
    public const int MaxValues = 20;
    public const int MaxSlices = 100;
    public const string Other = "(other)";

    private readonly List<Slice> _slices = [];
    private readonly Dictionary<string, int>[] _byValue;
    private readonly int _maxValues;

    public SegmentTable(IReadOnlyList<string> keys)
    {
        Keys = [.. keys.Distinct(StringComparer.Ordinal).Take(SpecValidation.MaxSegments)];
        _byValue = [.. Keys.Select(_ => new Dictionary<string, int>(StringComparer.Ordinal))];
        _maxValues = Math.Min(MaxValues, (MaxSlices / Math.Max(1, Keys.Count)) - 1);
    }

    /// <summary>Tags and features by which the model is sliced.</summary>
    public IReadOnlyList<string> Keys { get; }

    public IReadOnlyList<Slice> Slices => _slices;

    public int SliceOf(int key, string value)
    {
        var values = _byValue[key];
        if (values.TryGetValue(value, out var slice)) return slice;
        if (values.Count >= _maxValues)
        {
            if (values.TryGetValue(Other, out slice)) return slice;
            value = Other;
        }
        values.Add(value, _slices.Count);
        _slices.Add(new Slice(key, value));
        return _slices.Count - 1;
    }

    public void Write(CodecWriter writer)
    {
        writer.Varint(_slices.Count);
        foreach (var slice in _slices)
        {
            writer.Byte((byte)slice.Key);
            writer.Text(slice.Value);
        }
    }

    public static SegmentTable Read(ref CodecReader reader, IReadOnlyList<string> keys)
    {
        var table = new SegmentTable(keys);
        for (var count = reader.Length(); count > 0; count--)
        {
            var slice = new Slice(reader.Byte(), reader.Text());
            if (slice.Key >= table.Keys.Count || table._slices.Count == MaxSlices || !table._byValue[slice.Key].TryAdd(slice.Value, table._slices.Count)) throw new CodecException("A slice that cannot be.");
            table._slices.Add(slice);
        }
        return table;
    }

    internal readonly record struct Slice(int Key, string Value);
}

/// <summary>The slices of one row, at most one a key.</summary>
internal readonly record struct RowSlices(ulong Packed)
{
    public bool Any => Packed != 0;

    public RowSlices With(int key, int slice) => new(Packed | ((ulong)(slice + 1) << (key * 8)));

    public Enumerator GetEnumerator() => new(Packed);

    internal struct Enumerator(ulong packed)
    {
        private ulong _rest = packed;

        public int Current { get; private set; }

        public bool MoveNext()
        {
            while (_rest != 0)
            {
                var next = (int)(_rest & 0xFF);
                _rest >>= 8;
                if (next == 0) continue;
                Current = next - 1;
                return true;
            }
            return false;
        }
    }
}
