using System.Diagnostics;
using System.Globalization;
using FleetMonitor.Core;
using FleetMonitor.Core.Ingest;
using FleetMonitor.Storage;
using FleetMonitor.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace FleetMonitor.Benchmarks;

/// <summary>The same appends on SQLite and on PostgreSQL, in turn, by what they cost of the processor: this process, and the server's processes too.</summary>
internal static class StoreBenchmarks
{
    private const int Models = 100;
    private const int Batches = 4_000;
    private const int EventsPerBatch = 500;
    private const int InFlight = 256;

    private static readonly long Start = UnixTime.From(new DateTimeOffset(2026, 3, 2, 10, 0, 0, TimeSpan.Zero));

    /// <param name="args">A connection string of a server on this machine, whose schema <c>fleetmonitor_bench</c> is dropped; without one a server is
    /// started.</param>
    public static async Task<int> RunAsync(string[] args)
    {
        if (args is not ([] or [_]))
        {
            await Console.Error.WriteLineAsync("bench postgres [CONNECTION]");
            return 2;
        }
        await using var started = args.Length == 0 ? await PostgresServer.StartAsync("shared_buffers=256MB", "max_wal_size=4GB") : null;
        var connectionString = started is null ? args[0] : await started.CreateDatabaseAsync();
        await using var source = NpgsqlDataSource.Create(connectionString);
        var server = await ServerAsync(source);
        var folder = Directory.CreateTempSubdirectory("fleetmonitor-bench-").FullName;
        try
        {
            for (var round = 1; round <= 3; round++)
            {
                var options = new SqliteStoreOptions { Path = Path.Combine(folder, $"{round}.db") };
                var file = SqliteFleetStore.Open(options, TimeProvider.System, NullLogger<SqliteFleetStore>.Instance);
                var sqlite = await CostAsync($"round {round}, SQLite", file, null);
                await using (var drop = source.CreateCommand("DROP SCHEMA IF EXISTS fleetmonitor_bench CASCADE")) await drop.ExecuteNonQueryAsync();
                var there = new PostgresStoreOptions { ConnectionString = connectionString, Schema = "fleetmonitor_bench" };
                var database = PostgresFleetStore.Open(there, TimeProvider.System, NullLogger<PostgresFleetStore>.Instance);
                var postgres = await CostAsync($"round {round}, PostgreSQL", database, server);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  events a CPU-second, PostgreSQL / SQLite: {postgres / sqlite:0.00}"));
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
        return 0;
    }

    /// <returns>Events a CPU-second.</returns>
    private static async Task<double> CostAsync(string what, FleetStore store, int? server)
    {
        await using var closing = store;
        var leases = new List<ModelLease>();
        for (var model = 0; model < Models; model++) leases.Add(await store.OpenModelAsync($"bench-{model}", TimeProvider.System.GetUtcNow()));
        var entries = Enumerable.Range(0, 50)
            .Select(i => CoreBenchmarks.Batch(EventsPerBatch, i, Start, labels: true).Buffer)
            .Select(batch => new LogEntry(LogEntryKind.Predictions, Start, null, 0, batch).Encode()).ToArray();
        await AppendAsync(store, leases, entries, Batches / 10);

        var (cpu, started) = (Cpu(server), Stopwatch.GetTimestamp());
        await AppendAsync(store, leases, entries, Batches);
        var (spent, took) = (Cpu(server) - cpu, Stopwatch.GetElapsedTime(started));
        const double events = (double)Batches * EventsPerBatch;
        var (cost, rate) = (Rounds.Short(events / spent.TotalSeconds), Rounds.Short(events / took.TotalSeconds));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{what}: {cost} events a CPU-second ({entries[0].Length / (double)EventsPerBatch:0} B each), {rate} events/s"));
        return events / spent.TotalSeconds;
    }

    private static async Task AppendAsync(FleetStore store, List<ModelLease> leases, byte[][] entries, int batches)
    {
        var pending = new Queue<Task<long>>();
        for (var i = 0; i < batches; i++)
        {
            if (pending.Count == InFlight) await pending.Dequeue();
            pending.Enqueue(store.AppendAsync(leases[i % leases.Count], entries[i % entries.Length]).AsTask());
        }
        await Task.WhenAll(pending);
    }

    /// <summary>The process of which all who serve connections are children.</summary>
    private static async Task<int> ServerAsync(NpgsqlDataSource source)
    {
        await using var command = source.CreateCommand("SELECT pg_backend_pid()");
        var backend = (int)(await command.ExecuteScalarAsync())!;
        return int.Parse(Stat(backend)[1], CultureInfo.InvariantCulture);
    }

    /// <summary>User and system time of this process, and of the server with all its processes, those that have ended too.</summary>
    private static TimeSpan Cpu(int? server)
    {
        using var self = Process.GetCurrentProcess();
        if (server is null) return self.TotalProcessorTime;
        var parent = server.Value.ToString(CultureInfo.InvariantCulture);
        long ticks = 0;
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var process)) continue;
            string[] stat;
            try
            {
                stat = Stat(process);
            }
            catch (IOException)
            {
                continue; // Ended in between.
            }
            if (stat[1] == parent) ticks += Ticks(stat, 11) + Ticks(stat, 12);
            else if (process == server) ticks += Ticks(stat, 11) + Ticks(stat, 12) + Ticks(stat, 13) + Ticks(stat, 14);
        }
        return self.TotalProcessorTime + TimeSpan.FromMilliseconds(ticks * 10); // Linux counts in hundredths of a second.
    }

    // The fields behind the name, which may hold spaces: state, parent, …
    private static string[] Stat(int process)
    {
        var text = File.ReadAllText($"/proc/{process}/stat");
        return text[(text.LastIndexOf(')') + 2)..].Split(' ');
    }

    private static long Ticks(string[] stat, int field) => long.Parse(stat[field], CultureInfo.InvariantCulture);
}
