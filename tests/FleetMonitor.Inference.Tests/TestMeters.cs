using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace FleetMonitor.Inference.Tests;

/// <summary>Meters of one test, and what was measured with them.</summary>
internal sealed class TestMeters : IMeterFactory
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentBag<Meter> _meters = [];

    public TestMeters()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (_meters.Contains(instrument.Meter)) listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Measured.Add((instrument.Name, value, tags.ToArray())));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Measured.Add((instrument.Name, value, tags.ToArray())));
        _listener.Start();
    }

    public ConcurrentBag<(string Name, double Value, KeyValuePair<string, object?>[] Tags)> Measured { get; } = [];

    public double[] Of(string name) => [.. Measured.Where(m => m.Name == name).Select(m => m.Value)];

    public string[] Outcomes() => [.. Measured.Where(m => m.Name == "fleetmonitor.inference.duration").Select(m => (string)m.Tags.Single(t => t.Key == "outcome").Value!)];

    public Meter Create(MeterOptions options)
    {
        var meter = new Meter(options);
        _meters.Add(meter);
        return meter;
    }

    public void Dispose()
    {
        _listener.Dispose();
        foreach (var meter in _meters) meter.Dispose();
    }
}
