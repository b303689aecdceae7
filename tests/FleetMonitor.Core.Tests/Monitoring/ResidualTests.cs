using FleetMonitor.Core.Batches;
using FleetMonitor.Core.Ingest;
using FleetMonitor.Core.Performance;
using FleetMonitor.Core.Specs;
using FleetMonitor.Core.Statistics;
using Xunit;

namespace FleetMonitor.Core.Tests.Monitoring;

/// <summary>A regression's error quantiles and the drift of its residuals.</summary>
public sealed class ResidualTests
{
    private static readonly ModelSpec Spec = new() { Task = TaskKind.Regression, Reference = new ReferenceSpec { Capture = 1_000 } };

    [Fact]
    public void Quantiles_OfAbsoluteErrors_AreWithinTwoPercentOfTheExactOnes()
    {
        var scenario = new Scenario(Spec);
        double[] errors = [.. Scenario.Normal(20_000, 1, std: 37)];
        Feed(scenario, errors);
        var residuals = scenario.Score().Performance.Residuals!;
        double[] sorted = [.. errors.Select(Math.Abs).Order()];
        foreach (var (q, value) in new[] { (0.5, residuals.P50), (0.9, residuals.P90), (0.99, residuals.P99) })
        {
            var exact = sorted[(int)Math.Ceiling(q * sorted.Length) - 1];
            Assert.Equal(exact, value!.Value, exact * 0.0201);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1e-9)]
    [InlineData(3.7e-4)]
    [InlineData(1)]
    [InlineData(123_456_789.5)]
    [InlineData(1e12)]
    public void Buckets_OfOneValue_TellItWithinTwoPercentOnEitherSide(double error)
    {
        foreach (var sign in (int[])[1, -1])
        {
            var counts = new long[ResidualBuckets.Count];
            counts[ResidualBuckets.Of(sign * error)]++;
            Assert.Equal(error, ResidualBuckets.AbsoluteQuantile(counts, 0.5)!.Value, Math.Max(1e-9, error * 0.02));
        }
        Assert.Null(ResidualBuckets.AbsoluteQuantile(new long[ResidualBuckets.Count], 0.5));
        Assert.InRange(ResidualBuckets.Of(double.MaxValue), 0, ResidualBuckets.Count - 1);
        Assert.InRange(ResidualBuckets.Of(double.MinValue), 0, ResidualBuckets.Count - 1);
    }

    [Fact]
    public void Buckets_OfRisingResiduals_Rise()
    {
        var before = -1;
        foreach (var residual in Scenario.Normal(5_000, 2, std: 10).Order())
        {
            Assert.True(ResidualBuckets.Of(residual) >= before);
            before = ResidualBuckets.Of(residual);
        }
    }

    [Fact]
    public void Residuals_LikeTheFirstLabels_DoNotDrift()
    {
        var scenario = new Scenario(Spec);
        Feed(scenario, [.. Scenario.Normal(4_000, 3)]);
        var score = scenario.Score();
        Assert.Equal((1_000, false), (score.Performance.Residuals!.BaselineCount, score.Performance.Residuals.Drifted));
        Assert.DoesNotContain(score.Alerts, a => a.Kind == "residuals");
    }

    [Theory]
    [InlineData(0.6, 1.0)]
    [InlineData(0.0, 2.0)]
    public void Residuals_WithABiasOrAWiderSpread_Drift(double mean, double std)
    {
        var scenario = new Scenario(Spec);
        Feed(scenario, [.. Scenario.Normal(1_000, 4)]);
        Feed(scenario, [.. Scenario.Normal(3_000, 5, mean, std)], Scenario.Start + (2 * UnixTime.Hour));
        var score = scenario.Score(now: Scenario.Start + (2 * UnixTime.Hour));
        Assert.True(score.Performance.Residuals!.Drifted);
        double[] first = [.. Scenario.Normal(1_000, 4).Order()], later = [.. Scenario.Normal(3_000, 5, mean, std).Order()];
        Assert.InRange(score.Performance.Residuals.Ks!.Value, KolmogorovSmirnov.Statistic(first, later) - 0.03, KolmogorovSmirnov.Statistic(first, later) + 1e-12);
        Assert.Contains(score.Alerts, a => a.Kind == "residuals" && a.Detail.StartsWith("ks 0.", StringComparison.Ordinal));
    }

    [Fact]
    public void Baseline_OfAReferenceWithLabels_IsItsResiduals()
    {
        var scenario = new Scenario(Spec);
        var builder = new PredictionBatchBuilder();
        foreach (var error in Scenario.Normal(500, 6))
        {
            builder.BeginRow();
            builder.SetPrediction(10);
            builder.SetLabel(10 + error);
            builder.EndRow();
        }
        scenario.Apply(new LogEntry(LogEntryKind.Reference, Scenario.Start, null, 0, builder.Build().Buffer));
        Feed(scenario, [.. Scenario.Normal(300, 7, mean: 2)]);
        Assert.Equal((500, true), (scenario.Score().Performance.Residuals!.BaselineCount, scenario.Score().Performance.Residuals!.Drifted));
    }

    [Fact]
    public void CorrectedLabel_LeavesNoTraceInTheQuantiles()
    {
        Scenario once = new(Spec with { MinSamples = 1 }), corrected = new(Spec with { MinSamples = 1 });
        foreach (var scenario in (Scenario[])[once, corrected]) scenario.Record(Enumerable.Range(0, 10).Select(i => new Row { Id = $"{i}", Value = i }));
        corrected.Label(Enumerable.Range(0, 10).Select(i => ($"{i}", "1000")));
        foreach (var scenario in (Scenario[])[once, corrected]) scenario.Label(Enumerable.Range(0, 10).Select(i => ($"{i}", $"{2 * i}")));
        Assert.Equal(once.Score().Performance.Residuals! with { Ks = null }, corrected.Score().Performance.Residuals! with { Ks = null });
        corrected.Reload();
        Assert.Equal(once.Score().Performance.Residuals!.P90, corrected.Score().Performance.Residuals!.P90);
    }

    [Fact]
    public void SaveAndLoad_OfARegression_ChangesNotAByte()
    {
        Scenario straight = new(Spec), interrupted = new(Spec);
        for (var part = 0; part < 6; part++)
        {
            double[] errors = [.. Scenario.Normal(400, part)];
            Feed(straight, errors, Scenario.Start + (part * 40 * UnixTime.Minute), part);
            Feed(interrupted, errors, Scenario.Start + (part * 40 * UnixTime.Minute), part);
            interrupted.Reload();
        }
        Assert.Equal(straight.Monitor.Save(), interrupted.Monitor.Save());
    }

    private static void Feed(Scenario scenario, double[] errors, long? time = null, int part = 0)
    {
        var prefix = $"{time}-{part}-";
        scenario.Record(errors.Select((_, i) => new Row { Id = $"{prefix}{i}", Value = i % 7 }), time);
        scenario.Label(errors.Select((error, i) => ($"{prefix}{i}", FormattableString.Invariant($"{(i % 7) + error:R}"))), time);
    }
}
