using System.Buffers;
using System.Collections.Concurrent;

namespace FleetMonitor.Grains.Series;

/// <summary>The series of the features of the models that this silo hosts, the worst features first, as many as fit into <see cref="Limit"/> series.</summary>
/// <remarks>
/// Every feature has a rank; only those above <see cref="Cutoff"/> have text. The cut-off follows from the ranks, anew whenever as many models have been renewed as there are, so a feature that turns bad is shown
/// a tick or two later. About 60 bytes a feature that is not shown. Thread-safe.
/// </remarks>
public sealed class FeatureSeriesRegistry(int limit = FeatureSeriesRegistry.Limit)
{
    /// <summary>Series a process exports at most.</summary>
    public const int Limit = 50_000;

    /// <summary>Models renewed between two selections, at least: the selection sorts every feature.</summary>
    private const int MinRenewals = 64;

    private readonly ConcurrentDictionary<string, FeatureSeries[]> _models = new(StringComparer.Ordinal);
    private double _cutoff = double.NegativeInfinity;
    private long _dropped;
    private int _renewals;

    /// <summary>Features less severe than it need no text.</summary>
    internal double Cutoff => Volatile.Read(ref _cutoff);

    /// <summary>Series that did not fit at the last selection.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Fits what a model published under an earlier cut-off to this one, where that takes no more than letting go of text.</summary>
    /// <returns>False where a feature needs a text that it has not: the model has to render it.</returns>
    internal bool Follow(string model, double cutoff)
    {
        if (!_models.TryGetValue(model, out var features)) return true;
        if (Array.Exists(features, feature => feature.Text is null && feature.Severity >= cutoff)) return false;
        if (Array.Exists(features, feature => feature.Text is not null && feature.Severity < cutoff))
        {
            _models.TryUpdate(model, Array.ConvertAll(features, feature => feature.Severity < cutoff ? feature with { Text = null } : feature), features);
        }
        return true;
    }

    internal void Publish(string model, FeatureSeries[] features)
    {
        _models[model] = features;
        if (Interlocked.Increment(ref _renewals) >= Math.Max(MinRenewals, _models.Count)) Select();
    }

    internal void Remove(string model) => _models.TryRemove(model, out _);

    /// <summary>Writes every family that has a sample, with its HELP and TYPE.</summary>
    public void WriteTo(IBufferWriter<byte> writer)
    {
        var chosen = Select();
        for (var family = 0; family < FeatureFamily.All.Count; family++)
        {
            var headed = false;
            foreach (var feature in chosen)
            {
                var lines = feature.Lines(family);
                if (lines.IsEmpty) continue;
                if (!headed) writer.Write(FeatureFamily.All[family].Head);
                headed = true;
                writer.Write(lines);
            }
        }
    }

    /// <summary>The worst features that fit, whole; at equal severity by the model's name and the feature's order.</summary>
    private List<ModelSeries> Select()
    {
        Interlocked.Exchange(ref _renewals, 0);
        var ranked = _models.ToArray().OrderBy(m => m.Key, StringComparer.Ordinal).SelectMany(m => m.Value).OrderByDescending(f => f.Severity).ToList();
        var chosen = new List<ModelSeries>();
        long room = limit, dropped = 0;
        var cutoff = double.NegativeInfinity;
        foreach (var feature in ranked)
        {
            if (room >= feature.Count && double.IsNegativeInfinity(cutoff))
            {
                room -= feature.Count;
                // One that ranks high enough, but had no text so far, has it after its model's next tick.
                if (feature.Text is { } text) chosen.Add(text);
                else dropped += feature.Count;
                continue;
            }
            if (double.IsNegativeInfinity(cutoff)) cutoff = feature.Severity;
            dropped += feature.Count;
        }
        Volatile.Write(ref _cutoff, cutoff);
        Interlocked.Exchange(ref _dropped, dropped);
        return chosen;
    }
}
