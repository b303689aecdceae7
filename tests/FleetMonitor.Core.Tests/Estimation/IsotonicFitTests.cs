using FleetMonitor.Core.Codec;
using FleetMonitor.Core.Estimation;
using FsCheck;
using FsCheck.Xunit;
using Xunit;

namespace FleetMonitor.Core.Tests.Estimation;

[Properties(Replay = "3,7", MaxTest = 200)]
public sealed class IsotonicFitTests
{
    /// <summary>By definition: the value at a score is the largest, over starts at or below it, of the smallest mean up to an end at or above it.</summary>
    [Property]
    public void Fit_AtEveryScore_IsTheMaxMinOfMeans((byte Score, bool Outcome)[] rows)
    {
        if (rows.Length == 0) return;
        var calibrator = Fit(rows);
        var groups = rows.GroupBy(r => r.Score).OrderBy(g => g.Key).ToArray();
        // Outcomes and rows before each group, and after the last.
        double[] sums = [0, .. groups.Select((_, i) => (double)groups[..(i + 1)].Sum(g => g.Count(r => r.Outcome)))];
        double[] counts = [0, .. groups.Select((_, i) => (double)groups[..(i + 1)].Sum(g => g.Count()))];
        for (var i = 0; i < groups.Length; i++)
        {
            var expected = Enumerable.Range(0, i + 1).Max(from => Enumerable.Range(i + 1, groups.Length - i).Min(to => (sums[to] - sums[from]) / (counts[to] - counts[from])));
            Assert.Equal(expected, calibrator.Calibrate(groups[i].Key / 256.0), 1e-12);
        }
    }

    [Property]
    public void Calibrate_OfHigherScores_IsNeverLower((byte Score, bool Outcome)[] rows, byte[] asked)
    {
        if (rows.Length == 0) return;
        var calibrator = Fit(rows);
        var values = asked.Select(a => a / 200.0).Order().Select(calibrator.Calibrate).ToArray();
        Assert.Equal(values.Order(), values);
        Assert.All(values, value => Assert.InRange(value, 0, 1));
    }

    [Property]
    public void Fit_OfRowsInAnyOrder_IsTheSame((byte Score, bool Outcome)[] rows, int seed)
    {
        if (rows.Length == 0) return;
        var shuffled = rows.ToArray();
        new Random(seed).Shuffle(shuffled);
        Assert.Equal(Fit(rows).X.ToArray(), Fit(shuffled).X.ToArray());
        Assert.Equal(Fit(rows).Y.ToArray(), Fit(shuffled).Y.ToArray());
    }

    [Property]
    public void Fit_OfCalibratedScores_LeavesThemAsTheyAre((byte Score, bool Outcome)[] rows)
    {
        if (rows.Length == 0) return;
        var calibrator = Fit(rows);
        var calibrated = rows.Select(r => calibrator.Calibrate(r.Score / 256.0)).ToArray();
        var again = IsotonicFit.Of(calibrated, [.. rows.Select(r => r.Outcome)])!;
        foreach (var value in calibrated) Assert.Equal(value, again.Calibrate(value), 1e-12);
    }

    [Property]
    public void Save_ThenLoad_IsTheSameToTheBit((byte Score, bool Outcome)[] rows, byte[] asked)
    {
        if (rows.Length == 0) return;
        var calibrator = Fit(rows);
        var writer = new CodecWriter();
        calibrator.Write(writer);
        var reader = new CodecReader(writer.Written);
        var loaded = IsotonicCalibrator.Read(ref reader);
        Assert.True(reader.AtEnd);
        Assert.Equal(calibrator.Rows, loaded.Rows);
        foreach (var value in asked) Assert.Equal(calibrator.Calibrate(value / 100.0), loaded.Calibrate(value / 100.0));
    }

    /// <summary>The table of cells against a plain search, also where knots crowd at one end.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(9)]
    public void Calibrate_OfAnyScore_InterpolatesBetweenItsKnots(int power)
    {
        var (scores, outcomes) = Uniform.Outcomes(5, 20_000, p => p);
        var calibrator = IsotonicFit.Of([.. scores.Select(s => Math.Pow(s, power))], outcomes)!;
        var (x, y) = (calibrator.X.ToArray(), calibrator.Y.ToArray());
        Assert.True(x.Length > 50);
        foreach (var score in Uniform.Numbers(6, 5_000).Select(s => (Math.Pow(s, power) * 1.1) - 0.05).Concat(x))
        {
            var at = Array.FindLastIndex(x, knot => knot <= score);
            var expected = at < 0 ? y[0] : at == x.Length - 1 ? y[^1] : y[at] + ((y[at + 1] - y[at]) * (score - x[at]) / (x[at + 1] - x[at]));
            Assert.Equal(expected, calibrator.Calibrate(score), 1e-12);
        }
    }

    [Property(MaxTest = 200)]
    public void AddDistinct_AgreesWithAddingOneByOne((byte Rows, byte Positives)[] counts)
    {
        double[] scores = [.. counts.Select((_, i) => i / 7.0)];
        int[] rows = [.. counts.Select(count => (int)count.Rows)], positives = [.. counts.Select(count => count.Positives % (count.Rows + 1))];
        IsotonicFit plain = new(), fast = new();
        for (var i = 0; i < scores.Length; i++) plain.Add(scores[i], positives[i], rows[i]);
        fast.AddDistinct(scores, positives, rows);
        var (expected, actual) = (plain.Build(), fast.Build());
        Assert.Equal(expected?.Rows, actual?.Rows);
        Assert.Equal(expected?.X.ToArray(), actual?.X.ToArray());
        Assert.Equal(expected?.Y.ToArray(), actual?.Y.ToArray());
    }

    [Fact]
    public void Fit_OfTies_PoolsThemBeforeAnythingElse()
    {
        var calibrator = IsotonicFit.Of([0.5, 0.2, 0.5, 0.2, 0.8, 0.5, double.NaN], [true, false, false, true, true, false, true])!;
        Assert.Equal([0.2, 0.5, 0.8], calibrator.X.ToArray());
        Assert.Equal([0.4, 0.4, 1], calibrator.Y.ToArray());
        Assert.Equal(6, calibrator.Rows);
        Assert.Equal(0.7, calibrator.Calibrate(0.65), 1e-12);
    }

    [Fact]
    public void Fit_OfNothing_IsNull() => Assert.Null(IsotonicFit.Of([double.NaN], [true]));

    [Fact]
    public void Fit_OfOneScore_IsItsShareEverywhere()
    {
        var calibrator = IsotonicFit.Of([0.3, 0.3, 0.3, 0.3], [true, false, false, false])!;
        Assert.Equal([0.25, 0.25, 0.25], new[] { 0, 0.3, 1 }.Select(calibrator.Calibrate));
    }

    private static IsotonicCalibrator Fit((byte Score, bool Outcome)[] rows) => IsotonicFit.Of([.. rows.Select(r => r.Score / 256.0)], [.. rows.Select(r => r.Outcome)])!;
}
