using FleetMonitor.Core.Comparisons;
using FleetMonitor.Core.Windows;

namespace FleetMonitor.Core.Versions;

/// <summary>The sum of some panes' versions.</summary>
internal sealed class VersionTotals
{
    private readonly long[] _counts = new long[VersionCounters.Length];
    private readonly double[] _latencySquares = new double[VersionTable.MaxVersions];
    private readonly VersionBlocks _errors = new();

    public VersionTotals(IEnumerable<Pane> panes)
    {
        foreach (var pane in panes)
        {
            if (pane.Versions is not { } blocks) continue;
            blocks.Counts.AddTo(_counts);
            blocks.LatencySquares.AddTo(_latencySquares);
            for (var i = 0; i < (blocks.Errors?.Length ?? 0); i++) _errors.ErrorsOf(i).Merge(blocks.Errors![i]);
        }
    }

    public ReadOnlySpan<long> Of(int slot) => VersionCounters.Of(_counts, slot);

    /// <summary>In seconds.</summary>
    public MeanSample Latency(int slot) => MeanSample.Of(Of(slot)[VersionCounters.LatencyCount], Of(slot)[VersionCounters.LatencyMicros] / 1e6, _latencySquares[slot]);

    public MeanSample Confidence(int slot) =>
        MeanSample.Of(Of(slot)[VersionCounters.Confident], FixedPoint.ToDouble(Of(slot)[VersionCounters.ConfidenceSum]), FixedPoint.ToDouble(Of(slot)[VersionCounters.ConfidenceSquares]));

    /// <summary>Of a regression.</summary>
    public MeanSample AbsoluteErrors(int slot) => _errors.ErrorsOf(slot).Sample;

    /// <summary>Absolute errors of <paramref name="one"/> less those of <paramref name="other"/>, request by request.</summary>
    public MeanSample Differences(int one, int other)
    {
        var sample = _errors.DifferencesOf(VersionPair.Of(one, other)).Sample;
        return one < other ? sample : sample with { Mean = -sample.Mean };
    }

    /// <summary>Requests that both answered, <paramref name="one"/> first.</summary>
    public PairedCounts Pairs(int one, int other)
    {
        var counts = VersionCounters.OfPair(_counts, VersionPair.Of(one, other));
        long onlyFirst = counts[VersionCounters.OnlyFirst], onlySecond = counts[VersionCounters.OnlySecond];
        var (own, others) = one < other ? (onlyFirst, onlySecond) : (onlySecond, onlyFirst);
        return new PairedCounts(counts[VersionCounters.Both], own, others, counts[VersionCounters.Neither]);
    }
}
