using System.ComponentModel.DataAnnotations;
using System.Diagnostics;
using FleetMonitor.Core.Codec;

namespace FleetMonitor.Core.Detectors;

/// <summary>Early drift detection method: errors that come closer to each other than they did at best.</summary>
/// <remarks>
/// With p the mean and s the sample standard deviation of the distances between errors since the last change, and m the largest p + 2s so far: warning when (p + 2s)/m &lt; α, change when it is below β.
/// O(1) a value, 56 bytes; values are 0 (right) or 1 (wrong). Baena-García et al.: Early drift detection method, 2006; as in river 0.19. Made for slow drifts; a stationary stream raises many false alarms
/// (see the tests' figures), so it is a hint and no alert.
/// </remarks>
public sealed class Eddm(EddmOptions? options = null) : ChangeDetector
{
    private readonly EddmOptions _options = options ?? new EddmOptions();
    private long _count, _last, _errors;
    private double _mean, _squares, _largest = -1;

    /// <summary>Mean distance between errors since the last change, in values.</summary>
    public double MeanDistance => _mean;

    private protected override DetectorState Next(double value)
    {
        Debug.Assert(value is 0 or 1, "An error or none.");
        _count++;
        if (value != 1) return State == DetectorState.Warning ? DetectorState.Warning : DetectorState.Stable;
        double distance = _count - _last;
        _last = _count;
        var before = distance - _mean;
        _mean += before / ++_errors;
        _squares += before * (distance - _mean);
        var state = State == DetectorState.Warning ? DetectorState.Warning : DetectorState.Stable;
        if (_count <= _options.WarmStart) return state;
        var level = _mean + (2 * (_errors > 1 ? Math.Sqrt(_squares / (_errors - 1)) : 0));
        if (level > _largest)
        {
            _largest = level;
            return state;
        }
        if (_errors <= _options.WarmStart) return state;
        var share = level / _largest;
        return share < _options.Beta ? DetectorState.Changed : share < _options.Alpha ? DetectorState.Warning : DetectorState.Stable;
    }

    private protected override void Clear()
    {
        _count = _last = _errors = 0;
        _mean = _squares = 0;
        _largest = -1;
    }

    private protected override void Write(CodecWriter writer)
    {
        foreach (var count in (ReadOnlySpan<long>)[_count, _last, _errors]) writer.Int64(count);
        foreach (var value in (ReadOnlySpan<double>)[_mean, _squares, _largest]) writer.Double(value);
    }

    private protected override void Read(ref CodecReader reader)
    {
        (_count, _last, _errors) = (reader.Int64(), reader.Int64(), reader.Int64());
        (_mean, _squares, _largest) = (reader.Double(), reader.Double(), reader.Double());
    }
}

/// <summary>Parameters of <see cref="Eddm"/>, with river's defaults.</summary>
public sealed record EddmOptions
{
    /// <summary>Errors (and values) before anything is judged. 1 to 1,000,000.</summary>
    [Range(1, 1_000_000)]
    public int WarmStart { get; init; } = 30;

    /// <summary>Share of the largest distance below which is a warning (α). Above 0, at most 1.</summary>
    [Range(double.Epsilon, 1)]
    public double Alpha { get; init; } = 0.95;

    /// <summary>Share of the largest distance below which is a change (β). Above 0, at most <see cref="Alpha"/>.</summary>
    [Range(double.Epsilon, 1)]
    public double Beta { get; init; } = 0.9;
}
