using System.Text;
using Microsoft.Extensions.Time.Testing;

namespace FleetMonitor.Storage.Tests;

/// <summary>A real store, empty, of one test. Its clock stands still, so housekeeping happens when a test says so.</summary>
public abstract class TestStore : IAsyncDisposable
{
    public static readonly DateTimeOffset Now = new(2026, 11, 22, 10, 0, 0, TimeSpan.Zero);

    public FakeTimeProvider Time { get; } = new(Now);

    public abstract FleetStore Store { get; }

    /// <summary>Opens another store over the same data; the last one has been disposed of.</summary>
    public abstract Task ReopenAsync();

    /// <summary>The once-a-second round.</summary>
    public abstract Task KeepHouseAsync();

    /// <summary>Rounds until everything that was given up is freed.</summary>
    public abstract Task TidyAsync();

    /// <summary>Keeps the writer from writing until it is disposed; what is asked of the store meanwhile waits.</summary>
    public abstract IDisposable HoldWriter();

    /// <summary>The writer has begun what it cannot end while it is held.</summary>
    public abstract Task WaitUntilHeldAsync();

    /// <summary>Waits until a checkpoint that was cancelled has ended, where it does while the writer is held.</summary>
    public virtual Task WaitUntilCancelledAsync(Task checkpoint) => Task.CompletedTask;

    /// <summary>From now on the database is read-only, until <see cref="AllowWritesAsync"/>.</summary>
    public abstract Task RefuseWritesAsync();

    public abstract Task AllowWritesAsync();

    /// <summary>Another program's statement.</summary>
    public abstract Task ExecuteAsync(string sql);

    /// <summary>Another program's question.</summary>
    public abstract Task<long> CountAsync(string sql);

    /// <summary>Bytes in that database's SQL.</summary>
    public abstract string Literal(string text);

    public abstract ValueTask DisposeAsync();

    public Task<ModelLease> OpenModelAsync(string name) => Store.OpenModelAsync(name, Now);

    /// <summary>The model's log as text, from a new lease.</summary>
    public async Task<List<string>> ReplayAsync(string name)
    {
        var lease = await OpenModelAsync(name);
        return await ReadAsync(lease, lease.CheckpointSequence);
    }

    public async Task<List<string>> ReadAsync(ModelLease lease, long after = 0)
    {
        var bodies = new List<string>();
        await foreach (var record in Store.ReadLogAsync(lease, after))
        {
            Assert.Equal(++after, record.Sequence);
            bodies.Add(Text(record.Body));
        }
        return bodies;
    }

    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    public static string Text(ReadOnlyMemory<byte> body) => Encoding.UTF8.GetString(body.Span);

    public static byte[] RandomBytes(int length, int seed = 1)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}

/// <summary>What a law needs otherwise than by default.</summary>
public sealed record StoreSettings
{
    public long MaxQueueBytes { get; init; } = 64L << 20;

    /// <summary>Gives up a database that does not move after as short a time as it can.</summary>
    public bool Impatient { get; init; }

    public Meters? Meters { get; init; }

    /// <summary>The store's own clock, where a standing one does not do: durations are measured with it.</summary>
    public TimeProvider? Clock { get; init; }
}

/// <summary>A kind of store that the laws hold for.</summary>
public abstract class StoreKind
{
    public abstract Task<TestStore> OpenAsync(StoreSettings? settings = null);
}
