namespace FleetMonitor.Storage;

/// <summary>First in, first out, from many threads to the one writer; bounded by the bytes that wait or are being written.</summary>
/// <remarks>A lock and two lists that change places: one uncontended lock per request, one per group for the writer.</remarks>
internal sealed class WriteQueue(long maxBytes)
{
    private readonly object _gate = new();
    private List<WriteRequest> _waiting = [];
    private long _bytes;
    private bool _closed, _roundWaits;

    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Takes an append, unless it does not fit. An append larger than the whole bound is taken when nothing else waits.</summary>
    public void AddBounded(WriteRequest request)
    {
        lock (_gate)
        {
            if (_bytes > 0 && _bytes + request.Bytes > maxBytes)
            {
                throw new StoreBusyException($"{_bytes} bytes wait for the disk and at most {maxBytes} may; a record of {request.Bytes} bytes was refused.");
            }
            Enqueue(request);
        }
    }

    /// <summary>Takes a command whatever waits: there are few of them, and they are small here.</summary>
    public void Add(WriteRequest request)
    {
        lock (_gate) Enqueue(request);
    }

    /// <summary>Asks for a round of housekeeping, unless one waits already.</summary>
    public void AddRound()
    {
        lock (_gate)
        {
            if (_closed || _roundWaits) return;
            _roundWaits = true;
            Enqueue(new HousekeepingRequest());
        }
    }

    /// <summary>Swaps what waits for the empty <paramref name="batch"/>.</summary>
    /// <returns>False once the queue is closed and empty.</returns>
    public bool Take(ref List<WriteRequest> batch, bool wait)
    {
        lock (_gate)
        {
            while (wait && _waiting.Count == 0 && !_closed) Monitor.Wait(_gate);
            if (_waiting.Count == 0) return !_closed;
            (_waiting, batch) = (batch, _waiting);
            _roundWaits = false;
            return true;
        }
    }

    /// <summary>Requests of that many bytes have ended.</summary>
    public void Release(long bytes) => Interlocked.Add(ref _bytes, -bytes);

    /// <summary>Nothing is taken any more; what waits can still be had.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Nothing is taken any more, and what waits fails; for a writer that does not come to take it.</summary>
    public void Abandon(Exception reason)
    {
        Close();
        List<WriteRequest> waiting = [];
        Take(ref waiting, wait: false);
        foreach (var request in waiting)
        {
            Release(request.Bytes);
            request.Fail(reason);
        }
    }

    private void Enqueue(WriteRequest request)
    {
        ObjectDisposedException.ThrowIf(_closed, typeof(FleetStore));
        Interlocked.Add(ref _bytes, request.Bytes);
        _waiting.Add(request);
        if (_waiting.Count == 1) Monitor.Pulse(_gate);
    }
}
