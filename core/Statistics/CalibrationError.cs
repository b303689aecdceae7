namespace FleetMonitor.Core.Statistics;

/// <summary>Expected calibration error over ten equal-width bins of the probability: Σ share · |mean probability − rate|.</summary>
/// <remarks>Share times means cancel to |Σ (probability − outcome)| / n, so one running gap a bin is all the state there is.</remarks>
internal ref struct CalibrationError(Span<double> gaps)
{
    public const int Bins = 10;

    private readonly Span<double> _gaps = gaps;

    public readonly void Add(double probability, bool outcome) =>
        _gaps[Math.Clamp((int)(probability * Bins), 0, Bins - 1)] += probability - (outcome ? 1 : 0);

    public readonly double Over(long rows)
    {
        var sum = 0.0;
        foreach (var gap in _gaps)
            sum += Math.Abs(gap);
        return sum / rows;
    }
}
