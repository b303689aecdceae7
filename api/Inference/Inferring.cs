using System.Globalization;
using System.Security.Cryptography;
using FleetMonitor.Api.Inference.Monitoring;
using FleetMonitor.Core;
using FleetMonitor.Inference;
using FleetMonitor.Inference.Batching;
using FleetMonitor.Inference.Repository;
using FleetMonitor.Inference.Tensors;

namespace FleetMonitor.Api.Inference;

/// <summary>Has a model answer, the same for HTTP and gRPC, and hands what came of it to the model's monitor.</summary>
internal sealed class Inferring(ModelRepository repository, InferenceMonitor monitor, TimeProvider time)
{
    private readonly string _process = RandomNumberGenerator.GetHexString(16, lowercase: true);
    private long _made;

    /// <exception cref="InferenceException">There is no such model, the inputs do not fit, nobody has time for them, or the model failed.</exception>
    public async Task<Inference> RunAsync(string model, string? version, string? id, IReadOnlyList<Tensor> inputs, CancellationToken abandoned)
    {
        var started = UnixTime.From(time.GetUtcNow());
        var since = time.GetTimestamp();
        id = string.IsNullOrEmpty(id) ? NextId() : id;
        var served = repository.Get(model, version);
        InferenceAnswer answer;
        try
        {
            answer = await served.InferAsync(inputs, abandoned);
        }
        catch (InferenceException gone) when (gone.Failure == InferenceFailure.Unavailable && repository.Get(model, version) is var newer && newer != served)
        {
            // Replaced between the look-up and the queue.
            answer = await newer.InferAsync(inputs, abandoned);
            served = newer;
        }
        catch (InferenceException failure) when (failure.Failure is InferenceFailure.Failed or InferenceFailure.TooLate)
        {
            monitor.RecordFailure(served, id, started, time.GetElapsedTime(since));
            throw;
        }
        return new Inference(served, id, inputs, answer.Outputs, started, time.GetElapsedTime(since));
    }

    /// <summary>Once the answer is on its way.</summary>
    public void Monitor(Inference inference) => monitor.Record(inference);

    /// <summary>Tells apart processes by chance, and what one of them made by counting.</summary>
    private string NextId() => string.Create(CultureInfo.InvariantCulture, $"{_process}-{Interlocked.Increment(ref _made)}");
}
