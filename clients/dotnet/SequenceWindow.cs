namespace FleetMonitor.Client;

/// <summary>Numbers for one model's batches, such that the server can always tell whether it has applied one.</summary>
/// <remarks>
/// It remembers a producer's last 64 numbers and refuses older ones. So none is given out while the oldest under way is 63 behind: whoever asks then waits until that one is answered or given
/// up. O(1) a number; thread-safe.
/// </remarks>
internal sealed class SequenceWindow
{
    private const int Width = FleetMonitorClient.MaxInFlight;

    private readonly Lock _gate = new();
    private long _newest;
    private ulong _underWay; // Bit n stands for the number n behind the newest.
    private TaskCompletionSource? _room;

    /// <exception cref="OperationCanceledException">There was no room until <paramref name="cancellation"/>.</exception>
    public async ValueTask<long> TakeAsync(CancellationToken cancellation)
    {
        while (true)
        {
            Task room;
            lock (_gate)
            {
                if (HasRoom)
                {
                    _underWay = (_underWay << 1) | 1;
                    return ++_newest;
                }
                _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                room = _room.Task;
            }
            await room.WaitAsync(cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Says that a number is under way no longer.</summary>
    public void Return(long sequence)
    {
        lock (_gate)
        {
            _underWay &= ~(1UL << (int)(_newest - sequence));
            if (!HasRoom) return;
            _room?.SetResult();
            _room = null;
        }
    }

    private bool HasRoom => _underWay >> (Width - 1) == 0;
}
