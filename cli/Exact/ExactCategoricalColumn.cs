using System.Runtime.InteropServices;
using FleetMonitor.Core.Batches;
using FleetMonitor.Core.Scores;
using FleetMonitor.Core.Specs;
using FleetMonitor.Core.Statistics;

namespace FleetMonitor.Cli.Exact;

/// <summary>A categorical column: χ², PSI and its kin over the union of the reference's categories and the chunk's.</summary>
/// <remarks>O(rows + categories) a chunk. The reference's categories are kept whole, however many.</remarks>
/// <param name="read">A batch's values.</param>
/// <param name="spell">One spelling per category.</param>
internal sealed class ExactCategoricalColumn(string name, ColumnRole role, Func<PredictionBatch, ValueColumn?> read, Func<string, string> spell)
    : ExactColumn(name, FeatureKind.Categorical, role)
{
    private readonly Dictionary<string, int> _bins = new(StringComparer.Ordinal);
    private Growable<long> _counts = new();
    private long[] _reference = [];

    // Of the chunk alone: new categories have the bins behind the reference's.
    private readonly Dictionary<string, int> _unseen = new(StringComparer.Ordinal);

    public override void Add(PredictionBatch batch)
    {
        if (read(batch) is not { HasTexts: true } values)
        {
            Missing += batch.Count;
            return;
        }
        var bins = new int[values.Texts.Length];
        bins.AsSpan().Fill(-1);
        foreach (var code in values.Codes)
        {
            if (code < 0)
            {
                Missing++;
                continue;
            }
            if (bins[code] < 0) bins[code] = BinOf(spell(values.Texts[code]));
            _counts.Items[bins[code]]++;
        }
    }

    public override void EndReference()
    {
        foreach (var (category, bin) in _unseen) _bins.Add(category, bin);
        _reference = _counts.Items.ToArray();
        ReferenceMissing = Missing;
        Clear();
    }

    public override ColumnScore Judge(DriftThresholds thresholds, int minSamples)
    {
        // The reference has none of the chunk's new categories.
        var categories = _counts.Count;
        Span<long> reference = new long[categories];
        _reference.CopyTo(reference);
        ReadOnlySpan<long> counts = _counts.Items;
        long present = 0, unseen = 0;
        foreach (var count in counts) present += count;
        foreach (var count in counts[_reference.Length..]) unseen += count;
        var score = Empty(present) with { UnseenCategories = [.. _unseen.Keys.Take(10)] };
        if (present > 0 && _reference.Length > 0)
        {
            var chi2 = ChiSquareContingency.Test(reference, counts);
            score = score with
            {
                Unseen = (double)unseen / present,
                Chi2 = chi2?.Statistic,
                Chi2P = chi2?.PValue,
                Psi = HistogramDistance.PopulationStabilityIndex(reference, counts),
                Js = HistogramDistance.JensenShannonDistance(reference, counts),
                Hellinger = HistogramDistance.Hellinger(reference, counts),
                TotalVariation = HistogramDistance.TotalVariation(reference, counts),
                LInfinity = HistogramDistance.LInfinity(reference, counts),
            };
        }
        score = score with { Verdict = Judge(present, minSamples, score.Chi2P, score.Psi > thresholds.Psi, thresholds) };
        Clear();
        return score;
    }

    private int BinOf(string category)
    {
        if (_bins.TryGetValue(category, out var bin)) return bin;
        ref var unseen = ref CollectionsMarshal.GetValueRefOrAddDefault(_unseen, category, out var known);
        if (!known)
        {
            unseen = _counts.Count;
            _counts.Add(0);
        }
        return unseen;
    }

    private void Clear()
    {
        _unseen.Clear();
        _counts.Clear();
        _counts.Room(_reference.Length).Clear();
        Missing = 0;
    }
}
