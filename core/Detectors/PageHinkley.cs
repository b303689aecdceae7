using System.ComponentModel.DataAnnotations;
using System.Diagnostics;
using System.Text.Json.Serialization;
using FleetMonitor.Core.Codec;

namespace FleetMonitor.Core.Detectors;

/// <summary>The Page-Hinkley test: a mean that moved by more than chance and a tolerance would.</summary>
/// <remarks>
/// With x̄ the mean so far, U ← α·U + (x − x̄ − δ) and D ← α·D + (x − x̄ + δ); the mean rose when U − min U &gt; λ, it fell when max D − D &gt; λ. α forgets: 0.9999 is about the last 10,000 values.
/// O(1) a value, 48 bytes. Page: Continuous inspection schemes, Biometrika 41, 1954; as in river 0.19. λ is in the unit of the values: there is no bound on false alarms that holds for every stream.
/// </remarks>
public sealed class PageHinkley(PageHinkleyOptions? options = null) : ChangeDetector
{
    private readonly PageHinkleyOptions _options = options ?? new PageHinkleyOptions();
    private long _count;
    private double _mean, _rise, _fall, _lowest = double.PositiveInfinity, _highest = double.NegativeInfinity;

    /// <summary>Mean since the last change.</summary>
    public double Mean => _mean;

    private protected override DetectorState Next(double value)
    {
        Debug.Assert(double.IsFinite(value), "The boundary leaves out what is no number.");
        _mean += (value - _mean) / ++_count;
        var deviation = value - _mean;
        _rise = (_options.Alpha * _rise) + deviation - _options.Delta;
        _fall = (_options.Alpha * _fall) + deviation + _options.Delta;
        _lowest = Math.Min(_lowest, _rise);
        _highest = Math.Max(_highest, _fall);
        if (_count < _options.MinInstances) return DetectorState.Stable;
        var rose = _options.Mode != PageHinkleyMode.Down && _rise - _lowest > _options.Threshold;
        var fell = _options.Mode != PageHinkleyMode.Up && _highest - _fall > _options.Threshold;
        return rose || fell ? DetectorState.Changed : DetectorState.Stable;
    }

    private protected override void Clear()
    {
        _count = 0;
        _mean = _rise = _fall = 0;
        _lowest = double.PositiveInfinity;
        _highest = double.NegativeInfinity;
    }

    private protected override void Write(CodecWriter writer)
    {
        writer.Int64(_count);
        foreach (var value in (ReadOnlySpan<double>)[_mean, _rise, _fall, _lowest, _highest]) writer.Double(value);
    }

    private protected override void Read(ref CodecReader reader)
    {
        _count = reader.Int64();
        (_mean, _rise, _fall, _lowest, _highest) = (reader.Double(), reader.Double(), reader.Double(), reader.Double(), reader.Double());
    }
}

/// <summary>Which way a mean must move to count.</summary>
public enum PageHinkleyMode
{
    [JsonStringEnumMemberName("up")] Up = 1,
    [JsonStringEnumMemberName("down")] Down = 2,
    [JsonStringEnumMemberName("both")] Both = 3,
}

/// <summary>Parameters of <see cref="PageHinkley"/>, with river's defaults.</summary>
public sealed record PageHinkleyOptions
{
    /// <summary>Values before a change can be found. 1 to 1,000,000.</summary>
    [Range(1, 1_000_000)]
    public int MinInstances { get; init; } = 30;

    /// <summary>Deviation that is tolerated (δ), in the values' unit. 0 or more.</summary>
    [Range(0, double.MaxValue)]
    public double Delta { get; init; } = 0.005;

    /// <summary>Summed deviation that is a change (λ), in the values' unit. Above 0.</summary>
    [Range(double.Epsilon, double.MaxValue)]
    public double Threshold { get; init; } = 50;

    /// <summary>What is left of a deviation after one more value (α). Above 0, at most 1.</summary>
    [Range(double.Epsilon, 1)]
    public double Alpha { get; init; } = 0.9999;

    public PageHinkleyMode Mode { get; init; } = PageHinkleyMode.Both;
}
