using FleetMonitor.Core.Codec;

namespace FleetMonitor.Core.Sketches;

/// <summary>The names that come most often in a stream with too many to count each.</summary>
/// <remarks>
/// At most k counters. A name without one takes a free one; where none is free, every counter is lowered by the least, which frees some. Misra, Gries: Finding repeated elements, 1982; merging as Agarwal et al.: Mergeable summaries, PODS 2012.
/// Error: a name's count is never above the true one, and below it by at most <see cref="Error"/> ≤ (total − kept) / (k + 1): every name of more than total / (k + 1) is here. Amortised O(1) a value, O(k) memory.
/// Deterministic, and the order of names never matters to what is lowered. Merging is commutative, and associative within the error.
/// </remarks>
public sealed class HeavyHitters
{
    private readonly Dictionary<string, long> _counts = new(StringComparer.Ordinal);

    /// <param name="capacity">Names counted at a time (k). 1 to 100,000.</param>
    public HeavyHitters(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacity, 100_000);
        Capacity = capacity;
    }

    public int Capacity { get; }

    /// <summary>Values that came.</summary>
    public long Total { get; private set; }

    /// <summary>By how much a count can be too low.</summary>
    public long Error { get; private set; }

    public void Update(string name, long count = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        Total += count;
        while (count > 0)
        {
            if (_counts.Count < Capacity || _counts.ContainsKey(name))
            {
                _counts[name] = _counts.GetValueOrDefault(name) + count;
                return;
            }
            var least = count == 1 ? 1 : Math.Min(count, _counts.Values.Min());
            Lower(least);
            count -= least;
        }
    }

    public void Merge(HeavyHitters other)
    {
        if (other.Capacity != Capacity) throw new ArgumentException($"Summaries of one capacity merge; {Capacity} and {other.Capacity} differ.", nameof(other));
        foreach (var (name, count) in other._counts) _counts[name] = _counts.GetValueOrDefault(name) + count;
        Total += other.Total;
        Error += other.Error;
        if (_counts.Count > Capacity) Lower(_counts.Values.OrderDescending().ElementAt(Capacity));
    }

    /// <summary>The most frequent names, each with the bounds of its count; ties in ordinal order.</summary>
    public IReadOnlyList<HeavyHitter> Top(int count) =>
        [.. _counts.OrderByDescending(c => c.Value).ThenBy(c => c.Key, StringComparer.Ordinal).Take(count).Select(c => new HeavyHitter(c.Key, c.Value, c.Value + Error))];

    public void Save(CodecWriter writer)
    {
        writer.Varint(Capacity);
        writer.Int64(Total);
        writer.Int64(Error);
        writer.Varint(_counts.Count);
        foreach (var (name, count) in _counts.OrderBy(c => c.Key, StringComparer.Ordinal))
        {
            writer.Text(name);
            writer.Int64(count);
        }
    }

    /// <summary>The summary that was saved. Throws <see cref="CodecException"/> on other bytes.</summary>
    public static HeavyHitters Load(ref CodecReader reader)
    {
        var capacity = reader.SmallInt();
        if (capacity is < 1 or > 100_000) throw new CodecException($"A summary of {capacity} names.");
        var summary = new HeavyHitters(capacity) { Total = reader.Int64(), Error = reader.Int64() };
        var names = reader.Length(9);
        if (names > capacity) throw new CodecException($"{names} names in a summary of {capacity}.");
        for (var i = 0; i < names; i++)
        {
            if (!summary._counts.TryAdd(reader.Text(), reader.Int64())) throw new CodecException("A name stands twice in a summary.");
        }
        return summary;
    }

    private void Lower(long by)
    {
        foreach (var (name, count) in _counts)
        {
            if (count > by) _counts[name] = count - by;
            else _counts.Remove(name);
        }
        Error += by;
    }
}

/// <summary>A frequent name, and between which counts its own lies.</summary>
public readonly record struct HeavyHitter(string Name, long AtLeast, long AtMost);
