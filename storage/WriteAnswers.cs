namespace FleetMonitor.Storage;

/// <summary>How a writer answers what it took from its queue: the room is given back first, since who has an answer may count on it.</summary>
internal sealed class WriteAnswers(WriteQueue queue, StoreStatistics statistics)
{
    /// <summary>A group is durable.</summary>
    public void Complete(ReadOnlySpan<WriteRequest> group, TimeSpan took)
    {
        long records = 0, bytes = 0, fenced = 0;
        foreach (var request in group)
        {
            if (request is not AppendRequest append) continue;
            if (append.IsFenced)
            {
                fenced++;
                continue;
            }
            records++;
            bytes += append.Body.Length;
        }
        if (records > 0) statistics.Appended(records, bytes, took.TotalSeconds);
        if (fenced > 0) statistics.Fenced(fenced);
        Release(group);
        foreach (var request in group) request.Complete();
    }

    /// <summary>A group will not be written.</summary>
    public void Fail(ReadOnlySpan<WriteRequest> group, StoreUnavailableException reason)
    {
        long records = 0;
        foreach (var request in group) records += request is AppendRequest ? 1 : 0;
        if (records > 0) statistics.Failed(records);
        Release(group);
        foreach (var request in group) request.Fail(reason);
    }

    /// <summary>The writer has stopped: fails what it took and has not answered, and what still waits.</summary>
    public void Abandon(ref List<WriteRequest> batch, int answered, Exception reason)
    {
        for (; answered < batch.Count; answered++) batch[answered].Fail(reason);
        batch.Clear();
        queue.Abandon(reason);
    }

    private void Release(ReadOnlySpan<WriteRequest> group)
    {
        long bytes = 0;
        foreach (var request in group) bytes += request.Bytes;
        queue.Release(bytes);
    }
}
