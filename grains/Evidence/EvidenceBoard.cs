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

    /// <summary>What the fleet said last; the same object as long as it says the same.</summary>
    internal FleetVerdict? Verdict => _verdict;

    internal void Take(FleetVerdict verdict)
    {
        if (_verdict is not { } last || last.Threshold != verdict.Threshold || !last.Groups.AsSpan().SequenceEqual(verdict.Groups.AsSpan())) _verdict = verdict;
    }

    /// <summary>The fleet's last word on a model of this silo.</summary>
    internal ModelVerdict Judge(string model, IReadOnlyList<FeatureEvidence> evidence) => Judge(model, evidence, _verdict);

    /// <summary>What a verdict of the fleet says of a model of this silo.</summary>
    internal ModelVerdict Judge(string model, IReadOnlyList<FeatureEvidence> evidence, FleetVerdict? verdict) => verdict is null
        ? new ModelVerdict(evidence, [])
        : new ModelVerdict([.. evidence.Select(e => e with { Discovered = e.E >= verdict.Threshold })], [.. GroupsOf(model, verdict)]);

    /// <summary>Whether two verdicts of the fleet say the same of a model of this silo, whose evidence is what it was.</summary>
    internal bool SayTheSame(string model, IReadOnlyList<FeatureEvidence> evidence, FleetVerdict? one, FleetVerdict? other)
    {
        if (ReferenceEquals(one, other)) return true;
        return one is not null && other is not null && evidence.All(e => e.E >= one.Threshold == e.E >= other.Threshold) && GroupsOf(model, one).SequenceEqual(GroupsOf(model, other), StringComparer.Ordinal);
    }

    internal SiloEvidence Report(string silo)
    {
        var models = _models.Values;
        return new SiloEvidence(silo, models.Sum(m => (long)m.Hypotheses), [.. models.SelectMany(m => m.EValues)], [.. models.SelectMany(m => m.Onsets)]);
    }

    private IEnumerable<string> GroupsOf(string model, FleetVerdict verdict) => _models.TryGetValue(model, out var posted)
        ? posted.Onsets.SelectMany(o => verdict.Groups.Where(g => g.Has(o.Feature, o.Since))).Select(g => g.Name).Distinct(StringComparer.Ordinal)
        : [];

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
