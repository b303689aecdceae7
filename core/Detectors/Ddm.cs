using System.ComponentModel.DataAnnotations;
using System.Diagnostics;
using FleetMonitor.Core.Codec;

namespace FleetMonitor.Core.Detectors;

/// <summary>Drift detection method: an error rate that rose above its best by more than a few standard deviations.</summary>
/// <remarks>
/// With p the error rate and s = √(p(1 − p)/n) since the last change, and p′, s′ those at which p + s was smallest: warning when p + s &gt; p′ + 2s′, change when p + s &gt; p′ + 3s′.
/// O(1) a value, 40 bytes; values are 0 (right) or 1 (wrong). Gama, Medas, Castillo, Rodrigues: Learning with drift detection, SBIA 2004; as in river 0.19. Three deviations of a rate that is watched at
/// every value are no 0.1 %: the smallest p + s is a lucky one, so early false alarms are many.
/// </remarks>
public sealed class Ddm(DdmOptions? options = null) : ChangeDetector
{
    private readonly DdmOptions _options = options ?? new DdmOptions();
    private long _count;
    private double _rate, _lowestRate = double.PositiveInfinity, _lowestDeviation = double.PositiveInfinity;

    /// <summary>Error rate since the last change.</summary>
    public double Rate => _rate;

    private protected override DetectorState Next(double value)
    {
        Debug.Assert(value is 0 or 1, "An error or none.");
        _rate += (value - _rate) / ++_count;
        if (_count <= _options.WarmStart) return DetectorState.Stable;
        // Rounding may leave a rate of ones above 1.
        var deviation = Math.Sqrt(Math.Max(0, _rate * (1 - _rate)) / _count);
        var level = _rate + deviation;
        if (level <= _lowestRate + _lowestDeviation) (_lowestRate, _lowestDeviation) = (_rate, deviation);
        if (level > _lowestRate + (_options.DriftThreshold * _lowestDeviation)) return DetectorState.Changed;
        return level > _lowestRate + (_options.WarningThreshold * _lowestDeviation) ? DetectorState.Warning : DetectorState.Stable;
    }

    private protected override void Clear()
    {
        _count = 0;
        _rate = 0;
        _lowestRate = _lowestDeviation = double.PositiveInfinity;
    }

    private protected override void Write(CodecWriter writer)
    {
        writer.Int64(_count);
        writer.Double(_rate);
        writer.Double(_lowestRate);
        writer.Double(_lowestDeviation);
    }

    private protected override void Read(ref CodecReader reader) =>
        (_count, _rate, _lowestRate, _lowestDeviation) = (reader.Int64(), reader.Double(), reader.Double(), reader.Double());
}

/// <summary>Parameters of <see cref="Ddm"/>, with river's defaults.</summary>
public sealed record DdmOptions
{
    /// <summary>Values before anything is judged. 1 to 1,000,000.</summary>
    [Range(1, 1_000_000)]
    public int WarmStart { get; init; } = 30;

    /// <summary>Standard deviations that are a warning. Above 0, at most 100.</summary>
    [Range(double.Epsilon, 100)]
    public double WarningThreshold { get; init; } = 2;

    /// <summary>Standard deviations that are a change. Above 0, at most 100.</summary>
    [Range(double.Epsilon, 100)]
    public double DriftThreshold { get; init; } = 3;
}
