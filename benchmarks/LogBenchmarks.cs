using System.Diagnostics;
using System.Globalization;
using FleetMonitor.Core;
using FleetMonitor.Core.Ingest;
using FleetMonitor.Core.Monitoring;
using FleetMonitor.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace FleetMonitor.Benchmarks;

/// <summary>Appending to the log and recovering a model from it: SQLite on the working folder's disk.</summary>
internal static class LogBenchmarks
{
    private static readonly long Start = UnixTime.From(new DateTimeOffset(2026, 3, 2, 10, 0, 0, TimeSpan.Zero));

    public static async Task RunAsync()
    {
        var folder = Directory.CreateTempSubdirectory("fleetmonitor-bench-").FullName;
        try
        {
            var options = new SqliteStoreOptions { Path = Path.Combine(folder, "fleet.db") };
            await using var store = SqliteFleetStore.Open(options, TimeProvider.System, NullLogger<SqliteFleetStore>.Instance);
            var lease = await store.OpenModelAsync("bench", TimeProvider.System.GetUtcNow());
            var entries = Enumerable.Range(0, 50).Select(i => new LogEntry(LogEntryKind.Predictions, Start, null, 0, CoreBenchmarks.Batch(500, i, Start, labels: true).Buffer).Encode()).ToArray();

            const int Batches = 1_000;
            var started = Stopwatch.GetTimestamp();
            var pending = new List<Task>();
            for (var i = 0; i < Batches; i++)
            {
                pending.Add(store.AppendAsync(lease, entries[i % entries.Length]).AsTask());
                if (pending.Count < 64) continue;
                await Task.WhenAll(pending);
                pending.Clear();
            }
            await Task.WhenAll(pending);
            Print("append, batches of 500 events with 20 features", Batches * 500L, started);

            started = Stopwatch.GetTimestamp();
            var monitor = new ModelMonitor("bench");
            await foreach (var record in store.ReadLogAsync(lease, 0)) monitor.Apply(LogEntry.Decode(record.Body));
            Print("replay of that log into the monitor", Batches * 500L, started);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Print(string what, long events, long started)
    {
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what}: {Rounds.Short(events / seconds)} events/s ({events:N0} in {seconds:0.00} s)"));
    }
}
