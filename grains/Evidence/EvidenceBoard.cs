using System.Collections.Concurrent;
using FleetMonitor.Core;
using FleetMonitor.Core.Scores;
using Microsoft.Extensions.Options;

namespace FleetMonitor.Grains.Evidence;

/// <summary>What the models of this silo say of their drift, left by each on its tick, and what the fleet last said of it. Thread-safe.</summary>
public sealed class EvidenceBoard(IOptions<FleetEvidenceOptions> options)
{
    private readonly ConcurrentDictionary<string, Posted> _models = new(StringComparer.Ordinal);
    private volatile FleetVerdict? _verdict;

    internal void Post(string model, IReadOnlyList<FeatureEvidence> evidence, WindowScore score) =>
        _models[model] = new Posted(evidence.Count, [.. evidence.Select(e => e.E).Where(e => e >= 1 / options.Value.Alpha)], [.. Drifted(score)]);

    internal void Remove(string model) => _models.TryRemove(model, out _);

    internal void Take(FleetVerdict verdict) => _verdict = verdict;

    /// <summary>The fleet's last word on a model of this silo.</summary>
    internal ModelVerdict Judge(string model, IReadOnlyList<FeatureEvidence> evidence)
    {
        if (_verdict is not { } verdict) return new ModelVerdict(evidence, []);
        var onsets = _models.TryGetValue(model, out var posted) ? posted.Onsets : [];
        return new ModelVerdict(
            [.. evidence.Select(e => e with { Discovered = e.E >= verdict.Threshold })],
            [.. onsets.SelectMany(o => verdict.Groups.Where(g => g.Has(o.Feature, o.Since))).Select(g => g.Name).Distinct(StringComparer.Ordinal)]);
    }

    internal SiloEvidence Report(string silo)
    {
        var models = _models.Values;
        return new SiloEvidence(silo, models.Sum(m => (long)m.Hypotheses), [.. models.SelectMany(m => m.EValues)], [.. models.SelectMany(m => m.Onsets)]);
    }

    /// <summary>Features that have drifted, of those that carry the drift, the heaviest first.</summary>
    private static IEnumerable<FeatureOnset> Drifted(WindowScore score)
    {
        var drifted = score.Columns.Where(c => c.Role == ColumnRole.Feature && c.Drifted).Select(c => c.Name).ToHashSet(StringComparer.Ordinal);
        return score.Attribution.Where(a => drifted.Contains(a.Feature)).Select(a => new FeatureOnset(a.Feature, UnixTime.From(a.Since)));
    }

    private sealed record Posted(int Hypotheses, double[] EValues, FeatureOnset[] Onsets);
}

/// <summary>What the fleet says of one model: its evidence with what is discovered of it, and the groups that it belongs to, by the feature that carries most of its drift first.</summary>
internal readonly record struct ModelVerdict(IReadOnlyList<FeatureEvidence> Evidence, IReadOnlyList<string> Groups);
