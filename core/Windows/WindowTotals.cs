namespace FleetMonitor.Core.Windows;

/// <summary>The sum of some panes: what a window's scores are made of.</summary>
internal sealed class WindowTotals
{
    public WindowTotals(ICollection<Pane> panes, PaneBounds bounds)
        : this(panes, panes, bounds)
    {
    }

    /// <param name="panes">What float sums are taken of, always in the same order: their last bits depend on it.</param>
    /// <param name="counted">What counters are taken of: panes that add up to the same.</param>
    public WindowTotals(IEnumerable<Pane> panes, IEnumerable<Pane> counted, PaneBounds bounds)
    {
        Pane[] kept = [.. counted];
        Traffic = Sum(kept, bounds.Traffic, pane => pane.Traffic);
        Columns = Sum(kept, bounds.Columns, pane => pane.Columns);
        Labels = Sum(kept, bounds.Labels, pane => pane.Labels);
        ScoreHistograms = Sum(kept, bounds.ScoreHistograms, pane => pane.ScoreHistograms);
        Scores = Sum(kept, bounds.Scores, pane => pane.Scores);
        LabelledScores = Sum(kept, bounds.LabelledScores, pane => pane.LabelledScores);
        Moments = new double[bounds.Moments];
        foreach (var pane in panes)
        {
            pane.Moments.AddTo(Moments);
            Regression.Merge(pane.Regression);
        }
    }

    public long[] Traffic { get; }

    public long[] Columns { get; }

    public double[] Moments { get; }

    public long[] Labels { get; }

    public long[] ScoreHistograms { get; }

    public long[] Scores { get; }

    public long[] LabelledScores { get; }

    public Performance.RegressionSums Regression;

    private static long[] Sum(Pane[] panes, int length, Func<Pane, CounterBlock> block)
    {
        var totals = new long[length];
        if (length == 0) return totals;
        using var small = new SmallCounters(length);
        foreach (var pane in panes) small.Add(block(pane), totals);
        small.MoveTo(totals);
        return totals;
    }
}
