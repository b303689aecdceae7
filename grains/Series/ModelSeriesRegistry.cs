using System.Buffers;
using System.Collections.Concurrent;

namespace FleetMonitor.Grains.Series;

/// <summary>The series of the models that this silo hosts, each rendered on its model's tick, so that a scrape only copies bytes.</summary>
/// <remarks>Text format 0.0.4: families outside, models inside. Thread-safe; a scrape sees each model's newest block.</remarks>
public sealed class ModelSeriesRegistry
{
    private readonly ConcurrentDictionary<string, (string State, ModelSeries Series, long Epoch)> _models = new(StringComparer.Ordinal);

    /// <summary>The series of their features.</summary>
    public FeatureSeriesRegistry Features { get; } = new();

    /// <summary>Models with series.</summary>
    public int Count => _models.Count;

    /// <summary>Series of models that were left out, each model having too many.</summary>
    public long Dropped => _models.Values.Sum(m => (long)m.Series.Dropped);

    /// <summary>How many of them are in each state.</summary>
    public IReadOnlyDictionary<string, int> CountByState() => _models.Values.GroupBy(m => m.State).ToDictionary(g => g.Key, g => g.Count());

    /// <summary>The models with series, in no particular order.</summary>
    public IEnumerable<string> Names => _models.Select(m => m.Key);

    public bool Contains(string model) => _models.ContainsKey(model);

    /// <param name="epoch">Of the activation that publishes: of two in this process, the newer one's series stay.</param>
    internal void Publish(string model, string state, ModelSeries series, long epoch) =>
        _models.AddOrUpdate(model, (state, series, epoch), (_, current) => current.Epoch > epoch ? current : (state, series, epoch));

    /// <summary>Ends the series of an activation that goes; those of a newer one stay.</summary>
    internal void Remove(string model, long epoch)
    {
        if (_models.TryGetValue(model, out var current) && current.Epoch <= epoch && _models.TryRemove(new(model, current))) Features.Remove(model);
    }

    /// <summary>Writes every family that has a sample, with its HELP and TYPE.</summary>
    public void WriteTo(IBufferWriter<byte> writer)
    {
        // A snapshot: LINQ's own copy of a dictionary that grows meanwhile fails.
        var models = _models.ToArray().OrderBy(m => m.Key, StringComparer.Ordinal).Select(m => m.Value.Series).ToArray();
        for (var family = 0; family < SeriesFamily.All.Count; family++)
        {
            var headed = false;
            foreach (var model in models)
            {
                var lines = model.Lines(family);
                if (lines.IsEmpty) continue;
                if (!headed) writer.Write(SeriesFamily.All[family].Head);
                headed = true;
                writer.Write(lines);
            }
        }
    }
}
