using FleetMonitor.Core.Estimation;
using FleetMonitor.Core.Specs;
using Xunit;

namespace FleetMonitor.Core.Tests.Estimation;

public sealed class LabelCoverageTests
{
    /// <summary>Labels that come late for a reason: of wrong predictions first, or of right ones, whatever their score.</summary>
    [Theory]
    [InlineData(0.9, 0.2)]
    [InlineData(0.2, 0.9)]
    [InlineData(0.5, 0.5)]
    [InlineData(1, 0)]
    [InlineData(0, 1)]
    public void Interval_OfLabelsThatComeLateForAReason_HoldsTheFinalAccuracy(double knownIfRight, double knownIfWrong)
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var predictions = 50 + random.Next(500);
            var accuracy = random.NextDouble();
            int correct = 0, labelled = 0, known = 0;
            for (var row = 0; row < predictions; row++)
            {
                var right = random.NextDouble() < accuracy;
                correct += right ? 1 : 0;
                if (random.NextDouble() >= (right ? knownIfRight : knownIfWrong)) continue;
                labelled++;
                known += right ? 1 : 0;
            }
            // Known from the past that all labels come, or not known at all.
            foreach (var expected in new double?[] { null, 1, 0.95 })
            {
                var coverage = LabelCoverage.Of(predictions, labelled, known, expected, true, [], []);
                if (labelled == 0 && expected is null) continue;
                Assert.InRange((double)correct / predictions, coverage.AccuracyLower!.Value, coverage.AccuracyUpper!.Value);
            }
        }
    }

    /// <summary>With every label in, the interval is for chance alone, and holds the model's own accuracy 95 times in 100.</summary>
    [Theory]
    [InlineData(0.9, 500)]
    [InlineData(0.7, 200)]
    [InlineData(0.98, 1_000)]
    public void Interval_OfAllLabels_HoldsTheTrueAccuracyAtItsLevel(double accuracy, int predictions)
    {
        var held = 0;
        const int runs = 2_000;
        for (var seed = 0; seed < runs; seed++)
        {
            var random = new Random(seed);
            var correct = Enumerable.Range(0, predictions).Count(_ => random.NextDouble() < accuracy);
            var coverage = LabelCoverage.Of(predictions, predictions, correct, 1, false, [], []);
            if (coverage.AccuracyLower <= accuracy && accuracy <= coverage.AccuracyUpper) held++;
        }
        // Wilson's interval keeps its level on average over shares; at one share it may be a point or two off.
        Assert.InRange(held / (double)runs, 0.935, 0.985);
    }

    [Fact]
    public void Interval_OfAModelThatLabelsASample_IsOverTheSample()
    {
        var coverage = LabelCoverage.Of(100_000, 1_000, 900, 0.01, false, [], []);
        Assert.InRange(coverage.AccuracyLower!.Value, 0.77, 0.9);
        Assert.InRange(coverage.AccuracyUpper!.Value, 0.9, 0.93);
    }

    [Theory]
    [InlineData(1_000, 950, 1.0, false)]
    [InlineData(1_000, 800, 1.0, true)]
    [InlineData(1_000, 10, 0.01, false)]
    [InlineData(1_000, 5, 0.01, true)]
    [InlineData(1_000, 0, 0.0, false)]
    [InlineData(0, 0, 1.0, false)]
    public void Window_WithFewerLabelsThanToBeExpected_IsProvisional(int predictions, int labelled, double expected, bool provisional) =>
        Assert.Equal(provisional, LabelCoverage.IsProvisional(predictions, labelled, expected, assumed: false));

    [Fact]
    public void Window_WithoutAPast_IsProvisionalWhereLabelsAreSaidToComeLate()
    {
        Assert.True(LabelCoverage.IsProvisional(1_000, 10, null, assumed: true));
        Assert.False(LabelCoverage.IsProvisional(1_000, 10, null, assumed: false));
    }

    /// <summary>Unsure predictions are labelled late, and are wrong more often: the plain share is far too high, the weighted one is right on average.</summary>
    [Fact]
    public void Accuracy_OfLabelsThatComeLateByScore_IsThatOfAllPredictions()
    {
        const int runs = 60, predictions = 5_000;
        double plain = 0, weighted = 0;
        for (var seed = 0; seed < runs; seed++)
        {
            var random = new Random(seed);
            var cells = ScoreCells.Count(TaskKind.Binary);
            long[] rows = new long[cells], labelled = new long[2 * cells];
            int known = 0, knownRight = 0, right = 0;
            for (var row = 0; row < predictions; row++)
            {
                var score = random.NextDouble();
                var isRight = random.NextDouble() < Math.Max(score, 1 - score);
                var cell = ScoreCells.OfBinary(score, score > 0.5);
                rows[cell]++;
                right += isRight ? 1 : 0;
                if (random.NextDouble() > Math.Pow(2 * Math.Abs(score - 0.5), 2)) continue;
                known++;
                knownRight += isRight ? 1 : 0;
                labelled[cell]++;
                if (isRight) labelled[cells + cell]++;
            }
            var coverage = LabelCoverage.Of(predictions, known, knownRight, 1, true, rows, labelled);
            Assert.Equal((double)known / predictions, coverage.Ratio!.Value);
            plain += (((double)knownRight / known) - ((double)right / predictions)) / runs;
            weighted += (coverage.Accuracy!.Value - ((double)right / predictions)) / runs;
        }
        Assert.InRange(plain, 0.1, 0.15);
        Assert.InRange(weighted, -0.02, 0.02);
    }

    [Fact]
    public void Coverage_WithoutPredictionsOrLabels_HasNoScores()
    {
        Assert.Equal(new LabelCoverage(null, 0.5, false, null, null, null), LabelCoverage.Of(0, 0, 0, 0.5, false, [], []));
        var unlabelled = LabelCoverage.Of(100, 0, 0, 0, false, [], []);
        Assert.Equal(0.0, unlabelled.Ratio);
        Assert.Null(unlabelled.AccuracyLower);
        Assert.Null(unlabelled.AccuracyUpper);
    }
}
