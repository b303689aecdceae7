using System.Buffers.Binary;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;

namespace FleetMonitor.Storage.Tests.Writer;

/// <summary>A process for tests to kill, to run out of disk, or to find the file taken: what it prints is what it was promised.</summary>
public static class StorageWriter
{
    public const int Models = 8;

    private const int Window = 32;
    private const int RecordsPerCheckpoint = 2000;

    public static async Task<int> Main(string[] args)
    {
        switch (args)
        {
            case ["load", var path]:
                await LoadAsync(Open(path));
                return 0;
            case ["load-postgres", var connectionString]:
                var options = new PostgresStoreOptions { ConnectionString = connectionString };
                await LoadAsync(PostgresFleetStore.Open(options, TimeProvider.System, NullLogger<PostgresFleetStore>.Instance));
                return 0;
            case ["fill", var folder]:
                await FillAsync(folder);
                return 0;
            case ["open", var path]:
                await OpenAsync(path);
                return 0;
            default:
                await Console.Error.WriteLineAsync("usage: load PATH | load-postgres CONNECTION | fill FOLDER | open PATH");
                return 2;
        }
    }

    /// <summary>A model's state, the plainest there is: its records' numbers in the order of the log.</summary>
    public static async Task<List<long>> RecoverAsync(FleetStore store, ModelLease lease)
    {
        var state = new List<long>();
        if (lease.Checkpoint is { } checkpoint)
        {
            for (var offset = 0; offset < checkpoint.Length; offset += sizeof(long)) state.Add(BinaryPrimitives.ReadInt64LittleEndian(checkpoint.Span[offset..]));
        }
        await foreach (var record in store.ReadLogAsync(lease, lease.CheckpointSequence))
        {
            if (record.Sequence != state.Count + 1) throw new InvalidDataException($"Sequence {record.Sequence} follows {state.Count}.");
            state.Add(BinaryPrimitives.ReadInt64LittleEndian(record.Body.Span));
        }
        return state;
    }

    /// <summary>Appends to all models until it is killed. Prints "MODEL SEQUENCE NUMBER ." for every record acknowledged; a line without its end was cut.</summary>
    private static async Task LoadAsync(FleetStore store)
    {
        await using var closing = store;
        await Task.WhenAll(Enumerable.Range(0, Models).Select(model => Task.Run(() => LoadAsync(store, model))));
    }

    private static async Task LoadAsync(FleetStore store, int model)
    {
        var random = new Random(model);
        var lease = await store.OpenModelAsync($"model-{model}", DateTimeOffset.UnixEpoch);
        var state = await RecoverAsync(store, lease);
        // Numbers that were used but never acknowledged may be in the log, so a new life begins with numbers of its own.
        var number = lease.Epoch << 32;
        var waiting = new Queue<(long Number, Task<long> Append)>();
        while (true)
        {
            while (waiting.Count < Window)
            {
                var body = new byte[random.Next(sizeof(long), 2000)];
                BinaryPrimitives.WriteInt64LittleEndian(body, number);
                waiting.Enqueue((number++, store.AppendAsync(lease, body).AsTask()));
            }
            var lines = "";
            while (waiting.TryDequeue(out var next))
            {
                var sequence = await next.Append;
                state.Add(next.Number);
                lines += string.Create(CultureInfo.InvariantCulture, $"{model} {sequence} {next.Number} .\n");
                if (state.Count % RecordsPerCheckpoint == 0) await store.SaveCheckpointAsync(lease, sequence, Serialize(state));
            }
            await Console.Out.WriteAsync(lines);
        }
    }

    /// <summary>Fills the disk, makes room, goes on, and reads back; on a file system of a few MB.</summary>
    private static async Task FillAsync(string folder)
    {
        var path = Path.Combine(folder, "fleet.db");
        var filler = Path.Combine(folder, "filler");
        await File.WriteAllBytesAsync(filler, new byte[2 << 20]);
        var acknowledged = new List<long>();
        await using (var store = Open(path))
        {
            var lease = await store.OpenModelAsync("model", DateTimeOffset.UnixEpoch);
            var refusal = await AppendUntilRefusedAsync(store, lease, acknowledged);
            Console.WriteLine($"refused {refusal}");
            Console.WriteLine($"full {store.Health.IsReady} {acknowledged.Count > 0} {store.Health.Reason}");
            File.Delete(filler);
            await store.KeepHouseAsync();
            Console.WriteLine($"room {store.Health.IsReady}");
            for (var i = 0; i < 10; i++) acknowledged.Add(await AppendAsync(store, lease, acknowledged.Count));
        }
        await using (var store = Open(path))
        {
            var state = await RecoverAsync(store, await store.OpenModelAsync("model", DateTimeOffset.UnixEpoch));
            Console.WriteLine($"kept {acknowledged.Count == state.Count && acknowledged.TrueForAll(sequence => state[(int)sequence - 1] == sequence - 1)}");
        }
    }

    private static async Task<string> AppendUntilRefusedAsync(SqliteFleetStore store, ModelLease lease, List<long> acknowledged)
    {
        while (true)
        {
            try
            {
                acknowledged.Add(await AppendAsync(store, lease, acknowledged.Count));
            }
            catch (StoreUnavailableException e)
            {
                return e.Message;
            }
        }
    }

    private static async Task<long> AppendAsync(SqliteFleetStore store, ModelLease lease, long number)
    {
        var body = new byte[10_000];
        BinaryPrimitives.WriteInt64LittleEndian(body, number);
        return await store.AppendAsync(lease, body);
    }

    private static async Task OpenAsync(string path)
    {
        try
        {
            await using var store = Open(path);
            Console.WriteLine("opened");
        }
        catch (StoreOpenException e)
        {
            Console.WriteLine($"refused {e.Message}");
        }
    }

    private static SqliteFleetStore Open(string path) =>
        SqliteFleetStore.Open(new SqliteStoreOptions { Path = path }, TimeProvider.System, NullLogger<SqliteFleetStore>.Instance);

    private static byte[] Serialize(List<long> state)
    {
        var bytes = new byte[state.Count * sizeof(long)];
        for (var i = 0; i < state.Count; i++) BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(i * sizeof(long)), state[i]);
        return bytes;
    }
}
