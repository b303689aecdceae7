using System.Diagnostics;
using FleetMonitor.Core.Codec;
using FleetMonitor.Core.Statistics;

namespace FleetMonitor.Core.Sketches;

/// <summary>Quantiles and ranks of a stream of any length from a few hundred of its values, to a stated rank error; sketches of parts merge into one of the whole.</summary>
/// <remarks>
/// Levels of kept values, each of level l standing for 2^l. A level that is full is sorted and every second value moves up, starting at the first or the second by the toss of a seeded coin; the levels' capacities shrink by 2/3 downwards from k.
/// Karnin, Lang, Liberty: Optimal quantile approximation in streams, FOCS 2016, with the capacities and the lazy compaction of Apache DataSketches.
/// <para>
/// Error: a rank is off by at most <see cref="RankError"/> in 99 of 100 sketches, all ranks at once by <see cref="RankErrorOfAll"/>, also after merging; exact while at most k values came. Count, minimum and maximum always are exact.
/// Amortised O(log k) a value; at most about 3k values of 8 bytes: 5 kB at k = 200.
/// </para>
/// Deterministic: the same values in the same order give the same bytes. Invariant: the weights of the kept values add up to <see cref="Count"/>. Values are no NaN: the boundary leaves those out.
/// </remarks>
public sealed class KllSketch
{
    public const int DefaultK = 200, SmallestK = 8, LargestK = 32_768;
    private const int SmallestLevel = 8;

    private readonly int _k;

    // Level l lies at _starts[l].._starts[l + 1], level 0 in order of arrival from the back, the others ascending. What is free lies before level 0.
    private double[] _items;
    private int[] _starts;
    private int[] _capacities;
    private SplitMix64 _random;

    /// <param name="k">Accuracy: the capacity of the top level. 8 to 32,768.</param>
    /// <param name="seed">Of the coin.</param>
    public KllSketch(int k = DefaultK, ulong seed = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(k, SmallestK);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(k, LargestK);
        _k = k;
        _random = new SplitMix64(seed);
        _capacities = CapacitiesOf(k, 1);
        _items = new double[k];
        _starts = [k, k];
    }

    public int K => _k;

    /// <summary>Values that came.</summary>
    public long Count { get; private set; }

    /// <summary>Values that are kept.</summary>
    public int Kept => _items.Length - _starts[0];

    /// <summary>The smallest value that came; +∞ before the first.</summary>
    public double Min { get; private set; } = double.PositiveInfinity;

    /// <summary>The largest value that came; -∞ before the first.</summary>
    public double Max { get; private set; } = double.NegativeInfinity;

    /// <summary>Normalised rank error of one rank or quantile, at 99 %: 2.296 / k^0.9723, as measured for this scheme by DataSketches; 0 while nothing was compacted.</summary>
    public double RankError => Levels == 1 ? 0 : 2.296 / Math.Pow(_k, 0.9723);

    /// <summary>The same of all ranks at once: 2.446 / k^0.9433.</summary>
    public double RankErrorOfAll => Levels == 1 ? 0 : 2.446 / Math.Pow(_k, 0.9433);

    private int Levels => _starts.Length - 1;

    public void Update(double value)
    {
        Debug.Assert(!double.IsNaN(value), "The boundary counts NaN as missing.");
        if (_starts[0] == 0) Compact();
        _items[--_starts[0]] = value;
        Count++;
        if (value < Min) Min = value;
        if (value > Max) Max = value;
    }

    /// <summary>Takes in a sketch of other values, which stays as it is. The result's error is that of the smaller k.</summary>
    public void Merge(KllSketch other)
    {
        if (other._k != _k) throw new ArgumentException($"Sketches of one k merge; {_k} and {other._k} differ.", nameof(other));
        if (other.Count == 0) return;
        while (Levels < other.Levels) AddLevel();
        var items = new double[Math.Max(Kept + other.Kept, _items.Length)];
        var starts = new int[_starts.Length];
        starts[^1] = items.Length;
        for (var level = Levels - 1; level >= 0; level--)
        {
            var ours = Level(level);
            var theirs = level < other.Levels ? other.Level(level) : default;
            starts[level] = starts[level + 1] - ours.Length - theirs.Length;
            var target = items.AsSpan(starts[level]..starts[level + 1]);
            if (level > 0)
            {
                MergeSorted(ours, theirs, target);
                continue;
            }
            theirs.CopyTo(target);
            ours.CopyTo(target[theirs.Length..]);
        }
        (_items, _starts) = (items, starts);
        Count += other.Count;
        Min = Math.Min(Min, other.Min);
        Max = Math.Max(Max, other.Max);
        _random = new SplitMix64(_random.Next() ^ new SplitMix64(other._random.State).Next());
        while (Kept > Capacity) Compact();
        Resize(Capacity);
    }

    /// <summary>The share of values at or below <paramref name="value"/>; 0 of none. O(kept).</summary>
    public double Rank(double value)
    {
        if (Count == 0) return 0;
        var below = 0L;
        for (var level = 0; level < Levels; level++)
        {
            foreach (var item in Level(level))
            {
                if (item <= value) below += 1L << level;
            }
        }
        return (double)below / Count;
    }

    /// <summary>The smallest kept value whose rank reaches <paramref name="rank"/> (0 to 1): numpy's <c>inverted_cdf</c>. At 0 and 1 the exact minimum and maximum; null of none. O(kept log kept).</summary>
    public double? Quantile(double rank)
    {
        if (!(rank is >= 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(rank), rank, "A rank is from 0 to 1.");
        if (Count == 0) return null;
        if (rank == 0) return Min;
        if (rank == 1) return Max;
        var (values, weights) = Points();
        // A rank of 7/100 times 100 must not round up to the eighth.
        var wanted = Math.Ceiling(rank * Count * (1 - 4e-16));
        var sum = 0L;
        for (var i = 0; i < values.Length; i++)
        {
            sum += weights[i];
            if (sum >= wanted) return values[i];
        }
        return Max;
    }

    public void Save(CodecWriter writer)
    {
        writer.Varint(_k);
        writer.UInt64(_random.State);
        writer.Int64(Count);
        writer.Double(Min);
        writer.Double(Max);
        writer.Varint(Levels);
        for (var level = 0; level < Levels; level++) writer.Varint(Level(level).Length);
        writer.Raw<double>(_items.AsSpan(_starts[0]));
    }

    /// <summary>The sketch that was saved. Throws <see cref="CodecException"/> on other bytes.</summary>
    public static KllSketch Load(ref CodecReader reader)
    {
        var k = reader.SmallInt();
        if (k is < SmallestK or > LargestK) throw new CodecException($"A sketch of k = {k}.");
        var sketch = new KllSketch(k, reader.UInt64()) { Count = reader.Int64(), Min = reader.Double(), Max = reader.Double() };
        var levels = reader.SmallInt();
        if (levels is < 1 or > 61) throw new CodecException($"A sketch of {levels} levels.");
        while (sketch.Levels < levels) sketch.AddLevel();
        Span<int> lengths = stackalloc int[levels];
        var weight = 0L;
        var kept = 0L;
        for (var level = 0; level < levels; level++)
        {
            lengths[level] = reader.SmallInt();
            kept += lengths[level];
            weight += (long)lengths[level] << level;
        }
        if (kept > sketch.Capacity || weight != sketch.Count) throw new CodecException($"A sketch of {sketch.Count} values that keeps {kept} of weight {weight}.");
        reader.Raw<double>((int)kept).CopyTo(sketch._items.AsSpan(sketch.Capacity - (int)kept));
        for (var level = levels - 1; level >= 0; level--) sketch._starts[level] = sketch._starts[level + 1] - lengths[level];
        return sketch;
    }

    /// <summary>The kept values ascending, and how many values each stands for.</summary>
    internal (double[] Values, long[] Weights) Points()
    {
        var values = new double[Kept];
        var weights = new long[Kept];
        var next = 0;
        for (var level = 0; level < Levels; level++)
        {
            foreach (var item in Level(level))
            {
                values[next] = item;
                weights[next++] = 1L << level;
            }
        }
        Array.Sort(values, weights);
        return (values, weights);
    }

    private int Capacity => _capacities.Sum();

    private static int[] CapacitiesOf(int k, int levels) =>
        [.. Enumerable.Range(0, levels).Select(level => Math.Max(SmallestLevel, (int)Math.Ceiling(k * Math.Pow(2.0 / 3, levels - 1 - level))))];

    private ReadOnlySpan<double> Level(int level) => _items.AsSpan(_starts[level].._starts[level + 1]);

    /// <summary>Halves the lowest level that is full into the one above it.</summary>
    private void Compact()
    {
        var level = 0;
        while (_starts[level + 1] - _starts[level] < _capacities[level]) level++;
        if (level == Levels - 1) AddLevel();
        int start = _starts[level], end = _starts[level + 1], next = _starts[level + 2];
        // Of an odd number one stays where it is.
        var odd = (end - start) & 1;
        var pairs = _items.AsSpan(start + odd, end - start - odd);
        if (level == 0) pairs.Sort();
        var half = pairs.Length / 2;
        var coin = (int)(_random.Next() >> 63);
        var chosen = new double[half];
        for (var i = 0; i < half; i++) chosen[i] = pairs[(2 * i) + coin];
        if (odd == 1) _items[end - half - 1] = _items[start];
        MergeSorted(chosen, _items.AsSpan(end..next), _items.AsSpan((end - half)..next));
        _starts[level + 1] = end - half;
        var freed = _starts[level + 1] - odd - start;
        _items.AsSpan(_starts[0]..start).CopyTo(_items.AsSpan(_starts[0] + freed));
        for (var lower = level; lower >= 0; lower--) _starts[lower] += freed;
    }

    /// <summary>Merges two ascending runs; the second may lie at the end of the target.</summary>
    private static void MergeSorted(ReadOnlySpan<double> first, ReadOnlySpan<double> second, Span<double> target)
    {
        int a = 0, b = 0;
        for (var i = 0; i < target.Length; i++) target[i] = b == second.Length || (a < first.Length && first[a] <= second[b]) ? first[a++] : second[b++];
    }

    private void AddLevel()
    {
        _capacities = CapacitiesOf(_k, Levels + 1);
        _starts = [.. _starts, _items.Length];
        Resize(Math.Max(Capacity, _items.Length));
    }

    private void Resize(int length)
    {
        if (length == _items.Length) return;
        var items = new double[length];
        var shift = length - _items.Length;
        _items.AsSpan(_starts[0]).CopyTo(items.AsSpan(_starts[0] + shift));
        for (var level = 0; level < _starts.Length; level++) _starts[level] += shift;
        _items = items;
    }
}
