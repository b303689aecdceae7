using System.Net;
using System.Threading.Channels;

namespace FleetMonitor.Client;

/// <summary>Records predictions and labels of one model without making their caller wait: for programs that serve it.</summary>
/// <remarks>
/// <see cref="Record"/> and <see cref="Label"/> put an event into a bounded queue; one loop sends batches. A batch that is not answered is sent again, with
/// growing and jittered waits, under the
/// same producer and sequence, until it is: the server counts it once, also when it was restarted in between. Events are not to be changed once they were
/// handed over. Thread-safe.
/// </remarks>
public sealed class FleetMonitorRecorder : IAsyncDisposable
{
    private readonly FleetMonitorClient _client;
    private readonly string _model;
    private readonly RecorderOptions _options;
    private readonly TimeProvider _time;
    private readonly Channel<Event> _queue;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private readonly Task _sending;
    private CancellationTokenSource _hurry = new();
    private TaskCompletionSource? _idle;
    private RecorderStats _stats;
    private int _flushing;
    private int _disposed;

    /// <param name="http">Its BaseAddress is the server's. The caller's to dispose, after the recorder.</param>
    /// <param name="model">Whose events these are.</param>
    public FleetMonitorRecorder(HttpClient http, string model, RecorderOptions? options = null, TimeProvider? time = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(model);
        _options = options ?? new RecorderOptions();
        ArgumentOutOfRangeException.ThrowIfNotEqual(_options.BatchSize is >= 1 and <= 10_000, true, nameof(options));
        _time = time ?? TimeProvider.System;
        _model = model;
        var retry = new RetryOptions { Attempts = int.MaxValue, FirstDelay = _options.FirstDelay, MaxDelay = _options.MaxDelay, Jitter = 0.5 };
        _client = new FleetMonitorClient(http, retry: retry, time: _time, token: _options.Token);
        _queue = Channel.CreateBounded<Event>(new BoundedChannelOptions(_options.MaxQueue) { SingleReader = true });
        _sending = Task.Run(SendAllAsync);
    }

    /// <summary>What became of all events so far.</summary>
    public RecorderStats Stats
    {
        get
        {
            lock (_gate) return _stats;
        }
    }

    /// <summary>
    /// Queues a prediction; false where it was dropped since the queue is full or the recorder disposed. One without a time has been made now.
    /// </summary>
    public bool Record(PredictionEvent prediction)
    {
        ArgumentNullException.ThrowIfNull(prediction);
        return Put(new Event(prediction.Time is null ? prediction with { Time = _time.GetUtcNow() } : prediction, null));
    }

    /// <summary>Queues what turned out to be true of a prediction; false where it was dropped.</summary>
    public bool Label(LabelEvent label)
    {
        ArgumentNullException.ThrowIfNull(label);
        return Put(new Event(null, label));
    }

    /// <summary>Sends what is there without waiting for full batches; whether all of it was answered in time.</summary>
    public async Task<bool> FlushAsync(TimeSpan timeout, CancellationToken cancellation = default)
    {
        Task idle;
        lock (_gate)
        {
            if (_stats.Pending == 0) return true;
            idle = (_idle ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
        Interlocked.Increment(ref _flushing);
        await Interlocked.Exchange(ref _hurry, new CancellationTokenSource()).CancelAsync().ConfigureAwait(false);
        try
        {
            await idle.WaitAsync(timeout, _time, cancellation).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
        finally
        {
            Interlocked.Decrement(ref _flushing);
        }
    }

    /// <summary>Sends what is left, for <see cref="RecorderOptions.DrainFor"/> at most; what could not be sent counts as dropped.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1) return;
        _queue.Writer.Complete();
        await FlushAsync(_options.DrainFor).ConfigureAwait(false);
        await _stop.CancelAsync().ConfigureAwait(false);
        await _sending.ConfigureAwait(false);
        _stop.Dispose();
    }

    private bool Put(Event item)
    {
        lock (_gate)
        {
            var taken = _queue.Writer.TryWrite(item);
            _stats = taken ? _stats with { Pending = _stats.Pending + 1 } : _stats with { Dropped = _stats.Dropped + 1 };
            return taken;
        }
    }

    private async Task SendAllAsync()
    {
        List<Event> batch = [];
        while (await _queue.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            await FillAsync(batch).ConfigureAwait(false);
            // A prediction goes before its label.
            await SendAsync([.. batch.Where(item => item.Prediction is not null)], RecordAsync).ConfigureAwait(false);
            await SendAsync([.. batch.Where(item => item.Label is not null)], LabelAsync).ConfigureAwait(false);
            batch.Clear();
        }
    }

    /// <summary>Reads until the batch is full, its first event old enough, or somebody in a hurry.</summary>
    private async Task FillAsync(List<Event> batch)
    {
        using var due = new CancellationTokenSource(_options.MaxAge, _time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(due.Token, _stop.Token, Volatile.Read(ref _hurry).Token);
        while (true)
        {
            while (batch.Count < _options.BatchSize && _queue.Reader.TryRead(out var item)) batch.Add(item);
            if (batch.Count == _options.BatchSize || Volatile.Read(ref _flushing) > 0 || end.IsCancellationRequested) return;
            try
            {
                if (!await _queue.Reader.WaitToReadAsync(end.Token).ConfigureAwait(false)) return;
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task SendAsync(IReadOnlyList<Event> items, Func<IReadOnlyList<Event>, Task<RecorderStats>> send)
    {
        if (items.Count == 0) return;
        var became = default(RecorderStats);
        try
        {
            became = await send(items).ConfigureAwait(false);
        }
        catch (FleetMonitorException refused) when (refused.Status == HttpStatusCode.RequestEntityTooLarge && items.Count > 1)
        {
            await SendAsync([.. items.Take(items.Count / 2)], send).ConfigureAwait(false);
            await SendAsync([.. items.Skip(items.Count / 2)], send).ConfigureAwait(false);
            return;
        }
        catch (FleetMonitorException)
        {
            became = new RecorderStats(0, 0, items.Count, 0, 0);
        }
        catch (Exception)
        {
            // The recorder's end, a page for an answer, an event that its owner changed meanwhile: it costs this batch, never those behind it.
            became = new RecorderStats(0, 0, 0, items.Count, 0);
        }
        Settle(became, items.Count);
    }

    private async Task<RecorderStats> RecordAsync(IReadOnlyList<Event> items)
    {
        var result = await _client.RecordAsync(_model, items.Select(item => item.Prediction!), _stop.Token).ConfigureAwait(false);
        return new RecorderStats(result.Accepted, result.Duplicates, result.Rejected + result.TooLate, 0, 0);
    }

    private async Task<RecorderStats> LabelAsync(IReadOnlyList<Event> items)
    {
        var result = await _client.LabelAsync(_model, items.Select(item => item.Label!), _stop.Token).ConfigureAwait(false);
        return new RecorderStats(result.Accepted, 0, result.Rejected, 0, 0);
    }

    private void Settle(RecorderStats became, int items)
    {
        lock (_gate)
        {
            _stats = new RecorderStats(
                _stats.Accepted + became.Accepted, _stats.Duplicates + became.Duplicates, _stats.Rejected + became.Rejected,
                _stats.Dropped + became.Dropped, _stats.Pending - items);
            if (_stats.Pending > 0) return;
            _idle?.SetResult();
            _idle = null;
        }
    }

    private readonly record struct Event(PredictionEvent? Prediction, LabelEvent? Label);
}
