using System.ComponentModel.DataAnnotations;
using System.Diagnostics;
using FleetMonitor.Core.Codec;
using FleetMonitor.Core.Statistics;

namespace FleetMonitor.Core.Detectors;

/// <summary>Kolmogorov-Smirnov windowing: the newest values against as many drawn from those before them.</summary>
/// <remarks>
/// Of the last n values, the newest r are compared with r drawn without replacement from the older n − r; a change when the two-sample Kolmogorov-Smirnov statistic is above 0.1 and its exact p at most α.
/// The statistic is a multiple of 1/r, so the smallest that counts is found once. Both parts are kept in order as they slide, and drawing from an ordered part gives an ordered sample: O(n) a value, without sorting; 24 bytes a value of the window.
/// Raab, Heusinger, Schleif: Reactive soft prototype computing for concept drift streams, Neurocomputing 2020; as in river 0.19, whose draws come from another generator: rates agree, indices do not.
/// Error: each test is false with probability at most α, and there is one a value: a stationary stream of continuous values raises up to α false alarms a value (in effect fewer, since neighbouring tests share values).
/// </remarks>
public sealed class Kswin : ChangeDetector
{
    private const double SmallestStatistic = 0.1;

    private readonly KswinOptions _options;
    private readonly int _critical;
    private readonly double[] _ring;
    private readonly double[] _older;
    private readonly double[] _newest;
    private int _head, _olderCount, _newestCount;
    private SplitMix64 _random;

    public Kswin(KswinOptions? options = null)
    {
        _options = options ?? new KswinOptions();
        if (_options.StatSize * 2 > _options.WindowSize) throw new ArgumentException("A sample as large as the newest part must fit into the older one.", nameof(options));
        _critical = Critical(_options.StatSize, _options.Alpha);
        _ring = new double[_options.WindowSize];
        _older = new double[_options.WindowSize - _options.StatSize];
        _newest = new double[_options.StatSize];
        _random = new SplitMix64(_options.Seed);
    }

    private protected override DetectorState Next(double value)
    {
        Debug.Assert(double.IsFinite(value), "The boundary leaves out what is no number.");
        if (_newestCount == _newest.Length)
        {
            if (_olderCount == _older.Length) Remove(_older, ref _olderCount, _ring[_head]);
            var leaving = _ring[(_head + _ring.Length - _newest.Length) % _ring.Length];
            Remove(_newest, ref _newestCount, leaving);
            Insert(_older, ref _olderCount, leaving);
        }
        Insert(_newest, ref _newestCount, value);
        _ring[_head] = value;
        if (++_head == _ring.Length) _head = 0;
        return _olderCount == _older.Length && LargestDistance() >= _critical ? DetectorState.Changed : DetectorState.Stable;
    }

    private protected override void Clear()
    {
        _head = _olderCount = _newestCount = 0;
        _random = new SplitMix64(_options.Seed);
    }

    private protected override void Write(CodecWriter writer)
    {
        writer.UInt64(_random.State);
        var count = _olderCount + _newestCount;
        writer.Varint(count);
        for (var i = 0; i < count; i++) writer.Double(_ring[(_head - count + i + _ring.Length) % _ring.Length]);
    }

    private protected override void Read(ref CodecReader reader)
    {
        Clear();
        _random = new SplitMix64(reader.UInt64());
        var count = reader.Length(sizeof(double));
        if (count > _ring.Length) throw new CodecException($"A window of {count} values where at most {_ring.Length} may be.");
        var values = reader.Raw<double>(count);
        values.CopyTo(_ring);
        _head = count % _ring.Length;
        _newestCount = Math.Min(count, _newest.Length);
        _olderCount = count - _newestCount;
        values[.._olderCount].CopyTo(_older);
        values[_olderCount..].CopyTo(_newest);
        _older.AsSpan(0, _olderCount).Sort();
        _newest.AsSpan(0, _newestCount).Sort();
    }

    /// <summary>The least k for which r·D ≥ k is significant.</summary>
    private static int Critical(int size, double alpha)
    {
        for (var k = 1; k <= size; k++)
        {
            var statistic = (double)k / size;
            if (statistic > SmallestStatistic && KolmogorovSmirnov.PValueExact(statistic, size, size) <= alpha) return k;
        }
        return size + 1;
    }

    /// <summary>r·D of the newest part and a sample of the older one, drawn in order (Knuth, The art of computer programming 2, algorithm 3.4.2 S).</summary>
    private int LargestDistance()
    {
        int size = _newest.Length, drawn = 0, passed = 0, largest = 0;
        for (var i = 0; drawn < size; i++)
        {
            if (_random.NextDouble() * (_older.Length - i) >= size - drawn) continue;
            var value = _older[i];
            while (passed < size && _newest[passed] < value) largest = Math.Max(largest, ++passed - drawn);
            drawn++;
            // Equal values of both sides step together: the distance counts only once all of them have.
            var tied = passed;
            while (tied < size && _newest[tied] == value) tied++;
            largest = Math.Max(largest, drawn - tied);
        }
        return largest;
    }

    private static void Insert(double[] sorted, ref int count, double value)
    {
        var at = Array.BinarySearch(sorted, 0, count, value);
        if (at < 0) at = ~at;
        sorted.AsSpan(at, count - at).CopyTo(sorted.AsSpan(at + 1));
        sorted[at] = value;
        count++;
    }

    private static void Remove(double[] sorted, ref int count, double value)
    {
        var at = Array.BinarySearch(sorted, 0, count, value);
        Debug.Assert(at >= 0, "What leaves the window is in its order.");
        count--;
        sorted.AsSpan(at + 1, count - at).CopyTo(sorted.AsSpan(at));
    }
}

/// <summary>Parameters of <see cref="Kswin"/>, with river's defaults.</summary>
public sealed record KswinOptions
{
    /// <summary>Significance of one test (α). Above 0, below 1; 0.01 is much.</summary>
    [Range(double.Epsilon, 1, MaximumIsExclusive = true)]
    public double Alpha { get; init; } = 0.005;

    /// <summary>Values of the window (n). 20 to 10,000, at least twice <see cref="StatSize"/>.</summary>
    [Range(20, 10_000)]
    public int WindowSize { get; init; } = 100;

    /// <summary>The newest values, and the size of the sample they are compared with (r). 5 to 5,000.</summary>
    [Range(5, 5_000)]
    public int StatSize { get; init; } = 30;

    /// <summary>Seed of the draws.</summary>
    public ulong Seed { get; init; } = 42;
}
