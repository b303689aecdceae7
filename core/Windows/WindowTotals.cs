namespace FleetMonitor.Core.Windows;

/// <summary>The sum of some panes: what a window's scores are made of.</summary>
internal sealed class WindowTotals
{
    public WindowTotals(IEnumerable<Pane> panes, PaneBounds bounds)
    {
        Traffic = new long[bounds.Traffic];
        Columns = new long[bounds.Columns];
        Moments = new double[bounds.Moments];
        Labels = new long[bounds.Labels];
        ScoreHistograms = new long[bounds.ScoreHistograms];
        Scores = new long[bounds.Scores];
        LabelledScores = new long[bounds.LabelledScores];
        foreach (var pane in panes)
        {
            pane.Traffic.AddTo(Traffic);
            pane.Columns.AddTo(Columns);
            pane.Moments.AddTo(Moments);
            pane.Labels.AddTo(Labels);
            pane.ScoreHistograms.AddTo(ScoreHistograms);
            pane.Scores.AddTo(Scores);
            pane.LabelledScores.AddTo(LabelledScores);
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
}
