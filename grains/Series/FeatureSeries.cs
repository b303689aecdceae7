using FleetMonitor.Core.Monitoring;
using FleetMonitor.Core.Scores;
using FleetMonitor.Core.Specs;

namespace FleetMonitor.Grains.Series;

/// <summary>A feature's place among all features of this process, and its samples if it is bad enough to be shown.</summary>
/// <param name="Severity">How far beyond its thresholds the feature is; features that drifted come before all others.</param>
/// <param name="Count">Samples it has, or would have.</param>
/// <param name="Text">Null when the feature is not among the worst.</param>
internal sealed record FeatureSeries(double Severity, int Count, ModelSeries? Text)
{
    /// <summary>Beyond any distance from a threshold.</summary>
    private const double Drifted = 1_000;

    /// <summary>The features of a model's headline window. Only those at least as bad as <paramref name="cutoff"/> are rendered: the text of all of a large fleet's would fill the memory.</summary>
    public static FeatureSeries[] Render(ModelMonitor monitor, HeadlineReading headline, double cutoff)
    {
        var features = headline.Score.Columns.Where(c => c.Role == ColumnRole.Feature).Select(c => (Score: c, Severity: SeverityOf(c, monitor.Spec.Thresholds.Drift))).ToArray();
        return
        [
            .. features.Select(f => f.Severity >= cutoff
                ? Rendered(monitor, f.Score, headline.CoarseBins(f.Score.Name), f.Severity)
                : new FeatureSeries(f.Severity, CountOf(monitor, f.Score), null)),
        ];
    }

    private static FeatureSeries Rendered(ModelMonitor monitor, ColumnScore score, IReadOnlyList<CoarseBin> bins, double severity)
    {
        var labels = $"{ModelSeries.Labels(monitor.Name, monitor.Version)},feature=\"{SeriesFamily.Escape(score.Name)}\"";
        var input = new FeatureInput(score, bins);
        var samples = FeatureFamily.All.Select(family => (family.Name, Samples: family.Samples(input).ToArray())).ToArray();
        var count = samples.Sum(family => family.Samples.Count(sample => sample.Value is { } value && double.IsFinite(value)));
        return new FeatureSeries(severity, count, ModelSeries.Render(labels, samples.Select(s => (s.Name, s.Samples.AsEnumerable()))));
    }

    /// <summary>What <see cref="Rendered"/> would count, without the panes: a window with values has a share in every bin.</summary>
    private static int CountOf(ModelMonitor monitor, ColumnScore score)
    {
        var withoutBins = new FeatureInput(score, []);
        var samples = FeatureFamily.All.Sum(family => family.Samples(withoutBins).Count(sample => sample.Value is { } value && double.IsFinite(value)));
        return samples + (monitor.CoarseBinCount(score.Name) * (score.Count == 0 ? 1 : 2));
    }

    private static double SeverityOf(ColumnScore score, DriftThresholds thresholds)
    {
        var drift = Math.Max((score.Ks ?? 0) / Math.Max(thresholds.Ks, 1e-9), (score.Psi ?? 0) / Math.Max(thresholds.Psi, 1e-9));
        var missing = Math.Abs((score.Missing ?? 0) - (score.ReferenceMissing ?? 0)) / Math.Max(thresholds.Missing, 1e-9);
        return Math.Max(Math.Max(drift, missing), score.Unseen ?? 0) + (score.Drifted || score.MissingChanged ? Drifted : 0);
    }
}
