using FleetMonitor.Core.Batches;
using FleetMonitor.Core.Scores;
using FleetMonitor.Core.Specs;
using FleetMonitor.Core.Statistics;

namespace FleetMonitor.Cli.Exact;

/// <summary>A numeric column: KS and Wasserstein over the sorted values, PSI and its kin over the reference's deciles.</summary>
/// <remarks>
/// KS takes ±∞ as values like any other; Wasserstein, moments and the deciles' edges leave them out, and the outer bins count them.
/// O(n log n) a chunk, and O(reference). The reference's sorted values are kept: 8 bytes each.
/// </remarks>
/// <param name="read">A batch's values, NaN where missing; empty where it has none.</param>
internal sealed class ExactNumericColumn(string name, ColumnRole role, ExactNumericColumn.Reader read) : ExactColumn(name, FeatureKind.Numeric, role)
{
    private Growable<double> _values = new();
    private double[] _reference = [];
    private double[] _edges = [];
    private long[] _referenceBins = [];
    private double _std;

    public delegate ReadOnlySpan<double> Reader(PredictionBatch batch);

    private ReadOnlySpan<double> ReferenceFinite => Finite(_reference);

    public override void Add(PredictionBatch batch)
    {
        var values = read(batch);
        if (values.IsEmpty)
        {
            Missing += batch.Count;
            return;
        }
        foreach (var value in values)
        {
            if (double.IsNaN(value)) Missing++;
            else _values.Add(value);
        }
    }

    public override void EndReference()
    {
        _reference = _values.Items.ToArray();
        Array.Sort(_reference);
        _edges = Quantiles.DecileEdges(ReferenceFinite);
        _referenceBins = new long[_edges.Length + 1];
        Histogram.Count(_reference, _edges, _referenceBins);
        // A deviation beyond the largest double cannot normalise anything: as if the column were constant.
        _std = Moments.PopulationStandardDeviation(ReferenceFinite) ?? 0;
        ReferenceMissing = Missing;
        Clear();
    }

    public override ColumnScore Judge(DriftThresholds thresholds, int minSamples)
    {
        var values = _values.Items;
        values.Sort();
        var finite = Finite(values);
        var score = Empty(values.Length) with { Mean = Moments.Mean(finite), Std = Moments.PopulationStandardDeviation(finite) };
        if (values.Length > 0 && _reference.Length > 0)
        {
            var ks = KolmogorovSmirnov.Statistic(_reference, values);
            score = score with { Ks = ks, KsP = KolmogorovSmirnov.PValue(ks, _reference.Length, values.Length) };
            if (!finite.IsEmpty && !ReferenceFinite.IsEmpty)
            {
                score = score with { Wasserstein = Wasserstein.Normalised(Wasserstein.Distance(ReferenceFinite, finite), _std) };
            }
            if (_edges.Length > 0) score = OverDeciles(score, values);
        }
        score = score with { Verdict = Judge(values.Length, minSamples, score.KsP, score.Ks > thresholds.Ks || score.Psi > thresholds.Psi, thresholds) };
        Clear();
        return score;
    }

    private ColumnScore OverDeciles(ColumnScore score, ReadOnlySpan<double> values)
    {
        Span<long> bins = stackalloc long[_referenceBins.Length];
        Histogram.Count(values, _edges, bins);
        return score with
        {
            Psi = HistogramDistance.PopulationStabilityIndex(_referenceBins, bins),
            Js = HistogramDistance.JensenShannonDistance(_referenceBins, bins),
            Hellinger = HistogramDistance.Hellinger(_referenceBins, bins),
            TotalVariation = HistogramDistance.TotalVariation(_referenceBins, bins),
        };
    }

    private void Clear()
    {
        _values.Clear();
        Missing = 0;
    }

    /// <summary>Sorted values without the infinite ones at their ends.</summary>
    private static ReadOnlySpan<double> Finite(ReadOnlySpan<double> sorted)
    {
        while (!sorted.IsEmpty && double.IsNegativeInfinity(sorted[0])) sorted = sorted[1..];
        while (!sorted.IsEmpty && double.IsPositiveInfinity(sorted[^1])) sorted = sorted[..^1];
        return sorted;
    }
}
