using FleetMonitor.Core.Ingest;
using FleetMonitor.Grains;
using FleetMonitor.Grains.Messages;

namespace FleetMonitor.Api.Ingest;

/// <summary>The calls of this process to the models of one silo, several to a message.</summary>
/// <remarks>
/// A call that finds fewer than <see cref="MaxMessages"/> under way goes at once; others wait for one of these to return and then go together. So a quiet gateway adds no delay, and a busy one
/// sends messages as large as the traffic makes them: their number follows the round trips, not the models. Thread-safe.
/// </remarks>
internal sealed class SiloLane(ISiloGrain silo)
{
    private const int MaxMessages = 4;
    private const int MaxCalls = 512;
    private const int MaxMessageBytes = 4 << 20;

    /// <summary>What may wait, in bytes. Beyond it clients are told to come back later, rather than memory being filled.</summary>
    private const long MaxWaitingBytes = 64L << 20;

    private readonly Lock _gate = new();
    private readonly Queue<Waiting> _waiting = [];
    private long _waitingBytes;
    private int _messages;

    /// <exception cref="ModelUnavailableException">Too much waits for this silo already.</exception>
    public Task<ApplyResult> Apply(ModelCall call)
    {
        var waiting = new Waiting(call);
        lock (_gate)
        {
            if (_waitingBytes + waiting.Bytes > MaxWaitingBytes && _waiting.Count > 0)
            {
                throw new ModelUnavailableException($"{_waitingBytes} bytes wait for the silo of model '{call.Model}'; try again.");
            }
            _waiting.Enqueue(waiting);
            _waitingBytes += waiting.Bytes;
            if (_messages == MaxMessages) return waiting.Result.Task;
            _messages++;
        }
        _ = SendAll();
        return waiting.Result.Task;
    }

    /// <summary>Sends until nothing waits. It does not throw: each call is told its own outcome.</summary>
    private async Task SendAll()
    {
        while (Take() is { } message)
        {
            try
            {
                var outcomes = await silo.Apply([.. message.Select(waiting => waiting.Call)]);
                for (var i = 0; i < outcomes.Length; i++) message[i].Settle(outcomes[i]);
            }
            catch (Exception failure)
            {
                foreach (var waiting in message) waiting.Settle(new ModelOutcome(null, failure));
            }
        }
    }

    /// <summary>The next message's calls; null, and one sender less, when nothing waits.</summary>
    private List<Waiting>? Take()
    {
        lock (_gate)
        {
            if (_waiting.Count == 0)
            {
                _messages--;
                return null;
            }
            var (message, bytes) = (new List<Waiting>(), 0);
            while (message.Count < MaxCalls && _waiting.TryPeek(out var next) && (message.Count == 0 || bytes + next.Bytes <= MaxMessageBytes))
            {
                message.Add(_waiting.Dequeue());
                bytes += next.Bytes;
            }
            _waitingBytes -= bytes;
            return message;
        }
    }

    private sealed class Waiting(ModelCall call)
    {
        public ModelCall Call { get; } = call;

        public int Bytes { get; } = call.Command.Body.Length;

        public TaskCompletionSource<ApplyResult> Result { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Settle(ModelOutcome outcome)
        {
            if (outcome.Result is { } result) Result.SetResult(result);
            else Result.SetException(outcome.Failure ?? new ModelUnavailableException($"Model '{Call.Model}' gave no answer."));
        }
    }
}
