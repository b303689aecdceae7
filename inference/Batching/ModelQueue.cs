using FleetMonitor.Inference.Models;

namespace FleetMonitor.Inference.Batching;

/// <summary>The requests of one model version on their way into runs: first in, first out, merged where the model answers row by row.</summary>
/// <remarks>
/// A run is a work item of the thread pool, put behind the work that is there already: requests that are being read at that moment join it, without a
/// clock. While a run is under way the next one gathers; as
/// many run at once as there are slots. The queue is bounded, and who waits longer than the deadline is answered so when it passes, however long the run
/// before it takes.
/// A merged run that fails is repeated request by request, so that a bad one costs no neighbour.
/// Thread-safe.
/// </remarks>
internal sealed class ModelQueue : IThreadPoolWorkItem, IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly Queue<PendingInference> _waiting = new();
    private readonly Gathering _gathering;
    private readonly BatchRunner _runner;
    private readonly ModelSettings _settings;
    private readonly TimeProvider _time;
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ITimer _look;
    private readonly ITimer _deadline;
    private readonly int _maxRuns;
    private readonly int _maxRows;
    private int _waitingRows;
    private int _runs;
    private bool _gathers;
    private bool _looksLater;
    private bool _deadlineSet;
    private bool _stopped;

    /// <param name="maxRuns">Runs at the same time.</param>
    /// <param name="maxRows">Rows of a merged run; 1: requests are not merged.</param>
    public ModelQueue(BatchRunner runner, ModelSettings settings, int maxRuns, int maxRows, TimeProvider time)
    {
        _runner = runner;
        _settings = settings;
        _time = time;
        _maxRuns = maxRuns;
        _maxRows = maxRows;
        _gathering = new Gathering(settings.Batching, maxRows);
        _look = time.CreateTimer(_ => LookNow(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _deadline = time.CreateTimer(_ => Expire(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Queues a request.</summary>
    /// <exception cref="InferenceException">The queue is full, or the model is being unloaded.</exception>
    public Task<InferenceAnswer> Enqueue(PendingInference request)
    {
        bool schedule;
        lock (_gate)
        {
            if (_stopped) throw new InferenceException(InferenceFailure.Unavailable, "the model is being unloaded");
            if (_waiting.Count >= _settings.MaxQueue) throw new InferenceException(InferenceFailure.Busy, $"the model's queue is full ({_settings.MaxQueue} requests wait)");
            _waiting.Enqueue(request);
            _waitingRows += request.Rows;
            if (!_deadlineSet)
            {
                _deadlineSet = true;
                _deadline.Change(_settings.Deadline, Timeout.InfiniteTimeSpan);
            }
            schedule = StartGathering() || (_looksLater && _waitingRows >= _maxRows && StopLookingLater());
        }
        if (schedule) Schedule();
        return request.Task;
    }

    /// <summary>Takes no more, and is done when the last request is answered.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _stopped = true;
            if (_looksLater && StopLookingLater()) Schedule();
            SetIfDrained();
        }
        await _drained.Task.ConfigureAwait(false);
        await _look.DisposeAsync().ConfigureAwait(false);
        await _deadline.DisposeAsync().ConfigureAwait(false);
        _runner.Dispose();
    }

    void IThreadPoolWorkItem.Execute()
    {
        var batch = Take(out var again);
        if (again) Schedule();
        if (batch.Count == 0) return;
        _runner.Run(batch);
        lock (_gate)
        {
            _runs--;
            again = StartGathering();
            SetIfDrained();
        }
        if (again) Schedule();
    }

    private void Schedule() => ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);

    /// <summary>The requests of the next run; none when it waits for more, or when nobody waits for an answer any more.</summary>
    private List<PendingInference> Take(out bool again)
    {
        var batch = new List<PendingInference>();
        lock (_gate)
        {
            again = false;
            if (_waiting.TryPeek(out var first) && _maxRows > 1 && !_stopped && _gathering.Wait(_waiting.Count, _waitingRows, _time.GetElapsedTime(first.Since)) is { } wait)
            {
                _looksLater = wait > TimeSpan.Zero;
                again = !_looksLater;
                if (_looksLater) _look.Change(wait, Timeout.InfiniteTimeSpan);
                return batch;
            }
            var rows = 0;
            while (_waiting.TryPeek(out var next) && (batch.Count == 0 || rows + next.Rows <= _maxRows))
            {
                Remove();
                if (next.Abandoned.IsCancellationRequested)
                {
                    next.TrySetCanceled(next.Abandoned);
                    continue;
                }
                batch.Add(next);
                rows += next.Rows;
            }
            _gathers = false;
            if (batch.Count > 0)
            {
                _runs++;
                _gathering.Ran(batch.Count);
            }
            again = StartGathering();
            SetIfDrained();
        }
        return batch;
    }

    /// <summary>Whether a run has to be scheduled; one at a time gathers.</summary>
    private bool StartGathering()
    {
        if (_gathers || _waiting.Count == 0 || _runs >= _maxRuns) return false;
        _gathering.Begin();
        return _gathers = true;
    }

    private bool StopLookingLater()
    {
        _looksLater = false;
        _look.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        return true;
    }

    private void LookNow()
    {
        lock (_gate)
        {
            if (!_looksLater) return;
            _looksLater = false;
        }
        Schedule();
    }

    /// <summary>Answers those whose deadline has passed; the oldest are first.</summary>
    private void Expire()
    {
        lock (_gate)
        {
            while (_waiting.TryPeek(out var first))
            {
                var left = _settings.Deadline - _time.GetElapsedTime(first.Since);
                if (left > TimeSpan.Zero)
                {
                    _deadline.Change(left + TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
                    return;
                }
                Remove();
                first.TrySetException(new InferenceException(InferenceFailure.TooLate, $"the request waited for {_settings.Deadline.TotalSeconds:0.###} s, the model's deadline"));
            }
            _deadlineSet = false;
        }
    }

    private void Remove() => _waitingRows -= _waiting.Dequeue().Rows;

    private void SetIfDrained()
    {
        if (_stopped && _waiting.Count == 0 && _runs == 0 && !_gathers) _drained.TrySetResult();
    }
}
