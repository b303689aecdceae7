using FleetMonitor.Core.Evidence;
using FleetMonitor.Core.References;
using FleetMonitor.Core.Scores;
using Xunit;

namespace FleetMonitor.Core.Tests.Evidence;

public sealed class DriftNullTests
{
    [Fact]
    public void Of_NumericColumn_HasItsDecilesAndTheRangesBeyond()
    {
        var reference = NumericReference.Build("x", ColumnRole.Feature, [.. Enumerable.Range(0, 1_000).Select(i => (double)i)]);
        var drift = DriftNull.Of(reference, 0.05)!;
        Assert.Equal(12, drift.Cells);
        Assert.Equal(0, drift.Shares[0]);
        Assert.Equal(0, drift.Shares[^1]);
        Assert.Equal(1, drift.Shares.ToArray().Sum(), 12);
        foreach (var share in drift.Shares[1..^1]) Assert.Equal(0.1, share, 2);
        Assert.Equal(0.05 + Math.Sqrt(((12 * Math.Log(2)) + Math.Log(1e9)) / 2_000) + 0.012, drift.Radius, 12);
    }

    [Fact]
    public void Coarsen_ConstantColumnThatMoves_LeavesItsOnlyCell()
    {
        var reference = NumericReference.Build("x", ColumnRole.Feature, [.. Enumerable.Repeat(3.0, 500)]);
        var drift = DriftNull.Of(reference, 0.05)!;
        Assert.Equal(1, drift.Shares.ToArray().Max());
        Span<long> cells = stackalloc long[drift.Cells];
        var moved = new long[reference.Counts.Length];
        moved[0] = 4;
        moved[^1] = 6;
        drift.Coarsen(moved, cells);
        Assert.Equal(4, cells[0]);
        Assert.Equal(6, cells[^1]);
        Assert.Equal(0, drift.Shares[0] + drift.Shares[^1]);
    }

    [Fact]
    public void Of_ManyCategories_NamesTheFrequentOnesAndPaysForTheChoice()
    {
        var counts = Enumerable.Range(0, 40).ToDictionary(i => $"c{i:00}", i => 1_000L - (10 * i));
        var drift = DriftNull.Of(CategoricalReference.Build("c", ColumnRole.Feature, 32_200, counts), 0.05)!;
        var few = DriftNull.Of(CategoricalReference.Build("c", ColumnRole.Feature, 32_200, new Dictionary<string, long> { ["a"] = 16_100, ["b"] = 16_100 }), 0.05)!;
        Assert.Equal(DriftNull.MaxNamed + 1, drift.Cells);
        Assert.Equal(1, drift.Shares.ToArray().Sum(), 12);
        Assert.True(drift.Radius > few.Radius);
        Span<long> cells = stackalloc long[drift.Cells];
        // 40 categories, the rest, and two that the reference does not have.
        drift.Coarsen([.. Enumerable.Repeat(1L, 43)], cells);
        Assert.Equal(34, cells[^1]);
    }

    [Fact]
    public void Of_ColumnWithoutValues_IsNone() => Assert.Null(DriftNull.Of(NumericReference.Build("x", ColumnRole.Feature, [double.NaN, double.NaN]), 0.05));

    [Fact]
    public void Radius_ReferenceDrawnAgainAndAgain_CoversItsErrorEachTime()
    {
        // The bound holds but for 1e-9; what is checked is that it is no nonsense: covering always, and not by more than a small factor.
        var random = new Random(5);
        double largest = 0, radius = 0;
        for (var round = 0; round < 400; round++)
        {
            var sample = Enumerable.Range(0, 500).Select(_ => random.NextDouble()).ToArray();
            var reference = NumericReference.Build("x", ColumnRole.Feature, sample);
            var drift = DriftNull.Of(reference, 0)!;
            var truth = new double[drift.Cells];
            for (var bin = 0; bin < reference.Counts.Length; bin++)
            {
                var one = new long[reference.Counts.Length];
                one[bin] = 1;
                var cell = new long[drift.Cells];
                drift.Coarsen(one, cell);
                truth[Array.IndexOf(cell, 1)] += Math.Clamp(bin < reference.Edges.Length ? reference.Edges[bin] : 1, 0, 1) - Math.Clamp(bin == 0 ? 0 : reference.Edges[bin - 1], 0, 1);
            }
            largest = Math.Max(largest, truth.Zip(drift.Shares.ToArray(), (t, s) => Math.Abs(t - s)).Sum() / 2);
            radius = drift.Radius;
        }
        Assert.InRange(radius, largest, 5 * largest);
    }
}
