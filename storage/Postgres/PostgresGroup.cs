using System.Runtime.InteropServices;
using Npgsql;

namespace FleetMonitor.Storage;

/// <summary>The requests that share a transaction, sent in one go: appends of any number of models, then models to open.</summary>
/// <remarks>
/// One round trip, which the server commits by itself at its end: a silo that stands still leaves no transaction open, and no lock, save where it does so in
/// the middle of sending; then the log's gate stays taken, which holds up no append (<see cref="PostgresPartitions"/>), until its connection ends. Order is kept where it matters: a group ends before an append to a model that it opens, and before a second opening of the same name.
/// </remarks>
internal sealed class PostgresGroup(PostgresLog log)
{
    /// <summary>Segments kept for the next group, each with a buffer of at most <see cref="LogSegment.MaxBytes"/>.</summary>
    private const int SegmentsKept = 128;

    private readonly Dictionary<(long ModelId, long Epoch), LogAppend> _byLease = [];
    private readonly List<LogAppend> _appends = [];
    private readonly List<AppendRequest> _requests = [];
    private readonly List<OpenRequest> _opens = [];
    private readonly List<LogSegment> _used = [];
    private readonly Stack<LogSegment> _spare = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    /// <summary>Where this store's leases stand: the last sequence of each model as this writer left it. One that is not here, or not with that epoch, is
    /// asked for.</summary>
    private readonly Dictionary<long, (long Epoch, long Last)> _heads = [];

    public bool HasAppends => _appends.Count > 0;

    /// <summary>How many of the waiting requests can go together.</summary>
    public int Length(ReadOnlySpan<WriteRequest> waiting, int mostRecords, long mostBytes)
    {
        _names.Clear();
        var length = 0;
        long bytes = 0;
        while (length < waiting.Length && length < mostRecords)
        {
            var request = waiting[length];
            if (request is AppendRequest append ? _names.Contains(append.Lease.Name) : request is not OpenRequest open || !_names.Add(open.Name)) break;
            bytes += request.WriteBytes;
            if (length > 0 && bytes > mostBytes) break;
            length++;
        }
        return Math.Max(length, 1);
    }

    /// <summary>Takes the requests and gives the appends their sequences.</summary>
    /// <param name="isOver">Leases that this store has given up.</param>
    public void Stage(NpgsqlConnection connection, ReadOnlySpan<WriteRequest> requests, Func<ModelLease, bool> isOver)
    {
        Recycle();
        HashSet<long>? unknown = null;
        foreach (var request in requests)
        {
            if (request is OpenRequest open)
            {
                if (!open.IsCancelled) _opens.Add(open);
                continue;
            }
            var append = (AppendRequest)request;
            _requests.Add(append);
            if (!_heads.TryGetValue(append.Lease.ModelId, out var head) || head.Epoch < append.Lease.Epoch) (unknown ??= []).Add(append.Lease.ModelId);
        }
        if (unknown is not null)
        {
            foreach (var (model, head) in PostgresLog.ReadHeads(connection, unknown)) _heads[model] = head;
        }
        foreach (var request in _requests)
        {
            // Where the epoch is not the lease's, or the model is gone, nothing is sent: the segment tells the request that it is fenced.
            var known = _heads.TryGetValue(request.Lease.ModelId, out var head) && head.Epoch == request.Lease.Epoch && !isOver(request.Lease);
            Add(request, known ? head.Last : -1);
        }
        _appends.RemoveAll(append => append.Before < 0);
    }

    /// <exception cref="NpgsqlException">Nothing of it is known to be kept. See <see cref="PostgresFailure.IsDefinite"/>.</exception>
    public void Execute(NpgsqlConnection connection)
    {
        if (_appends.Count == 0 && _opens.Count == 0) return;
        Dictionary<string, (long ModelId, long Epoch, long Last)> opened = [];
        using (var batch = connection.CreateBatch())
        {
            if (_appends.Count > 0) log.AddAppend(batch, _appends);
            if (_opens.Count > 0) PostgresModels.AddOpen(batch, _opens);
            using var reader = batch.ExecuteReader();
            do
            {
                if (reader.FieldCount == 0) continue;
                if (reader.GetName(0) == "entry") PostgresLog.ReadOwned(reader, _appends);
                else if (reader.GetName(0) == "opened") opened = PostgresModels.ReadOpened(reader);
            }
            while (reader.NextResult());
        }
        // Committed: the reader has seen the end of the transaction.
        MoveHeads();
        foreach (var open in _opens)
        {
            if (!opened.TryGetValue(open.Name, out var model)) continue;
            open.Opened(model.ModelId, model.Epoch);
            _heads[model.ModelId] = (model.Epoch, model.Last);
        }
    }

    /// <summary>Executes the appends once more, in order to find out whether they were kept; see <see cref="PostgresLog.Settle"/>.</summary>
    public void Settle(NpgsqlConnection connection)
    {
        if (_appends.Count > 0) log.Settle(connection, _appends);
        MoveHeads();
    }

    /// <summary>Appends that were refused though their lease is not over: somebody else writes with the same lease. They are to be staged again.</summary>
    public HashSet<ModelLease> Misplaced(NpgsqlConnection connection)
    {
        var misplaced = new HashSet<ModelLease>();
        var refused = _appends.Where(append => !append.IsOwned).ToList();
        if (refused.Count == 0) return misplaced;
        var heads = PostgresLog.ReadHeads(connection, refused.Select(append => append.Lease.ModelId).Distinct());
        foreach (var append in refused)
        {
            if (!heads.TryGetValue(append.Lease.ModelId, out var head) || head.Epoch != append.Lease.Epoch) continue;
            _heads[append.Lease.ModelId] = head;
            misplaced.Add(append.Lease);
        }
        return misplaced;
    }

    /// <summary>Leases of the appends, for whoever gives them up.</summary>
    public IEnumerable<ModelLease> Leases() => _appends.Select(append => append.Lease);

    public void Forget(long modelId) => _heads.Remove(modelId);

    /// <summary>Lets go of the requests and keeps the segments for the next.</summary>
    public void Recycle()
    {
        foreach (var segment in _used)
        {
            segment.Release();
            if (_spare.Count < SegmentsKept) _spare.Push(segment);
        }
        _used.Clear();
        _byLease.Clear();
        _appends.Clear();
        _requests.Clear();
        _opens.Clear();
        log.Release();
    }

    private void Add(AppendRequest request, long before)
    {
        ref var append = ref CollectionsMarshal.GetValueRefOrAddDefault(_byLease, (request.Lease.ModelId, request.Lease.Epoch), out _);
        if (append is null) _appends.Add(append = new LogAppend(request.Lease, before));
        if (append.Segments.Count == 0 || !append.Segments[^1].Fits(request.Body.Length)) StartSegment(append);
        var segment = append.Segments[^1];
        request.Place(segment, segment.Add(request.Body, request.Retired));
    }

    private void StartSegment(LogAppend append)
    {
        var segment = _spare.Count > 0 ? _spare.Pop() : new LogSegment();
        segment.Start(append.Lease);
        segment.Written(append.Last + 1);
        if (append.Before < 0) segment.Fence();
        append.Segments.Add(segment);
        _used.Add(segment);
    }

    private void MoveHeads()
    {
        foreach (var append in _appends)
        {
            if (append.IsOwned)
            {
                _heads[append.Lease.ModelId] = (append.Lease.Epoch, append.Last);
                continue;
            }
            foreach (var segment in append.Segments) segment.Fence();
            if (_heads.TryGetValue(append.Lease.ModelId, out var head) && head.Epoch == append.Lease.Epoch) _heads.Remove(append.Lease.ModelId);
        }
    }
}
