namespace FleetMonitor.Storage;

/// <summary>A model to open; in its turn, inside the transaction of its neighbours.</summary>
/// <param name="ct">Looked at before the statement is sent.</param>
internal sealed class OpenRequest(string name, DateTimeOffset now, CancellationToken ct) : WriteRequest
{
    private readonly TaskCompletionSource<(long ModelId, long Epoch)> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private (long ModelId, long Epoch) _opened;

    public string Name => name;

    public DateTimeOffset Now => now;

    public bool IsCancelled => ct.IsCancellationRequested;

    public Task<(long ModelId, long Epoch)> Task => _done.Task;

    public void Opened(long modelId, long epoch) => _opened = (modelId, epoch);

    public override void Complete()
    {
        if (_opened.Epoch != 0) _done.TrySetResult(_opened);
        else if (ct.IsCancellationRequested) _done.TrySetCanceled(ct);
        else _done.TrySetException(new FencedException($"Model '{name}' was deleted in the instant in which it was opened."));
    }

    public override void Fail(Exception reason) => _done.TrySetException(reason);
}

/// <summary>A model to delete; in its turn, in a transaction of its own.</summary>
/// <param name="ct">Looked at before the statement is sent.</param>
internal sealed class DeleteRequest(ModelLease lease, CancellationToken ct) : WriteRequest
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ModelLease Lease => lease;

    public bool IsCancelled => ct.IsCancellationRequested;

    /// <summary>Whether the model is gone; null while nobody was asked.</summary>
    public bool? Deleted { get; set; }

    public Task Task => _done.Task;

    public override void Complete()
    {
        if (Deleted is null) _done.TrySetCanceled(ct);
        else if (Deleted.Value) _done.TrySetResult();
        else _done.TrySetException(FencedException.For(lease));
    }

    public override void Fail(Exception reason) => _done.TrySetException(reason);
}
