using System.Text.Json;
using FleetMonitor.Core.Statistics;
using Xunit;

namespace FleetMonitor.Core.Tests.Statistics;

/// <summary>Every chunk of univariate_car_loan.json, recomputed on the bins stored there.</summary>
public sealed class NannyMlReferenceTests
{
    private const int ChunkSize = 5000;

    // NannyML approximates these two on 10,000 bins.
    private const double Approximated = 5e-4;

    private static readonly string[] Numeric = ["car_value", "debt_to_income_ratio", "loan_length", "driver_tenure", "y_pred_proba"];
    private static readonly string[] Categorical = ["salary_range", "repaid_loan_on_prev_car", "size_of_downpayment", "y_pred"];

    [SkippableTheory]
    [MemberData(nameof(NumericColumns))]
    public void NumericColumn_EveryChunk_AgreesWithNannyMl(string column)
    {
        var document = SharedData.Reference("univariate_car_loan.json");
        var stored = document.GetProperty("bins_doane_on_reference_or_categories").GetProperty(column);
        var bins = stored.GetProperty("bins").EnumerateArray().Select(edge => edge.GetDouble()).ToArray();
        var reference = SharedData.Table("car_loan_reference").Doubles(column);
        var analysis = SharedData.Table("car_loan_analysis").Doubles(column);
        var referenceCounts = CountLeftClosed(reference, bins);
        Assert.Equal(
            stored.GetProperty("ref_proba").EnumerateArray().Select(share => (long)Math.Round(share.GetDouble() * reference.Length)), referenceCounts[..^1]);
        var sorted = reference.Order().ToArray();
        var std = Moments.PopulationStandardDeviation(reference)!.Value;

        foreach (var (chunk, rows, what) in Chunks(document, column, reference, analysis))
        {
            var counts = CountLeftClosed(rows, bins);
            Close.Absolute(Value(chunk, "jensen_shannon"), HistogramDistance.JensenShannonDistance(referenceCounts, counts), 1e-9, $"{what} js");
            Close.Absolute(Value(chunk, "hellinger"), HistogramDistance.Hellinger(referenceCounts, counts), 1e-9, $"{what} hellinger");
            var current = rows.Order().ToArray();
            Close.Absolute(Value(chunk, "kolmogorov_smirnov"), KolmogorovSmirnov.Statistic(sorted, current), Approximated, $"{what} ks");
            var distance = Wasserstein.Distance(sorted, current);
            Close.Absolute(Value(chunk, "wasserstein") / std, Wasserstein.Normalised(distance, std), Approximated, $"{what} wasserstein");
        }
    }

    [SkippableTheory]
    [MemberData(nameof(CategoricalColumns))]
    public void CategoricalColumn_EveryChunk_AgreesWithNannyMl(string column)
    {
        var document = SharedData.Reference("univariate_car_loan.json");
        var stored = document.GetProperty("bins_doane_on_reference_or_categories").GetProperty(column);
        var keys = stored.GetProperty("bins").EnumerateArray().Select(key => key.ToString()).ToArray();
        var reference = SharedData.Table("car_loan_reference").Strings(column);
        var analysis = SharedData.Table("car_loan_analysis").Strings(column);
        var referenceCounts = CountOf(reference, keys);

        foreach (var (chunk, rows, what) in Chunks(document, column, reference, analysis))
        {
            var counts = CountOf(rows, keys);
            Assert.Equal(ChunkSize, counts.Sum());
            Close.Relative(Value(chunk, "chi2"), ChiSquareContingency.Test(referenceCounts, counts)!.Value.Statistic, 1e-9, $"{what} chi2");
            Close.Absolute(Value(chunk, "jensen_shannon"), HistogramDistance.JensenShannonDistance(referenceCounts, counts), 1e-9, $"{what} js");
            Close.Absolute(Value(chunk, "hellinger"), HistogramDistance.Hellinger(referenceCounts, counts), 1e-9, $"{what} hellinger");
            Close.Absolute(Value(chunk, "l_infinity"), HistogramDistance.LInfinity(referenceCounts, counts), 1e-9, $"{what} l_infinity");
        }
    }

    public static TheoryData<string> NumericColumns() => [.. Numeric];

    public static TheoryData<string> CategoricalColumns() => [.. Categorical];

    private static IEnumerable<(JsonElement Expected, T[] Rows, string What)> Chunks<T>(JsonElement document, string column, T[] reference, T[] analysis)
    {
        var chunks = document.GetProperty("chunks").EnumerateArray().ToArray();
        Assert.Equal((reference.Length + analysis.Length) / ChunkSize, chunks.Length);
        foreach (var chunk in chunks)
        {
            var place = chunk.GetProperty("chunk").GetProperty("chunk");
            var period = place.GetProperty("period").GetString()!;
            var start = (int)place.GetProperty("start_index").GetDouble();
            var rows = (period == "reference" ? reference : analysis)[start..(start + ChunkSize)];
            yield return (chunk.GetProperty(column), rows, $"{period} {start} {column}");
        }
    }

    /// <summary>NannyML's bins: left-closed, the last one closed, and one for whatever lies outside.</summary>
    private static long[] CountLeftClosed(double[] values, double[] edges)
    {
        var counts = new long[edges.Length];
        foreach (var value in values)
        {
            var notAbove = edges.Count(edge => edge <= value);
            var inside = notAbove > 0 && value <= edges[^1];
            counts[inside ? Math.Min(notAbove, edges.Length - 1) - 1 : edges.Length - 1]++;
        }
        return counts;
    }

    // The file writes categories of a number as 0.0 and 1.0, the data as 0 and 1.
    private static long[] CountOf(string[] values, string[] keys) =>
        keys.Select(key => values.LongCount(value =>
            string.Equals(value, key, StringComparison.OrdinalIgnoreCase) || string.Equals(value + ".0", key, StringComparison.Ordinal))).ToArray();

    private static double Value(JsonElement chunk, string statistic) => chunk.GetProperty(statistic).GetProperty("value").GetDouble();
}
