namespace FleetMonitor.Core.Estimation;

/// <summary>Whether an estimate may be believed: until labels contradict it, and again after three windows in a row whose labels agree.</summary>
/// <remarks>
/// The estimate assumes that P(label | score) has not changed. Where it has, the labels say so, and they win. O(1) a window, in the order of the windows.
/// </remarks>
public record struct EstimateTrust
{
    /// <summary>Windows in a row that must agree before an untrusted estimate is trusted again.</summary>
    public const int Regain = 3;

    /// <summary>Half the width of the joint band, in standard errors.</summary>
    private const double Band = 3;

    /// <summary>A difference below it is no contradiction, however many rows show it: drift of the inputs alone moves a calibration by as much.</summary>
    private const double Small = 0.01;

    /// <summary>Windows that still have to agree; 0 while the estimate is trusted.</summary>
    public int Missing { get; private set; }

    public readonly bool Trusted => Missing == 0;

    /// <summary>As it was saved.</summary>
    internal static EstimateTrust WithMissing(int missing) => new() { Missing = missing };

    /// <summary>Takes a window whose labels are in.</summary>
    public void Observe(bool agrees)
    {
        if (!agrees) Missing = Regain;
        else if (Missing > 0) Missing--;
    }

    /// <summary>Whether an estimated accuracy and the realised one of the same rows can be one: no when their joint band excludes it.</summary>
    /// <remarks>
    /// |estimated − realised| ≤ 3·√(σ²·(1/n + 1/m)), σ² = p(1 − p) the larger of the estimate's and of the realised share's (with two hits and two misses
    /// added, so that it is never 0): the n rows' own chance, and that of the m rows behind the calibration. At 3 standard errors a window whose concept is
    /// unchanged is taken for a contradiction in 0.3 % of all cases, and then only if it is off by more than 0.01.
    /// </remarks>
    /// <param name="rows">Labelled rows of the window.</param>
    /// <param name="calibrationRows">Rows that the calibration was fitted on.</param>
    public static bool Agrees(double estimated, double realised, long rows, long calibrationRows)
    {
        var shrunk = ((realised * rows) + 2) / (rows + 4);
        var variance = Math.Max(estimated * (1 - estimated), shrunk * (1 - shrunk));
        var band = Band * Math.Sqrt(variance * ((1.0 / rows) + (1.0 / calibrationRows)));
        return Math.Abs(estimated - realised) <= Math.Max(band, Small);
    }
}
