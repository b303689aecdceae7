using System.Threading.Tasks.Sources;

namespace FleetMonitor.Storage;

/// <summary>Something that waits for the writer. Ends exactly once, in <see cref="Complete"/> after the commit or in <see cref="Fail"/>.</summary>
internal abstract class WriteRequest
{
    /// <summary>Memory it stands for while it waits, so that a queue of empty bodies is bounded too.</summary>
    public const int Overhead = 128;

    /// <summary>What it adds to the queue's bound.</summary>
    public virtual long Bytes => Overhead;

    /// <summary>What it adds to its transaction.</summary>
    public virtual long WriteBytes => Bytes;

    /// <summary>Its transaction is durable. Continuations run elsewhere, never on the writer's thread.</summary>
    public abstract void Complete();

    /// <summary>It will not be written. Of no effect on a request that has ended.</summary>
    public abstract void Fail(Exception reason);
}

/// <summary>A record on its way into the log. The call's result and its place in the queue in one object.</summary>
internal sealed class AppendRequest(ModelLease lease, ReadOnlyMemory<byte> body, bool? retired) : WriteRequest, IValueTaskSource<long>
{
    private ManualResetValueTaskSourceCore<long> _result = new() { RunContinuationsAsynchronously = true };
    private LogSegment? _segment;
    private int _index;

    public ModelLease Lease => lease;

    public ReadOnlyMemory<byte> Body => body;

    public bool? Retired => retired;

    public override long Bytes => body.Length + Overhead;

    public ValueTask<long> Task => new(this, _result.Version);

    /// <summary>The row that carries the record, and which of its records it is.</summary>
    public void Place(LogSegment segment, int index) => (_segment, _index) = (segment, index);

    public bool IsFenced => _segment!.IsFenced;

    public override void Complete()
    {
        var segment = _segment!;
        _segment = null;
        if (segment.IsFenced) _result.SetException(FencedException.For(lease));
        else _result.SetResult(segment.First + _index);
    }

    public override void Fail(Exception reason)
    {
        _segment = null;
        if (_result.GetStatus(_result.Version) == ValueTaskSourceStatus.Pending) _result.SetException(reason);
    }

    long IValueTaskSource<long>.GetResult(short token) => _result.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<long>.GetStatus(short token) => _result.GetStatus(token);

    void IValueTaskSource<long>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _result.OnCompleted(continuation, state, token, flags);
}

/// <summary>Any other write; runs in its turn, inside the transaction of its neighbours.</summary>
internal abstract class CommandRequest : WriteRequest
{
    /// <summary>May run more than once, each time after a rollback of the last.</summary>
    public abstract void Execute();
}

/// <inheritdoc/>
/// <param name="work">Throws a <see cref="StoreException"/> or <see cref="ArgumentException"/> only before it has written: it fails alone then.</param>
/// <param name="bytes">What it writes, if that is much.</param>
/// <param name="ct">Looked at before the work begins.</param>
internal sealed class CommandRequest<T>(Func<T> work, long bytes, CancellationToken ct) : CommandRequest
{
    private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T? _value;
    private Exception? _refusal;

    public Task<T> Task => _done.Task;

    public override long WriteBytes => bytes + Overhead;

    public override void Execute()
    {
        _refusal = null;
        try
        {
            ct.ThrowIfCancellationRequested();
            _value = work();
        }
        catch (Exception e) when (e is StoreException or ArgumentException or OperationCanceledException)
        {
            _refusal = e;
        }
    }

    public override void Complete()
    {
        if (_refusal is OperationCanceledException) _done.SetCanceled(ct);
        else if (_refusal is not null) _done.SetException(_refusal);
        else _done.SetResult(_value!);
    }

    public override void Fail(Exception reason) => _done.TrySetException(reason);
}

/// <summary>The once-a-second round, see <see cref="SqliteWriter"/>; outside of any transaction, and also where the store is unhealthy.</summary>
internal sealed class HousekeepingRequest : WriteRequest
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Task => _done.Task;

    public override void Complete() => _done.SetResult();

    public override void Fail(Exception reason) => _done.TrySetException(reason);
}
