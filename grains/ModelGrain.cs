using FleetMonitor.Core;
using FleetMonitor.Core.Batches;
using FleetMonitor.Core.Codec;
using FleetMonitor.Core.Ingest;
using FleetMonitor.Core.Monitoring;
using FleetMonitor.Core.Scores;
using FleetMonitor.Core.Specs;
using FleetMonitor.Grains.Evidence;
using FleetMonitor.Grains.Messages;
using FleetMonitor.Grains.Placement;
using FleetMonitor.Grains.Series;
using FleetMonitor.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;
using Orleans.Placement;

namespace FleetMonitor.Grains;

/// <summary>The one place in the cluster where a model's <see cref="ModelMonitor"/> lives: receive, log, apply, answer.</summary>
/// <remarks>
/// Reentrant, so that appends of one model are pipelined: the log gives them an order when they are handed over, and they are applied in it once they are durable. Whatever a failed append
/// carried was never applied, so a retry is counted. State is a checkpoint and the log behind it; an activation fenced by a newer one goes.
/// </remarks>
[Reentrant]
[KeepAlive]
[RendezvousPlacement]
// Where a model lives is its placement's to say, not a rebalancer's. Orleans would also look for a new home when a silo ends while a tick is queued, and log an error where there is none.
[Immovable]
public sealed partial class ModelGrain(FleetStore store, ModelSeriesRegistry registry, EvidenceBoard board, TimeProvider time, IOptions<ModelGrainOptions> options, ILogger<ModelGrain> logger) : Grain, IModelGrain
{
    private readonly Dictionary<(string Producer, ulong Sequence), Task> _inFlight = [];
    private readonly Queue<PendingInput> _pending = [];
    private ModelMonitor? _monitor;
    private ModelLease? _lease;
    private Task? _opening, _admission;
    private Task _checkpoint = Task.CompletedTask;
    private long _applied;
    private long _checkpointed;
    private long _logBytes;
    private long _checkpointBytes;
    private long? _oldestLogged;
    private long? _checkpointFailed;

    private string Name => this.GetPrimaryKeyString();

    private long Now => UnixTime.From(time.GetUtcNow());

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        if (await store.ModelExistsAsync(Name, cancellationToken)) await Opened(cancellationToken);
        // Ticks of many models are spread over the period.
        var spread = options.Value.Tick * ((uint)Name.GetHashCode(StringComparison.Ordinal) / (double)uint.MaxValue);
        this.RegisterGrainTimer(Tick, new GrainTimerCreationOptions(spread, options.Value.Tick) { Interleave = true });
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        // The series end at once: wherever the model goes, it exports them anew.
        if (_lease is { } lease) Withdraw(lease);
        await _checkpoint;
        // A short log is read back faster than a checkpoint is written; a longer one too, where many models leave at a time and would wait for each other's.
        if (_monitor is null || _logBytes < options.Value.MinCheckpointBytes / 4) return;
        var departures = ServiceProvider.GetRequiredService<Departures>();
        if (!departures.TryBegin()) return;
        try
        {
            await SaveCheckpoint();
        }
        finally
        {
            departures.End();
        }
    }

    public async Task<ApplyResult> Apply(ModelCommand command)
    {
        Validate(command);
        if (_opening is null) await Admitted(command.Kind is LogEntryKind.Predictions or LogEntryKind.Labels);
        var (monitor, lease) = await Opened();
        if (monitor.Retired && command.Kind is LogEntryKind.Predictions or LogEntryKind.Labels) throw new ModelRetiredException($"Model '{Name}' is retired.");
        if (command.Producer is { } producer)
        {
            // The same batch twice at a time: the second waits for what becomes of the first.
            while (_inFlight.TryGetValue((producer, command.Sequence), out var first)) await first.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }

        if (command.Kind == LogEntryKind.Rebaseline && RebaselineOrder.Decode(command.Body.Span) is { Window: > 0 } order && monitor.WindowObstacle(TimeSpan.FromMicroseconds(order.Window), Now) is { } obstacle)
        {
            throw new ModelCommandException($"window: {obstacle}");
        }

        if (command.Kind == LogEntryKind.Spec && monitor.Mistakes(command.Body.Span) is { Count: > 0 } mistakes) throw new ModelCommandException(string.Join("; ", mistakes));

        var entry = new LogEntry(command.Kind, Now, command.Producer, command.Sequence, command.Body);
        return (command.Producer is null ? SequenceStatus.New : monitor.Status(command.Producer, command.Sequence)) switch
        {
            SequenceStatus.Applied => monitor.Apply(entry),
            SequenceStatus.TooOld => throw new ModelCommandException($"Sequence {command.Sequence} is 64 or more behind its producer's newest: whether it was applied is no longer known."),
            _ => await AppendOrRetire(monitor, lease, entry, command.By),
        };
    }

    private async Task<ApplyResult> AppendOrRetire(ModelMonitor monitor, ModelLease lease, LogEntry entry, string? by)
    {
        var result = await Append(monitor, lease, entry, by);
        // Nobody opens a retired model again to let go of its rows when their time has come.
        if (entry.Kind == LogEntryKind.Retire) await Forget();
        return result;
    }

    public Task Touch()
    {
        LeaveUnlessRegistered();
        return Task.CompletedTask;
    }

    public async Task<ModelDescription> Describe() => (await Registered()).Describe(Now);

    public async Task<ModelScores> Score(TimeSpan? window)
    {
        var monitor = await Registered();
        var now = Now;
        var fleet = board.Judge(Name, monitor.Evidence());
        IReadOnlyList<TimeSpan> windows = window is { } one ? [one] : monitor.Spec.Windows;
        return new ModelScores(Name, monitor.Version, monitor.Spec.Task, [.. windows.Select(w => monitor.Score(w, now))], monitor.Changes) { Evidence = fleet.Evidence, Groups = fleet.Groups };
    }

    public async Task<FeatureDetail?> Feature(string name, TimeSpan? window)
    {
        var monitor = await Registered();
        return monitor.Feature(name, window ?? monitor.Spec.HeadlineWindow, Now);
    }

    public async Task<SegmentScores> Segments(TimeSpan? window)
    {
        var monitor = await Registered();
        return monitor.Segments(window ?? monitor.Spec.HeadlineWindow, Now);
    }

    public async Task<ModelHistory> History(TimeSpan step, int steps)
    {
        var monitor = await Registered();
        var now = Now;
        return new ModelHistory(Name, monitor.Version, step, monitor.History(step, steps, now));
    }

    public async Task<VersionScores> Versions(TimeSpan? window)
    {
        var monitor = await Registered();
        return monitor.Versions(window ?? monitor.Spec.HeadlineWindow, Now);
    }

    public Task Delete() => Delete(null);

    public async Task Delete(string? by)
    {
        await Registered();
        var lease = _lease!;
        try
        {
            await _checkpoint;
            await store.DeleteModelAsync(lease);
        }
        catch (Exception exception) when (Refusal(exception) is { } refusal)
        {
            throw refusal;
        }
        LogDeleted(Name, by ?? Anonymous);
        (_monitor, _lease, _shown, _opening, _admission) = (null, null, null, null, null);
        Withdraw(lease);
        DeactivateOnIdle();
    }

    private void Validate(ModelCommand command)
    {
        try
        {
            switch (command.Kind)
            {
                case LogEntryKind.Predictions or LogEntryKind.Reference:
                    PredictionBatch.Decode(command.Body);
                    break;
                case LogEntryKind.Labels:
                    LabelBatch.Decode(command.Body);
                    break;
                case LogEntryKind.Spec when SpecJson.Parse(command.Body.Span) is { Errors: { Count: > 0 } errors }:
                    throw new ModelCommandException(string.Join("; ", errors));
                case LogEntryKind.Maintenance:
                    MaintenanceOrder.Decode(command.Body.Span);
                    break;
                case LogEntryKind.Rebaseline:
                    RebaselineOrder.Decode(command.Body.Span);
                    break;
                default:
                    break;
            }
        }
        catch (Exception exception) when (exception is CodecException or ModelCommandException)
        {
            LeaveUnlessRegistered();
            throw exception as ModelCommandException ?? new ModelCommandException(exception.Message);
        }
    }

    private async Task<ApplyResult> Append(ModelMonitor monitor, ModelLease lease, LogEntry entry, string? by)
    {
        var bytes = entry.Encode();
        // What the fleet's register says of it goes with it: a silo that is lost before the row in the list is written must not leave the two at odds.
        bool? retired = entry.Kind switch { LogEntryKind.Retire => true, LogEntryKind.Spec => false, _ => null };
        var input = new PendingInput(entry, bytes.Length, by, store.AppendAsync(lease, bytes, retired).AsTask());
        _pending.Enqueue(input);
        if (input.Key is { } key) _inFlight.Add(key, input.Applied.Task);
        await ((Task)input.Append).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        ApplyAppended(monitor);
        return await input.Applied.Task;
    }

    /// <summary>Applies what the log has taken, in the log's order, whichever append's continuation runs first.</summary>
    private void ApplyAppended(ModelMonitor monitor)
    {
        while (_pending.TryPeek(out var input) && input.Append.IsCompleted)
        {
            _pending.Dequeue();
            if (input.Key is { } key) _inFlight.Remove(key);
            if (input.Append.IsCompletedSuccessfully) Apply(monitor, input);
            else input.Applied.SetException(Refusal(input.Append.Exception!.InnerException!) ?? input.Append.Exception.InnerException!);
        }
    }

    private void Apply(ModelMonitor monitor, PendingInput input)
    {
        var sequence = input.Append.Result;
        if (sequence != _applied + 1)
        {
            // Cannot be, by the store's contract; what is on disk is right, so start again from it.
            DeactivateOnIdle();
            input.Applied.SetException(new InvalidOperationException($"Model '{Name}': sequence {sequence} came after {_applied}."));
            return;
        }
        ApplyResult result;
        try
        {
            result = monitor.Apply(input.Entry);
        }
        catch (Exception fault)
        {
            // A fault of ours: the state may be half changed, what is on disk is whole. Start again from it.
            LogFault(Name, sequence, fault);
            DeactivateOnIdle();
            input.Applied.SetException(fault);
            return;
        }
        _applied = sequence;
        _oldestLogged ??= input.Entry.Arrival;
        _logBytes += input.Bytes;
        Audit(input, result, sequence);
        if (_checkpoint.IsCompleted && _logBytes >= Math.Max(options.Value.MinCheckpointBytes, _checkpointBytes)) _checkpoint = SaveCheckpoint();
        input.Applied.SetResult(result);
    }

    private async Task<ModelMonitor> Registered()
    {
        LeaveUnlessRegistered();
        return _monitor ?? (_opening is null ? throw new ModelNotFoundException($"There is no model '{Name}'.") : (await Opened()).Monitor);
    }

    /// <summary>A name that is new is counted once, however many batches of it come at a time.</summary>
    private async Task Admitted(bool byTraffic)
    {
        var admission = _admission ??= ServiceProvider.GetRequiredService<RegistrationGate>().Admit(byTraffic);
        try
        {
            await admission;
        }
        catch (Exception exception)
        {
            if (_admission == admission) _admission = null;
            LeaveUnlessRegistered();
            throw Refusal(exception) ?? exception;
        }
    }

    /// <summary>A name that was only asked about must not live on: models are kept alive, and anybody can ask.</summary>
    private void LeaveUnlessRegistered()
    {
        if (_opening is null) DeactivateOnIdle();
    }

    private async Task<(ModelMonitor Monitor, ModelLease Lease)> Opened(CancellationToken cancellationToken = default)
    {
        if (_monitor is null)
        {
            var opening = _opening ??= Open(cancellationToken);
            try
            {
                await opening;
            }
            catch (Exception exception) when (Refusal(exception) is { } refusal)
            {
                if (_opening == opening) _opening = null;
                LeaveUnlessRegistered();
                throw refusal;
            }
        }
        return (_monitor!, _lease!);
    }

    /// <summary>Checkpoint, then the log behind it.</summary>
    /// <param name="cancellationToken">The activation's: one that took too long must not show a model that it will never be asked for.</param>
    private async Task Open(CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var lease = await store.OpenModelAsync(Name, time.GetUtcNow(), cancellationToken);
        var monitor = lease.Checkpoint is { } checkpoint ? ModelMonitor.Load(checkpoint.Span) : new ModelMonitor(Name);
        _applied = _checkpointed = lease.CheckpointSequence;
        _checkpointBytes = lease.Checkpoint?.Length ?? 0;
        await foreach (var record in store.ReadLogAsync(lease, lease.CheckpointSequence, cancellationToken))
        {
            var arrival = Replay(monitor, record);
            _oldestLogged ??= arrival ?? Now;
            _applied = record.Sequence;
            _logBytes += record.Body.Length;
        }
        cancellationToken.ThrowIfCancellationRequested();
        (_monitor, _lease, _shown) = (monitor, lease.WithoutCheckpoint(), null);
        LogOpened(Name, lease.Epoch, _applied - _checkpointed, time.GetElapsedTime(started).TotalMilliseconds);
        Publish();
    }

    /// <returns>When it had arrived; null of an entry that cannot be applied.</returns>
    private long? Replay(ModelMonitor monitor, LogRecord record)
    {
        try
        {
            var entry = LogEntry.Decode(record.Body);
            monitor.Apply(entry);
            return entry.Arrival;
        }
        catch (Exception fault)
        {
            // One entry that cannot be applied must not take the model's other data with it.
            LogFault(Name, record.Sequence, fault);
            return null;
        }
    }

    private async Task SaveCheckpoint()
    {
        var (sequence, oldest) = (_applied, _oldestLogged);
        (_logBytes, _oldestLogged) = (0, null);
        try
        {
            var state = _monitor!.Save();
            await store.SaveCheckpointAsync(_lease!, sequence, state);
            (_checkpointed, _checkpointBytes) = (sequence, state.Length);
        }
        catch (FencedException)
        {
            LeaveToNewer();
        }
        catch (Exception exception)
        {
            // The log since the last checkpoint still stands; the next one is tried after as much log again, or soon where rows have been kept as long as they may.
            if (exception is StoreException) LogCheckpointFailed(Name, exception.Message);
            else LogCheckpointFault(Name, exception);
            _oldestLogged = oldest ?? _oldestLogged;
            _checkpointFailed = time.GetTimestamp();
        }
    }

    /// <summary>Takes the model from what this silo shows and reports.</summary>
    private void Withdraw(ModelLease lease)
    {
        registry.Remove(Name, lease.Epoch);
        board.Remove(Name);
    }

    /// <summary>A newer activation has the model.</summary>
    private void LeaveToNewer()
    {
        LogFenced(Name);
        DeactivateOnIdle();
    }

    /// <summary>What the caller is told when the store refuses; null for what is no refusal but a fault.</summary>
    private ModelUnavailableException? Refusal(Exception exception)
    {
        switch (exception)
        {
            case FencedException:
                LeaveToNewer();
                return new ModelUnavailableException($"Model '{Name}' has moved; try again.");
            case StoreBusyException:
                return new ModelUnavailableException(exception.Message) { Bound = "log_queue_bytes" };
            case StoreException:
                return new ModelUnavailableException(exception.Message);
            default:
                return null;
        }
    }

    /// <summary>An input on its way through the log.</summary>
    private sealed record PendingInput(LogEntry Entry, int Bytes, string? By, Task<long> Append)
    {
        public TaskCompletionSource<ApplyResult> Applied { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public (string, ulong)? Key => Entry.Producer is { } producer ? (producer, Entry.Sequence) : null;
    }
}
