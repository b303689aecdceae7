using System.Buffers;
using System.Collections.Concurrent;

namespace FleetMonitor.Grains.Series;

/// <summary>The series of the models that this silo hosts, each rendered on its model's tick, so that a scrape only copies bytes.</summary>
/// <remarks>Text format 0.0.4: families outside, models inside. Thread-safe; a scrape sees each model's newest block.</remarks>
public sealed class ModelSeriesRegistry
{
    private readonly ConcurrentDictionary<string, (string State, ModelSeries Series)> _models = new(StringComparer.Ordinal);

    /// <summary>Models with series.</summary>
    public int Count => _models.Count;

    /// <summary>How many of them are in each state.</summary>
    public IReadOnlyDictionary<string, int> CountByState() => _models.Values.GroupBy(m => m.State).ToDictionary(g => g.Key, g => g.Count());

    internal void Publish(string model, string state, ModelSeries series) => _models[model] = (state, series);

    internal void Remove(string model) => _models.TryRemove(model, out _);

    /// <summary>Writes every family that has a sample, with its HELP and TYPE.</summary>
    public void WriteTo(IBufferWriter<byte> writer)
    {
        var models = _models.OrderBy(m => m.Key, StringComparer.Ordinal).Select(m => m.Value.Series).ToArray();
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
