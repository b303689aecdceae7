using System.Globalization;
using FleetMonitor.Benchmarks.Plain;
using FleetMonitor.Core;
using FleetMonitor.Core.Batches;
using FleetMonitor.Core.Detectors;
using FleetMonitor.Core.Ingest;
using FleetMonitor.Core.Monitoring;
using FleetMonitor.Core.References;
using FleetMonitor.Core.Scores;
using FleetMonitor.Core.Sketches;
using FleetMonitor.Core.Specs;

namespace FleetMonitor.Benchmarks;

/// <summary>Recording, scoring and memory of a model with 20 numeric features, on one core.</summary>
internal static class CoreBenchmarks
{
    private const int Features = 20;
    private const int Rows = 1_000;
    internal static readonly long Start = UnixTime.From(new DateTimeOffset(2026, 3, 2, 10, 0, 0, TimeSpan.Zero));

    public static void Record()
    {
        var reference = Batch(5_000, 1, Start, labels: false);
        var monitor = new ModelMonitor("bench");
        monitor.Apply(new LogEntry(LogEntryKind.Reference, Start, null, 0, reference.Buffer));
        var batches = Enumerable.Range(0, 50).Select(i => Batch(Rows, i + 2, Start, labels: false).Buffer).ToArray();
        var plain = new PlainRecorder(reference);
        var columns = batches.Select(PredictionBatch.Decode).ToArray();
        var multivariate = new ModelMonitor("multivariate");
        multivariate.Apply(new LogEntry(LogEntryKind.Spec, Start, null, 0, SpecJson.Write(new ModelSpec { Multivariate = true })));
        multivariate.Apply(new LogEntry(LogEntryKind.Reference, Start, null, 0, reference.Buffer));

        Rounds.Compare(
            $"record, {Features} numeric features, batches of {Rows} rows", "values/s", 15,
            ("plain: Array.BinarySearch, one value at a time", (long)Rows * Features * batches.Length, () =>
            {
                foreach (var batch in columns) plain.Record(batch);
            }),
            ("ModelMonitor.Apply: all windows and statistics", (long)Rows * Features * batches.Length, () =>
            {
                foreach (var batch in batches) monitor.Apply(new LogEntry(LogEntryKind.Predictions, Start, null, 0, batch));
            }),
            ("the same with multivariate drift (PCA)", (long)Rows * Features * batches.Length, () =>
            {
                foreach (var batch in batches) multivariate.Apply(new LogEntry(LogEntryKind.Predictions, Start, null, 0, batch));
            }));
    }

    public static void Score()
    {
        var now = Start + (28 * UnixTime.Hour);
        var full = Filled(28 * 60, labels: false);
        var labelled = Filled(28 * 60, labels: true);
        Rounds.Compare(
            "score, 20 features, all statistics, every pane full", "windows/s", 15,
            ("headline window, 1h", 200, () => Repeat(200, () => full.Score(TimeSpan.FromHours(1), now))),
            ("24h", 200, () => Repeat(200, () => full.Score(TimeSpan.FromHours(24), now))),
            ("7d", 200, () => Repeat(200, () => full.Score(TimeSpan.FromDays(7), now))),
            ("1h, every prediction labelled", 200, () => Repeat(200, () => labelled.Score(TimeSpan.FromHours(1), now))),
            ("24h, every prediction labelled", 200, () => Repeat(200, () => labelled.Score(TimeSpan.FromHours(24), now))));
        Print("memory, 20 features, default windows, one event a second", full);
        Print("the same, every prediction labelled", labelled);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"all of such a model that is alive, reference and evidence included, without labels: {Alive() / 1e3:0} kB"));
    }

    /// <summary>Bytes of a model with a full hour, a full day and no label table, a collection of the whole heap later.</summary>
    private static double Alive()
    {
        const int models = 4;
        var before = GC.GetTotalMemory(forceFullCollection: true);
        ModelMonitor[] all = [.. Enumerable.Range(0, models).Select(_ => Filled(28 * 60, labels: false))];
        var alive = GC.GetTotalMemory(forceFullCollection: true) - before;
        GC.KeepAlive(all);
        return alive / (double)models;
    }

    private static void Print(string what, ModelMonitor monitor) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{what}: {monitor.PaneBytes / 1e3:0.0} kB in panes, checkpoint {monitor.Save().Length / 1e3:0.0} kB"));

    public static void Streams()
    {
        var random = new Random(5);
        var errors = Enumerable.Range(0, 200_000).Select(_ => random.NextDouble() < 0.2 ? 1.0 : 0).ToArray();
        var numbers = Enumerable.Range(0, 200_000).Select(_ => random.NextDouble() + random.NextDouble()).ToArray();
        var plain = new PlainAdwin();
        Adwin ofErrors = new(), ofNumbers = new();
        Rounds.Compare(
            "change detection, ADWIN with a check every 32 values", "values/s", 15,
            ("plain: lists of buckets, every border in full", errors.Length, () =>
            {
                foreach (var error in errors) plain.Update(error);
            }),
            ("Adwin, errors (0 or 1)", errors.Length, () =>
            {
                foreach (var error in errors) ofErrors.Update(error);
            }),
            ("Adwin, numbers", numbers.Length, () =>
            {
                foreach (var number in numbers) ofNumbers.Update(number);
            }));
        var all = new double[numbers.Length];
        Rounds.Compare(
            "the median of 200,000 numbers", "values/s", 15,
            ("plain: keep and sort them all", numbers.Length, () =>
            {
                numbers.CopyTo(all, 0);
                Array.Sort(all);
            }),
            ("KllSketch, k = 200: rank within 1.3 %", numbers.Length, () =>
            {
                var sketch = new KllSketch();
                foreach (var number in numbers) sketch.Update(number);
                _ = sketch.Quantile(0.5);
            }));
    }

    private static void Repeat(int times, Action action)
    {
        for (var i = 0; i < times; i++) action();
    }

    /// <summary>A model that saw one event a second for some time, in four batches a minute, and its label at once or none.</summary>
    /// <param name="shift">What is added to every feature once the reference is there.</param>
    internal static ModelMonitor Filled(int minutes, bool labels, double shift = 0)
    {
        var monitor = new ModelMonitor("full");
        monitor.Apply(new LogEntry(LogEntryKind.Reference, Start, null, 0, Batch(5_000, 1, Start, labels: false).Buffer));
        for (var quarter = 0; quarter < minutes * 4; quarter++)
        {
            var time = Start + (quarter * UnixTime.Minute / 4);
            monitor.Apply(new LogEntry(LogEntryKind.Predictions, time, null, 0, Batch(15, quarter, time, labels, shift).Buffer));
            if (labels) monitor.Apply(new LogEntry(LogEntryKind.Labels, time, null, 0, LabelsOf(15, quarter).Buffer));
        }
        return monitor;
    }

    /// <summary>Labels that are right nine times in ten.</summary>
    private static LabelBatch LabelsOf(int rows, int seed)
    {
        var random = new Random(seed);
        var builder = new LabelBatch.Builder();
        for (var row = 0; row < rows; row++) builder.Add(IdOf(seed, row), random.NextDouble() < 0.5 ? "1" : "0");
        return builder.Build();
    }

    private static byte[] IdOf(int seed, int row) => System.Text.Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{seed}-{row}"));

    internal static PredictionBatch Batch(int rows, int seed, long time, bool labels, double shift = 0)
    {
        var random = new Random(seed);
        var names = Enumerable.Range(0, Features).Select(f => $"f{f}").ToArray();
        var builder = new PredictionBatchBuilder();
        for (var row = 0; row < rows; row++)
        {
            builder.BeginRow();
            if (labels) builder.SetId(IdOf(seed, row));
            builder.SetTime(time + (row % 60 * UnixTime.Second / 2));
            var score = random.NextDouble();
            builder.SetPrediction(score > 0.5 ? "1" : "0");
            builder.SetScore(score);
            builder.SetLatency(random.NextDouble() / 100);
            foreach (var name in names) builder.SetFeature(name, random.NextDouble() + random.NextDouble() + shift);
            builder.EndRow();
        }
        return builder.Build();
    }

    /// <summary>What recording would be written like at first: a binary search and an increment per value, with moments. The oracle's shape, and the baseline.</summary>
    private sealed class PlainRecorder(PredictionBatch reference)
    {
        private readonly (double[] Edges, long[] Counts, double[] Moments)[] _columns = [.. reference.Features.Select(f =>
        {
            var column = NumericReference.Build(f.Name, ColumnRole.Feature, f.Numbers);
            return (column.Edges.ToArray(), new long[column.Edges.Length + 1], new double[2]);
        })];

        public void Record(PredictionBatch batch)
        {
            for (var row = 0; row < batch.Count; row++)
            {
                for (var feature = 0; feature < _columns.Length; feature++)
                {
                    var value = batch.Features[feature].NumberAt(row);
                    var (edges, counts, moments) = _columns[feature];
                    var bin = Array.BinarySearch(edges, value);
                    counts[bin < 0 ? ~bin : bin]++;
                    moments[0] += value;
                    moments[1] += value * value;
                }
            }
        }
    }
}
