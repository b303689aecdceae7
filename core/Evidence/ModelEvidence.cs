using System.Buffers;
using FleetMonitor.Core.Codec;
using FleetMonitor.Core.Drift;
using FleetMonitor.Core.Scores;
using FleetMonitor.Core.Windows;

namespace FleetMonitor.Core.Evidence;

/// <summary>The evidence of each of a model's features, fed pane by pane. A new reference, or another tolerance, is a new hypothesis: it starts again.</summary>
/// <remarks>A look is a minute's pane, once it is closed: O(features × cells) a minute, nothing an event. What arrives for a pane after that is no part of any look. About 2 kB a feature.</remarks>
internal sealed class ModelEvidence
{
    private readonly Feature[] _features;
    private readonly int _counters;

    public ModelEvidence(ColumnLayout layout, double tolerance)
    {
        _counters = layout.Counters;
        var features = new List<Feature>();
        foreach (var slot in layout.Columns)
        {
            if (slot.Reference.Role == ColumnRole.Feature && DriftNull.Of(slot.Reference, tolerance) is { } drift) features.Add(new Feature(slot, drift, new DriftEvidence(drift)));
        }
        _features = [.. features];
    }

    /// <summary>Features with a reference to compare with: each is a hypothesis.</summary>
    public IReadOnlyList<Feature> Features => _features;

    public void Take(Pane pane)
    {
        if (pane.Columns.IsEmpty) return;
        var counters = ArrayPool<long>.Shared.Rent(_counters);
        counters.AsSpan(0, _counters).Clear();
        pane.Columns.AddTo(counters);
        Span<long> cells = stackalloc long[DriftNull.MaxCells];
        foreach (var feature in _features)
        {
            var counts = cells[..feature.Null.Cells];
            feature.Count(counters, counts);
            feature.Evidence.Update(counts);
        }
        ArrayPool<long>.Shared.Return(counters);
    }

    public IReadOnlyList<FeatureEvidence> Report() =>
        [.. _features.Select(f => new FeatureEvidence(f.Slot.Reference.Name, f.Evidence.Value, f.Evidence.Looks, f.Null.Radius))];

    public void Write(CodecWriter writer)
    {
        writer.Varint(_features.Length);
        foreach (var feature in _features) feature.Evidence.Write(writer);
    }

    public static ModelEvidence Read(ref CodecReader reader, ColumnLayout layout, double tolerance)
    {
        var evidence = new ModelEvidence(layout, tolerance);
        if (reader.SmallInt() is var count && count != evidence._features.Length) throw new CodecException($"Evidence of {count} features where {evidence._features.Length} were expected.");
        for (var i = 0; i < count; i++) evidence._features[i] = evidence._features[i] with { Evidence = DriftEvidence.Read(ref reader, evidence._features[i].Null) };
        return evidence;
    }

    /// <summary>A feature, its place in a pane, its null and what speaks against it.</summary>
    internal sealed record Feature(ColumnSlot Slot, DriftNull Null, DriftEvidence Evidence)
    {
        /// <summary>The feature's counts over its null's cells, from all counters of a pane or window.</summary>
        public void Count(ReadOnlySpan<long> counters, Span<long> cells) => Null.Coarsen(counters.Slice(Slot.CounterStart + ColumnLayout.Bins, Slot.BinCount), cells);
    }
}
