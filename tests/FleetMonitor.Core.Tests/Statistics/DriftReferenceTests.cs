using System.Text.Json;
using FleetMonitor.Core.Statistics;
using Xunit;

namespace FleetMonitor.Core.Tests.Statistics;

/// <summary>Every statistic of drift.json that we define, recomputed from the rows.</summary>
public sealed class DriftReferenceTests
{
    private const double Exact = 1e-9;

    [SkippableTheory]
    [InlineData("car_loan")]
    [InlineData("car_loan_chunk0_rows0-4999")]
    [InlineData("car_loan_chunk5_rows25000-29999")]
    [InlineData("employment_ma_2018")]
    public void Statistics_SameRows_AgreeWithScipy(string dataset)
    {
        var compared = 0;
        foreach (var column in SharedData.Reference("drift.json").GetProperty("datasets").GetProperty(dataset).EnumerateObject())
        {
            var what = $"{dataset} {column.Name}";
            if (column.Value.GetProperty("kind").GetString() == "numeric")
                CompareNumeric(column.Value, Numbers(dataset, column.Name), what);
            else
                CompareCategorical(column.Value, Categories(dataset, column.Name), what);
            compared++;
        }
        Assert.True(compared >= 7, $"{compared} columns compared");
    }

    private static void CompareNumeric(JsonElement expected, (double[] Reference, double[] Current) rows, string what)
    {
        var (reference, current) = rows;
        Assert.Equal(expected.GetProperty("n_ref").GetInt32(), reference.Length);
        Assert.Equal(expected.GetProperty("n_cur").GetInt32(), current.Length);
        Close.Relative(Number(expected, "mean_ref"), Moments.Mean(reference), 1e-13, $"{what} mean");
        Close.Relative(Number(expected, "mean_cur"), Moments.Mean(current), 1e-13, $"{what} mean");
        var std = Moments.PopulationStandardDeviation(reference);
        Close.Relative(Number(expected, "std_ref_pop"), std, 1e-12, $"{what} std");
        Close.Relative(Number(expected, "std_cur_pop"), Moments.PopulationStandardDeviation(current), 1e-12, $"{what} std");

        var scipy = expected.GetProperty("scipy");
        var first = scipy.GetProperty("ks_first500");
        var small = KolmogorovSmirnov.Statistic(Sorted(reference[..500]), Sorted(current[..500]));
        Close.Absolute(Number(first, "statistic"), small, Exact, $"{what} ks of 500");
        Close.Relative(Number(first, "p_exact"), KolmogorovSmirnov.PValue(small, 500, 500), Exact, $"{what} exact p");

        Array.Sort(reference);
        Array.Sort(current);
        var ks = KolmogorovSmirnov.Statistic(reference, current);
        Close.Absolute(Number(scipy, "ks_statistic"), ks, Exact, $"{what} ks");
        Close.Relative(
            Number(scipy, "ks_pvalue_kolmogorov_limit"), KolmogorovSmirnov.PValue(ks, reference.Length, current.Length), Exact, $"{what} limit p");
        var distance = Wasserstein.Distance(reference, current);
        Close.Relative(Number(scipy, "wasserstein"), distance, Exact, $"{what} wasserstein");
        Close.Absolute(
            Number(scipy, "wasserstein_over_pop_std_ref"), Wasserstein.Normalised(distance, std!.Value), Exact, $"{what} normalised wasserstein");

        var binned = scipy.GetProperty("binned");
        var widths = binned.GetProperty("equal_width_20");
        CompareBinned(widths, Doubles(widths.GetProperty("inner_edges")), reference, current, $"{what} widths");
        var deciles = binned.GetProperty("ref_deciles");
        var stored = Doubles(deciles.GetProperty("inner_edges"));
        var edges = Quantiles.DecileEdges(reference);
        Assert.Equal(stored.Length, edges.Length);
        for (var edge = 0; edge < edges.Length; edge++)
            Close.Relative(stored[edge], edges[edge], 1e-12, $"{what} decile {edge + 1}");
        CompareBinned(deciles, edges, reference, current, $"{what} deciles");
        // The file was computed by a reader that rounds the last digits of a number: where rows equal an edge, the stored edge misses them by that much.
        if (stored.All(edge => !IsAlmostRow(reference, edge)))
            CompareBinned(deciles, stored, reference, current, $"{what} stored deciles");
    }

    private static bool IsAlmostRow(double[] sorted, double edge)
    {
        var at = Array.BinarySearch(sorted, edge);
        if (at >= 0)
            return false;
        var margin = 1e-14 * Math.Abs(edge);
        return (~at > 0 && edge - sorted[~at - 1] < margin) || (~at < sorted.Length && sorted[~at] - edge < margin);
    }

    private static void CompareBinned(JsonElement expected, double[] edges, double[] reference, double[] current, string what)
    {
        long[] referenceCounts = new long[edges.Length + 1], currentCounts = new long[edges.Length + 1];
        Histogram.Count(reference, edges, referenceCounts);
        Histogram.Count(current, edges, currentCounts);
        Assert.Equal(Counts(expected.GetProperty("ref_counts")), referenceCounts);
        Assert.Equal(Counts(expected.GetProperty("cur_counts")), currentCounts);
        Close.Absolute(
            Number(expected, "psi_floor_1e-4_not_renormalised"), HistogramDistance.PopulationStabilityIndex(referenceCounts, currentCounts), Exact, what);
        CompareShares(expected, referenceCounts, currentCounts, what);
    }

    private static void CompareCategorical(JsonElement expected, (string[] Reference, string[] Current) rows, string what)
    {
        var keys = expected.GetProperty("keys").EnumerateArray().Select(key => key.GetString()!).ToArray();
        long[] reference = CountOf(rows.Reference, keys), current = CountOf(rows.Current, keys);
        Assert.Equal(Counts(expected.GetProperty("ref_counts")), reference);
        Assert.Equal(Counts(expected.GetProperty("cur_counts")), current);

        var scipy = expected.GetProperty("scipy");
        var test = ChiSquareContingency.Test(reference, current)!.Value;
        Close.Relative(Number(scipy, "chi2_contingency_statistic"), test.Statistic, Exact, $"{what} chi2");
        Close.Relative(Number(scipy, "chi2_contingency_p"), test.PValue, Exact, $"{what} chi2 p");
        Assert.Equal(scipy.GetProperty("dof").GetInt32(), test.DegreesOfFreedom);
        Close.Absolute(Number(scipy, "l_infinity"), HistogramDistance.LInfinity(reference, current), Exact, what);
        CompareShares(scipy, reference, current, what);
        // Evidently has no floor but for empty categories, so it agrees where no share is below ours.
        if (reference.Min() > 1e-4 * reference.Sum() && current.Min() > 1e-4 * current.Sum())
            Close.Absolute(Number(expected.GetProperty("evidently"), "psi"), HistogramDistance.PopulationStabilityIndex(reference, current), Exact, what);
    }

    private static void CompareShares(JsonElement expected, long[] reference, long[] current, string what)
    {
        Close.Absolute(Number(expected, "js_distance_base2"), HistogramDistance.JensenShannonDistance(reference, current), Exact, $"{what} js");
        Close.Absolute(Number(expected, "hellinger"), HistogramDistance.Hellinger(reference, current), Exact, $"{what} hellinger");
        Close.Absolute(Number(expected, "total_variation"), HistogramDistance.TotalVariation(reference, current), Exact, $"{what} total variation");
    }

    private static (double[] Reference, double[] Current) Numbers(string dataset, string column)
    {
        var (reference, analysis) = Tables(dataset);
        return (reference.Doubles(column), Select(dataset, analysis, analysis.Doubles(column)));
    }

    private static (string[] Reference, string[] Current) Categories(string dataset, string column)
    {
        var (reference, analysis) = Tables(dataset);
        return (reference.Strings(column), Select(dataset, analysis, analysis.Strings(column)));
    }

    private static (CsvTable Reference, CsvTable Analysis) Tables(string dataset)
    {
        var name = dataset.StartsWith("car_loan", StringComparison.Ordinal) ? "car_loan" : "employment_ma";
        return (SharedData.Table($"{name}_reference"), SharedData.Table($"{name}_analysis"));
    }

    private static T[] Select<T>(string dataset, CsvTable table, T[] values) => dataset switch
    {
        "car_loan" => values,
        "car_loan_chunk0_rows0-4999" => values[..5000],
        "car_loan_chunk5_rows25000-29999" => values[25000..30000],
        _ => values.Zip(table.Doubles("year")).Where(row => row.Second == 2018).Select(row => row.First).ToArray(),
    };

    private static long[] CountOf(string[] values, string[] keys) =>
        keys.Select(key => values.LongCount(value => string.Equals(value, key, StringComparison.OrdinalIgnoreCase))).ToArray();

    private static double[] Sorted(double[] values)
    {
        Array.Sort(values);
        return values;
    }

    private static double Number(JsonElement element, string name) => element.GetProperty(name).GetDouble();

    private static double[] Doubles(JsonElement array) => array.EnumerateArray().Select(value => value.GetDouble()).ToArray();

    private static long[] Counts(JsonElement array) => array.EnumerateArray().Select(value => value.GetInt64()).ToArray();
}
