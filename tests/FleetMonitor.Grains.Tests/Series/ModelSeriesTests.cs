using System.Buffers;
using System.Text;
using FleetMonitor.Core.Detectors;
using FleetMonitor.Core.Estimation;
using FleetMonitor.Core.Monitoring;
using FleetMonitor.Core.Scores;
using FleetMonitor.Core.Specs;
using FleetMonitor.Core.Statistics;
using FleetMonitor.Grains.Evidence;
using FleetMonitor.Grains.Series;
using Xunit;

namespace FleetMonitor.Grains.Tests.Series;

/// <summary>How many series a model has at most: every score exists, every list is as long as it can be.</summary>
public sealed class ModelSeriesTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 10, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(TaskKind.Binary, 2, false)]
    [InlineData(TaskKind.Binary, 8, true)]
    [InlineData(TaskKind.Multiclass, 8, true)]
    [InlineData(TaskKind.Regression, 8, true)]
    public void Render_OfAModelThatHasEveryScore_IsWithinTheLimit(TaskKind task, int detectors, bool multivariate)
    {
        var input = Everything(task, detectors, multivariate);
        var series = ModelSeries.Render(input);
        var lines = Lines(series);

        Assert.InRange(lines.Length, 40, SeriesFamily.Limit);
        Assert.Equal(lines.Length, lines.Select(line => line[..line.LastIndexOf(' ')]).Distinct().Count());
        Assert.Equal(lines.Length + series.Dropped, SeriesFamily.All.Sum(family => family.Samples(input).Count(sample => sample.Value is not null)));
        // What alerts rest on is never left out.
        foreach (var name in new[] { "model_info", "model_drift_detected", "model_changes_detected_total", "model_maintenance", "model_owner_epoch",
            task is TaskKind.Regression ? "model_residual_drift_detected" : "model_accuracy" })
        {
            Assert.Contains(lines, line => line.StartsWith(name + "{", StringComparison.Ordinal));
        }
        Assert.Equal(multivariate, lines.Any(line => line.StartsWith("model_reconstruction_drift_detected{", StringComparison.Ordinal)));
    }

    [Fact]
    public void Render_OfADefaultModel_LeavesNothingOut() => Assert.Equal(0, ModelSeries.Render(Everything(TaskKind.Binary, 2, multivariate: false)).Dropped);

    [Fact]
    public void Render_OfMoreDetectorsThanAreNamed_AddsUpTheOthers()
    {
        var lines = Lines(ModelSeries.Render(Everything(TaskKind.Binary, 8, multivariate: true))).Where(line =>
            line.StartsWith("model_changes_detected_total", StringComparison.Ordinal)).ToArray();

        Assert.Equal(4, lines.Length);
        Assert.Contains("detector=\"other\",on=\"other\"} 30", lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Dropped_OfARegistry_CountsWhatItsModelsLeftOut()
    {
        var registry = new ModelSeriesRegistry();
        var series = ModelSeries.Render(Everything(TaskKind.Binary, 8, multivariate: true));
        registry.Publish("a", "live", series, 1);
        registry.Publish("b", "live", series, 1);

        Assert.True(series.Dropped > 0);
        Assert.Equal(2 * series.Dropped, registry.Dropped);
    }

    private static string[] Lines(ModelSeries series) =>
        [.. Enumerable.Range(0, SeriesFamily.All.Count).SelectMany(family =>
            Encoding.UTF8.GetString(series.Lines(family)).Split('\n', StringSplitOptions.RemoveEmptyEntries))];

    private static SeriesInput Everything(TaskKind task, int detectors, bool multivariate)
    {
        var regression = task is TaskKind.Regression;
        var spec = new ModelSpec { Task = task, Team = "risk", Family = "credit", Tier = "1", Multivariate = multivariate };
        ChangeReport[] changes = [.. Enumerable.Range(1, detectors).Select(i =>
            new ChangeReport(DetectorKind.Adwin, $"feature:f{i}", 10, i, [new DetectedChange(1, Now, Now)]))];
        var model = new ModelDescription("m", spec, "live", "1", null, 0, new ModelCounters(), new LabelCounts(1, 1, 0, 0, 0, 1, 0, 0), Now, null,
            ["0", "1"], changes);
        var classification = regression ? null : new ClassificationPerformance(100, 0.9, 0.9, 0.9, 0.9, 0.9, 0.3, 0.1, 0.02);
        var performance = new PerformanceScore(100, 60, classification, regression ? new RegressionPerformance(100, 1, 2, 0.5, 0.1) : null)
        {
            Coverage = new LabelCoverage(1, 1, false, 0.9, 0.8, 1),
            Residuals = regression ? new ResidualScore(1, 2, 3, 100, 0.1, 0.5, false) : null,
            Estimated = regression ? null : new EstimatedScore(100, 0.9, 0.8, 1, 0.9, 0.9, 0.9, 0.9, 0.9, true, 1_000, 0.8, 1),
        };
        var column = new ColumnScore("f1", FeatureKind.Numeric, ColumnRole.Feature, Verdict.Drifted, 100, 0, 0, 0, null, 0, 0.5, 0, 1, null, null, 0.5, 0.5,
            0.5, 0.5, null, 1, 1, false, []);
        var score = new WindowScore(
            TimeSpan.FromHours(1), Now, Now, 100, 1, Verdict.Drifted, null, new LatencyScore(100, 1, 1, 1, 1), regression ? null
                : new ConfidenceScore(100, 0.9, 0.8, 0.9, 1, 0.1, 0.3, []), performance, 1, [column], [])
        {
            Multivariate = multivariate ? new ReconstructionScore(100, 1, 1, 0.9, 1.1, 2, false) : null,
        };
        return new SeriesInput(model, score, 3)
        {
            Fleet = new ModelVerdict([new FeatureEvidence("f1", 100, 5, 0.1) { Discovered = true }], ["g1", "g2", "g3", "g4"]),
        };
    }
}
