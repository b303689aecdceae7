using System.Globalization;
using FleetMonitor.Core.Drift;
using FleetMonitor.Core.References;
using FleetMonitor.Core.Scores;
using FleetMonitor.Core.Specs;
using FleetMonitor.Core.Tests.Monitoring;
using Xunit;

namespace FleetMonitor.Core.Tests.Drift;

/// <summary>Columns of more categories than bins: as many windows of the same distribution are significant as chance allows, and a shift is found all the same.</summary>
public sealed class ManyCategoriesTests
{
    [Theory]
    [InlineData(900, 1.0, 1_000, 300)]
    [InlineData(900, 1.0, 1_000, 5_000)]
    [InlineData(900, 0.3, 1_000, 3_000)]
    [InlineData(2_000, 1.0, 5_000, 500)]
    [InlineData(2_000, 1.0, 5_000, 5_000)]
    [InlineData(2_000, 0.0, 5_000, 20_000)]
    [InlineData(20_000, 1.0, 5_000, 2_000)]
    [InlineData(20_000, 1.0, 40_000, 2_000)]
    public void Test_OfTheSameZipfDistribution_IsRarelySignificant(int categories, double exponent, int referenceRows, int windowRows)
    {
        var draw = new Zipf(categories, exponent, seed: 1);
        int tests = 0, below5 = 0;
        for (var reference = 0; reference < 4; reference++)
        {
            var column = new Column(draw.Take(referenceRows));
            for (var window = 0; window < 25; window++, tests++)
            {
                var p = column.Test(draw.Take(windowRows));
                Assert.True(p >= 0.001, $"p {p} in window {window}");
                if (p < 0.05) below5++;
            }
        }
        Assert.InRange(below5, 0, 12);
    }

    [Theory]
    [InlineData(900, 5_000, 1_000)]
    [InlineData(2_000, 5_000, 1_000)]
    [InlineData(2_000, 5_000, 60_000)]
    [InlineData(20_000, 40_000, 5_000)]
    public void Test_OfAShift_FindsIt(int categories, int referenceRows, int windowRows)
    {
        var draw = new Zipf(categories, 1, seed: 2);
        var column = new Column(draw.Take(referenceRows));
        Assert.True(column.Test(draw.Take(windowRows).Select(c => c + (c % 2))) < 1e-6, "Half of the categories are gone.");
        Assert.True(column.Test(draw.Take(windowRows).Select((c, i) => i % 10 < 3 ? -i : c)) < 1e-6, "Three of ten are new, each another.");
        Assert.True(column.Test(draw.Take(windowRows).Select((c, i) => i % 10 < 3 ? -1 : c)) < 1e-6, "Three of ten are one new.");
        Assert.True(column.Test(Enumerable.Range(1, windowRows).Select(i => -i)) < 1e-6, "All are new.");
    }

    [Fact]
    public void Score_OfIdentifiersAndLongTails_StaysQuietWindowAfterWindow()
    {
        Zipf some = new(900, 1, seed: 3), many = new(5_000, 1, seed: 4);
        var id = 0;
        List<Row> Rows(int count) => [.. some.Take(count).Zip(many.Take(count), (s, m) => new Row { Features = [("some", Text(s)), ("many", Text(m)), ("id", Text(id++))], Tags = [("region", s % 2 == 0 ? "eu" : "us")] })];
        var scenario = new Scenario(new ModelSpec { Segments = ["region"] });
        scenario.Reference(Rows(2_000));
        for (var hour = 0; hour < 30; hour++)
        {
            var now = Scenario.Start + (hour * UnixTime.Hour);
            scenario.Record(Rows(1_500), now);
            foreach (var window in (string[])["1h", "24h"]) Assert.Equal(Verdict.Quiet, scenario.Score(window, now).Verdict);
            Assert.All(scenario.Monitor.Segments(TimeSpan.FromHours(24), now).Slices, s => Assert.NotEqual(Verdict.Drifted, s.Verdict));
        }
        Assert.NotEmpty(scenario.Score("24h", Scenario.Start + (29 * UnixTime.Hour)).Columns.Single(c => c.Name == "some").UnseenCategories);
    }

    private static string Text(int category) => category.ToString(CultureInfo.InvariantCulture);

    /// <summary>A reference, and windows counted as a pane counts them.</summary>
    private sealed class Column
    {
        private readonly ColumnSlot _slot;

        public Column(IEnumerable<int> values)
        {
            var counts = values.CountBy(Text).ToDictionary(c => c.Key, c => (long)c.Value);
            _slot = new ColumnSlot(CategoricalReference.Build("c", ColumnRole.Feature, counts.Values.Sum(), counts), 0, 0);
        }

        public double Test(IEnumerable<int> values)
        {
            var bins = new long[_slot.BinCount];
            foreach (var value in values) bins[_slot.BinOf(Text(value))]++;
            return ManyCategories.Test(_slot.Categorical!, bins)!.Value.PValue;
        }
    }

    /// <summary>Categories from 0, the k-th as frequent as 1/(k + 1)^exponent says.</summary>
    private sealed class Zipf
    {
        private readonly double[] _cumulated;
        private readonly Random _random;

        public Zipf(int categories, double exponent, int seed)
        {
            _cumulated = new double[categories];
            var sum = 0.0;
            for (var k = 0; k < categories; k++) _cumulated[k] = sum += Math.Pow(k + 1, -exponent);
            _random = new Random(seed);
        }

        public IEnumerable<int> Take(int count)
        {
            for (var i = 0; i < count; i++)
            {
                var at = Array.BinarySearch(_cumulated, _random.NextDouble() * _cumulated[^1]);
                yield return at < 0 ? ~at : at;
            }
        }
    }
}
