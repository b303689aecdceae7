using System.Diagnostics.Metrics;

namespace FleetMonitor.Storage.Tests;

/// <summary>Meters of one test.</summary>
public sealed class Meters : IMeterFactory
{
    private readonly List<Meter> _meters = [];

    public Meter Create(MeterOptions options)
    {
        options.Scope = this;
        var meter = new Meter(options);
        _meters.Add(meter);
        return meter;
    }

    public void Dispose() => _meters.ForEach(meter => meter.Dispose());
}

/// <summary>What one test's meters measured.</summary>
internal sealed class Recorder : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly Dictionary<string, double> _sums = [];
    private readonly Dictionary<string, string?> _units = [];
    private readonly Action<Instrument>? _onMeasurement;

    public Recorder(Meters meters, Action<Instrument>? onMeasurement = null)
    {
        _onMeasurement = onMeasurement;
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Scope != meters) return;
            _units[instrument.Name] = instrument.Unit;
            listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => Add(instrument, value));
        _listener.SetMeasurementEventCallback<int>((instrument, value, _, _) => Add(instrument, value));
        _listener.SetMeasurementEventCallback<double>((instrument, value, _, _) => Add(instrument, value));
        _listener.Start();
    }

    public double this[string name]
    {
        get
        {
            lock (_sums) return _sums.GetValueOrDefault(name);
        }
    }

    public string? Unit(string name) => _units[name];

    public double Observe(string name)
    {
        lock (_sums) _sums.Remove(name);
        _listener.RecordObservableInstruments();
        return this[name];
    }

    public void Dispose() => _listener.Dispose();

    private void Add(Instrument instrument, double value)
    {
        _onMeasurement?.Invoke(instrument);
        lock (_sums) _sums[instrument.Name] = _sums.GetValueOrDefault(instrument.Name) + value;
    }
}
