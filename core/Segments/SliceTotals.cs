using FleetMonitor.Core.Performance;
using FleetMonitor.Core.Windows;

namespace FleetMonitor.Core.Segments;

/// <summary>The sum of some panes' slices.</summary>
internal sealed class SliceTotals
{
    private readonly long[] _counts;
    private readonly RegressionSums[] _regression;
    private readonly bool _isRegression;

    public SliceTotals(IEnumerable<Pane> panes, int slices, int cells, bool isRegression)
    {
        _counts = new long[slices * SliceCounters.Length];
        Columns = new long[slices * cells];
        _regression = new RegressionSums[slices];
        _isRegression = isRegression;
        foreach (var pane in panes)
        {
            if (pane.Slices is not { } blocks) continue;
            blocks.Counts.AddTo(_counts);
            blocks.Columns.AddTo(Columns);
            for (var slice = 0; slice < blocks.Regression.Length; slice++) _regression[slice].Merge(blocks.Regression[slice]);
        }
    }

    /// <summary>Cells, slice after slice.</summary>
    public long[] Columns { get; }

    public ReadOnlySpan<long> Of(int slice) => _counts.AsSpan(slice * SliceCounters.Length, SliceCounters.Length);

    public Labelled LabelledOf(int slice)
    {
        if (_isRegression) return Labelled.Of(_regression[slice]);
        var counters = Of(slice);
        return new Labelled(counters[SliceCounters.Labelled], counters[SliceCounters.Correct], counters[SliceCounters.Correct]);
    }
}
