using System.Globalization;
using System.Text;
using FleetMonitor.Core.Batches;
using FleetMonitor.Core.Ingest;
using FleetMonitor.Core.Monitoring;
using FleetMonitor.Core.Scores;
using FleetMonitor.Core.Specs;

namespace FleetMonitor.Core.Tests.Monitoring;

/// <summary>One prediction of a test's model.</summary>
internal sealed record Row
{
    public string? Id { get; init; }
    public long? Time { get; init; }
    public string? Version { get; init; }
    public string? Label { get; init; } = "1";
    /// <summary>What turned out to be true; only a reference's rows have it.</summary>
    public string? Truth { get; init; }
    public double? Value { get; init; }
    public double? Score { get; init; }
    public (string Class, double P)[] Probabilities { get; init; } = [];
    public (string Name, object? Value)[] Features { get; init; } = [];
    public (string Name, string? Value)[] Tags { get; init; } = [];
    public double? Latency { get; init; }
    public bool Error { get; init; }
}

/// <summary>A monitor under test, fed as the grain feeds it: through log entries.</summary>
internal sealed class Scenario
{
    public static readonly long Start = UnixTime.From(new DateTimeOffset(2026, 3, 2, 10, 0, 0, TimeSpan.Zero));

    private readonly List<LogEntry> _log = [];

    public Scenario(ModelSpec? spec = null)
    {
        if (spec is not null) Apply(new LogEntry(LogEntryKind.Spec, Start, null, 0, SpecJson.Write(spec)));
    }

    public ModelMonitor Monitor { get; private set; } = new("m");

    public IReadOnlyList<LogEntry> Log => _log;

    public ApplyResult Record(IEnumerable<Row> rows, long? arrival = null, string? producer = null, ulong sequence = 0) =>
        Apply(new LogEntry(LogEntryKind.Predictions, arrival ?? Start, producer, sequence, Batch(rows).Buffer));

    public ApplyResult Reference(IEnumerable<Row> rows) => Apply(new LogEntry(LogEntryKind.Reference, Start, null, 0, Batch(rows).Buffer));

    public ApplyResult Label(IEnumerable<(string Id, string Label)> labels, long? arrival = null)
    {
        var builder = new LabelBatch.Builder();
        foreach (var (id, label) in labels)
        {
            if (double.TryParse(label, CultureInfo.InvariantCulture, out var number)) builder.Add(Encoding.UTF8.GetBytes(id), number);
            else builder.Add(Encoding.UTF8.GetBytes(id), label);
        }
        return Apply(new LogEntry(LogEntryKind.Labels, arrival ?? Start, null, 0, builder.Build().Buffer));
    }

    public ApplyResult Apply(LogEntry entry)
    {
        // Through bytes, as from the log.
        entry = LogEntry.Decode(entry.Encode());
        _log.Add(entry);
        return Monitor.Apply(entry);
    }

    public WindowScore Score(string window = "1h", long? now = null) =>
        Duration.TryParse(window, out var duration) ? Monitor.Score(duration, now ?? Start) : throw new ArgumentException(window);

    public void Reload() => Monitor = ModelMonitor.Load(Monitor.Save());

    public static PredictionBatch Batch(IEnumerable<Row> rows)
    {
        var builder = new PredictionBatchBuilder();
        foreach (var row in rows)
        {
            builder.BeginRow();
            if (row.Id is not null) builder.SetId(Encoding.UTF8.GetBytes(row.Id));
            if (row.Time is { } time) builder.SetTime(time);
            if (row.Version is { } version) builder.SetVersion(version);
            if (row.Value is { } value) builder.SetPrediction(value);
            else builder.SetPrediction(row.Label);
            if (row.Truth is { } truth) builder.SetLabel(truth);
            if (row.Score is { } score) builder.SetScore(score);
            foreach (var (label, p) in row.Probabilities) builder.SetProbability(label, p);
            if (row.Latency is { } latency) builder.SetLatency(latency);
            builder.SetError(row.Error);
            foreach (var (name, feature) in row.Features)
            {
                if (feature is double number) builder.SetFeature(name, number);
                else if (feature is string text) builder.SetFeature(name, text);
                else builder.SetFeatureMissing(name);
            }
            foreach (var (name, tag) in row.Tags)
            {
                if (tag is not null) builder.SetTag(Encoding.UTF8.GetBytes(name), tag);
            }
            builder.EndRow();
        }
        return builder.Build();
    }

    public static Row Numeric(double x, string label = "1") => new() { Label = label, Features = [("x", x)] };

    public static Row Category(string c) => new() { Features = [("c", c)] };

    /// <summary>Standard normal values (Box-Muller), from a fixed seed.</summary>
    public static IEnumerable<double> Normal(int count, int seed, double mean = 0, double std = 1)
    {
        var random = new Random(seed);
        for (var i = 0; i < count; i++) yield return mean + (std * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
    }
}
