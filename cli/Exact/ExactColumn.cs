using FleetMonitor.Core.Batches;
using FleetMonitor.Core.Scores;
using FleetMonitor.Core.Specs;

namespace FleetMonitor.Cli.Exact;

/// <summary>One column's drift, computed from every row of a chunk and of the reference: the oracle beside the monitor's binned statistics.</summary>
/// <remarks>The reference is prepared once. A column is fed batch by batch, judged, and cleared for the next chunk.</remarks>
internal abstract class ExactColumn(string name, FeatureKind kind, ColumnRole role)
{
    /// <summary>As the monitor calls it.</summary>
    public string Name { get; } = name;

    public FeatureKind Kind { get; } = kind;

    public ColumnRole Role { get; } = role;

    /// <summary>Rows of the reference, and those without a value.</summary>
    protected long ReferenceRows { get; private set; }

    protected long ReferenceMissing { get; set; }

    /// <summary>Rows of the chunk without a value.</summary>
    protected long Missing { get; set; }

    /// <summary>Takes a batch of the reference. All of them come before <see cref="EndReference"/>.</summary>
    public void AddReference(PredictionBatch batch)
    {
        Add(batch);
        ReferenceRows += batch.Count;
    }

    public abstract void EndReference();

    public abstract void Add(PredictionBatch batch);

    /// <summary>The chunk's statistics and the verdict that they give under the monitor's rules; the chunk is forgotten.</summary>
    public abstract ColumnScore Judge(DriftThresholds thresholds, int minSamples);

    /// <summary>A score with the counts, and without statistics.</summary>
    protected ColumnScore Empty(long present) => new(
        Name, Kind, Role, Verdict.NoReference, present,
        Missing: present + Missing == 0 ? null : (double)Missing / (present + Missing),
        ReferenceMissing: ReferenceRows == 0 ? null : (double)ReferenceMissing / ReferenceRows,
        OutOfRange: null, Unseen: null, TypeMismatches: 0, Ks: null, KsP: null, Wasserstein: null, Chi2: null, Chi2P: null, Psi: null, Js: null,
        Hellinger: null, TotalVariation: null, LInfinity: null, Mean: null, Std: null, MissingChanged: false, UnseenCategories: []);

    /// <summary>Significant and large, once there are enough values.</summary>
    protected static Verdict Judge(long present, int minSamples, double? p, bool large, DriftThresholds thresholds) =>
        present < minSamples ? Verdict.TooFewSamples : p is null ? Verdict.NoReference : p < thresholds.PValue && large ? Verdict.Drifted : Verdict.Quiet;
}
