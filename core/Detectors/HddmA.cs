using System.ComponentModel.DataAnnotations;
using System.Diagnostics;
using FleetMonitor.Core.Codec;

namespace FleetMonitor.Core.Detectors;

/// <summary>Hoeffding drift detection with averages: the mean so far against the mean at the best cut point.</summary>
/// <remarks>
/// z is the mean of the n values since the last change, x the mean of the first n′ of them where x + √(ln(1/α)/2n′) was smallest; the mean rose when z − x ≥ √(½·(n − n′)/(n·n′)·ln(2/α)), and, two-sided, fell likewise.
/// α is the confidence of a change or of a warning. O(1) a value, 56 bytes; values lie in 0…1. Frías-Blanco et al.: Online and non-parametric drift detection methods based on Hoeffding's bounds, TKDE 27, 2015; as in river 0.19.
/// Error: for one cut point chosen beforehand at most α; the best of many is found more often.
/// </remarks>
public sealed class HddmA(HddmAOptions? options = null) : ChangeDetector
{
    private readonly HddmAOptions _options = options ?? new HddmAOptions();
    private Average _all, _low, _high;

    /// <summary>Mean since the last change.</summary>
    public double Mean => _all.Mean;

    private protected override DetectorState Next(double value)
    {
        Debug.Assert(value is >= 0 and <= 1, "Hoeffding's bound is of values from 0 to 1.");
        _all.Count++;
        _all.Mean += (value - _all.Mean) / _all.Count;
        var bound = Bound(_all.Count);
        if (_low.Count == 0 || _low.Mean + Bound(_low.Count) >= _all.Mean + bound) _low = _all;
        if (_high.Count == 0 || _high.Mean - Bound(_high.Count) <= _all.Mean - bound) _high = _all;
        var state = DetectorState.Stable;
        if (Differs(_all.Mean - _low.Mean, _low.Count, _options.DriftConfidence)) state = DetectorState.Changed;
        else if (Differs(_all.Mean - _low.Mean, _low.Count, _options.WarningConfidence)) state = DetectorState.Warning;
        if (!_options.TwoSidedTest || state == DetectorState.Changed) return state;
        if (Differs(_high.Mean - _all.Mean, _high.Count, _options.DriftConfidence)) return DetectorState.Changed;
        return Differs(_high.Mean - _all.Mean, _high.Count, _options.WarningConfidence) ? DetectorState.Warning : state;
    }

    private protected override void Clear() => _all = _low = _high = default;

    private protected override void Write(CodecWriter writer)
    {
        foreach (var average in (ReadOnlySpan<Average>)[_all, _low, _high])
        {
            writer.Int64(average.Count);
            writer.Double(average.Mean);
        }
    }

    private protected override void Read(ref CodecReader reader)
    {
        _all = new Average { Count = reader.Int64(), Mean = reader.Double() };
        _low = new Average { Count = reader.Int64(), Mean = reader.Double() };
        _high = new Average { Count = reader.Int64(), Mean = reader.Double() };
    }

    private double Bound(long count) => Math.Sqrt(1.0 / (2 * count) * Math.Log(1 / _options.DriftConfidence));

    private bool Differs(double difference, long cut, double confidence)
    {
        if (cut == _all.Count) return false;
        var reciprocal = (double)(_all.Count - cut) / cut * (1.0 / _all.Count);
        return difference >= Math.Sqrt(reciprocal / 2 * Math.Log(2 / confidence));
    }

    private struct Average
    {
        public long Count;
        public double Mean;
    }
}

/// <summary>Parameters of <see cref="HddmA"/>, with river's defaults.</summary>
public sealed record HddmAOptions
{
    /// <summary>Confidence of a change. Above 0, below 1.</summary>
    [Range(double.Epsilon, 1, MaximumIsExclusive = true)]
    public double DriftConfidence { get; init; } = 0.001;

    /// <summary>Confidence of a warning. Above 0, below 1.</summary>
    [Range(double.Epsilon, 1, MaximumIsExclusive = true)]
    public double WarningConfidence { get; init; } = 0.005;

    /// <summary>Whether a mean that falls is a change as well.</summary>
    public bool TwoSidedTest { get; init; }
}
