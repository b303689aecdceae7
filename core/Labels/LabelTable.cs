using System.Diagnostics;
using FleetMonitor.Core.Codec;
using FleetMonitor.Core.Segments;

namespace FleetMonitor.Core.Labels;

/// <summary>A prediction, a label, or both, while they may still find each other.</summary>
internal struct LabelEntry
{
    public UInt128 Key;

    /// <summary>The prediction's event time; <see cref="UnixTime.Missing"/> while only the label is here.</summary>
    public long PredictionTime;

    /// <summary>When the label became known; <see cref="UnixTime.Missing"/> while only the prediction is here.</summary>
    public long LabelTime;

    /// <summary>When the entry came, for its expiry.</summary>
    public long Since;

    /// <summary>Predicted class by index; a regression's value is in <see cref="Score"/>.</summary>
    public int Predicted;

    /// <summary>True class by index; a regression's target is in <see cref="Target"/>.</summary>
    public int Truth;

    public double Score;

    public double Target;

    public double[]? Probabilities;

    /// <summary>The slices that the prediction is in.</summary>
    public RowSlices Slices;

    public readonly bool HasPrediction => PredictionTime != UnixTime.Missing;

    public readonly bool HasLabel => LabelTime != UnixTime.Missing;
}

/// <summary>Predictions and labels by id, in the order they came, until the horizon or the capacity ends their wait.</summary>
/// <remarks>
/// A joined pair stays until its horizon as well: a second label corrects the first, a second prediction of the id is a duplicate. O(1) an update; 88 bytes an entry and the index's 28.
/// Entries leave in the order they came, so what leaves depends on the log alone.
/// </remarks>
internal sealed class LabelTable
{
    private readonly Dictionary<UInt128, int> _index = [];
    private LabelEntry[] _ring = [];
    private int _head;

    public int Count { get; private set; }

    /// <summary>Predictions without a label.</summary>
    public long Unlabelled { get; private set; }

    /// <summary>Labels without a prediction.</summary>
    public long Orphans { get; private set; }

    /// <summary>Entries that left before their horizon, since the table was full.</summary>
    public long Evicted { get; private set; }

    /// <summary>Labels that left without ever meeting their prediction.</summary>
    public long OrphansExpired { get; private set; }

    /// <summary>Predictions that left without ever getting a label.</summary>
    public long Unanswered { get; private set; }

    /// <summary>The entry of an id, to be read and changed in place; a null reference when there is none. Valid until the next <see cref="Add"/>.</summary>
    public ref LabelEntry Find(UInt128 key)
    {
        if (!_index.TryGetValue(key, out var slot)) return ref System.Runtime.CompilerServices.Unsafe.NullRef<LabelEntry>();
        return ref _ring[slot];
    }

    /// <summary>Adds an entry under an id that has none. With the table full the oldest leaves for a prediction, but not for a label: labels of unknown ids must not drive out what waits.</summary>
    public void Add(in LabelEntry entry, int capacity)
    {
        Debug.Assert(!_index.ContainsKey(entry.Key), "An id has one entry.");
        if (capacity == 0 || (Count >= capacity && !entry.HasPrediction))
        {
            Evicted++;
            return;
        }
        while (Count >= capacity)
        {
            Evicted++;
            RemoveOldest();
        }
        if (Count == _ring.Length) Grow();
        var slot = (_head + Count) % _ring.Length;
        _ring[slot] = entry;
        _index.Add(entry.Key, slot);
        Count++;
        if (!entry.HasLabel) Unlabelled++;
        else if (!entry.HasPrediction) Orphans++;
    }

    /// <summary>Keeps the counts right after a change through <see cref="Find"/> completed an entry.</summary>
    public void Joined(bool labelCameFirst)
    {
        if (labelCameFirst) Orphans--;
        else Unlabelled--;
    }

    /// <summary>Keeps the counts right after a label that waited for its prediction turned out to be none.</summary>
    public void Disowned()
    {
        Orphans--;
        Unlabelled++;
    }

    /// <summary>Lets go of entries that came before <paramref name="before"/>.</summary>
    public void Expire(long before)
    {
        while (Count > 0 && _ring[_head].Since < before) RemoveOldest();
    }

    /// <summary>Every entry, in the order they came.</summary>
    public IEnumerable<LabelEntry> Entries
    {
        get
        {
            for (var i = 0; i < Count; i++) yield return _ring[(_head + i) % _ring.Length];
        }
    }

    public void Clear()
    {
        _index.Clear();
        _ring = [];
        _head = Count = 0;
        Unlabelled = Orphans = 0;
    }

    public void Write(CodecWriter writer)
    {
        writer.Int64(Evicted);
        writer.Int64(OrphansExpired);
        writer.Int64(Unanswered);
        writer.Varint(Count);
        for (var i = 0; i < Count; i++)
        {
            ref readonly var entry = ref _ring[(_head + i) % _ring.Length];
            writer.UInt64((ulong)(entry.Key >> 64));
            writer.UInt64((ulong)entry.Key);
            writer.Int64(entry.PredictionTime);
            writer.Int64(entry.LabelTime);
            writer.Int64(entry.Since);
            writer.Int32(entry.Predicted);
            writer.Int32(entry.Truth);
            writer.Double(entry.Score);
            writer.Double(entry.Target);
            writer.Varint(entry.Probabilities?.Length ?? 0);
            writer.Raw<double>(entry.Probabilities);
        }
    }

    /// <summary>The entries' slices, apart from <see cref="Write"/>: only models that are sliced have some.</summary>
    public void WriteSlices(CodecWriter writer)
    {
        for (var i = 0; i < Count; i++) writer.UInt64(_ring[(_head + i) % _ring.Length].Slices.Packed);
    }

    public void ReadSlices(ref CodecReader reader)
    {
        for (var i = 0; i < Count; i++) _ring[(_head + i) % _ring.Length].Slices = new RowSlices(reader.UInt64());
    }

    public void ForgetSlices()
    {
        foreach (ref var entry in _ring.AsSpan()) entry.Slices = default;
    }

    public static LabelTable Read(ref CodecReader reader)
    {
        var table = new LabelTable { Evicted = reader.Int64(), OrphansExpired = reader.Int64(), Unanswered = reader.Int64() };
        var count = reader.Length(65);
        table._ring = new LabelEntry[count];
        table._index.EnsureCapacity(count);
        for (var i = 0; i < count; i++)
        {
            var entry = new LabelEntry
            {
                Key = new UInt128(reader.UInt64(), reader.UInt64()),
                PredictionTime = reader.Int64(),
                LabelTime = reader.Int64(),
                Since = reader.Int64(),
                Predicted = reader.Int32(),
                Truth = reader.Int32(),
                Score = reader.Double(),
                Target = reader.Double(),
            };
            var probabilities = reader.Length(sizeof(double));
            if (probabilities > 0) entry.Probabilities = reader.Raw<double>(probabilities).ToArray();
            if (table._index.ContainsKey(entry.Key)) throw new CodecException("An id stands twice in the label table.");
            table.Add(entry, capacity: count);
        }
        return table;
    }

    private void RemoveOldest()
    {
        ref var entry = ref _ring[_head];
        if (!entry.HasLabel)
        {
            Unlabelled--;
            Unanswered++;
        }
        else if (!entry.HasPrediction)
        {
            Orphans--;
            OrphansExpired++;
        }
        _index.Remove(entry.Key);
        entry = default;
        _head = (_head + 1) % _ring.Length;
        Count--;
    }

    private void Grow()
    {
        var grown = new LabelEntry[Math.Max(16, _ring.Length * 2)];
        for (var i = 0; i < Count; i++)
        {
            grown[i] = _ring[(_head + i) % _ring.Length];
            _index[grown[i].Key] = i;
        }
        _ring = grown;
        _head = 0;
    }
}
