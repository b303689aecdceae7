using FleetMonitor.Inference.Batching;
using FleetMonitor.Inference.Models;
using FleetMonitor.Inference.Sessions;
using FleetMonitor.Inference.Tensors;

namespace FleetMonitor.Inference;

/// <summary>One version of a model that answers. Thread-safe.</summary>
public sealed class ServedModel : IAsyncDisposable
{
    private readonly OnnxSession _session;
    private readonly ModelQueue _queue;
    private readonly InferenceMetrics _metrics;
    private readonly TimeProvider _time;

    private ServedModel(
        string name, long version, OnnxSession session, ModelSettings settings, OutputRoles roles, bool answersByRow, RowLayout? layout, string? note, InferenceMetrics metrics, TimeProvider time)
    {
        Name = name;
        Version = version.ToString(System.Globalization.CultureInfo.InvariantCulture);
        Settings = settings;
        Roles = roles;
        Note = note;
        FeatureNames = Models.FeatureNames.Of(session.Inputs, settings, answersByRow);
        Outputs = [.. session.Outputs.Select(o => o.Tensor)];
        AnswersByRow = answersByRow;
        Merges = answersByRow && layout is { MaxRows: > 1 } && settings.Batching.Enabled != false;
        _session = session;
        _metrics = metrics;
        _time = time;
        var runs = settings.Instances ?? Math.Max(1, Environment.ProcessorCount / session.Threads);
        _queue = new ModelQueue(new BatchRunner(session, layout, name, metrics, time), settings, runs, Merges ? layout!.MaxRows : 1, time);
    }

    public string Name { get; }

    public string Version { get; }

    public ModelSettings Settings { get; }

    public OutputRoles Roles { get; }

    public IReadOnlyList<TensorInfo> Inputs => _session.Inputs;

    public IReadOnlyList<TensorInfo> Outputs { get; }

    /// <summary>By input the names of a row's elements; null of one whose rows have no fixed length, or more elements than a monitor takes.</summary>
    public IReadOnlyList<IReadOnlyList<string>?> FeatureNames { get; }

    /// <summary>Whether it has been told to take no more requests.</summary>
    public bool IsStopped { get; private set; }

    /// <summary>Whether the first dimension of inputs and outputs is a batch's, row by row.</summary>
    public bool AnswersByRow { get; }

    /// <summary>Whether requests are merged into runs.</summary>
    public bool Merges { get; }

    /// <summary>Why requests are not merged although the shapes would allow it; null otherwise.</summary>
    public string? Note { get; }

    /// <summary>Loads a version and warms it up: it is ready when this returns.</summary>
    /// <exception cref="InferenceException">It cannot be served; the message says why.</exception>
    public static ServedModel Load(string name, long version, string file, ModelSettings settings, InferenceMetrics metrics, TimeProvider time)
    {
        var session = OnnxSession.Load(file, settings.Threads, Environment.ProcessorCount);
        try
        {
            var hasBatch = BatchProbe.HasBatch(session, out var note);
            var sample = WarmUp(session, settings.WarmUp);
            var roles = OutputRoles.Of(session, OnnxFile.Read(file), settings, sample);
            foreach (var tensor in sample) tensor.Dispose();
            var layout = RowLayout.Of(session.Inputs, session.Outputs, hasBatch, settings.Batching.MaxRows);
            if (layout is not null && settings.WarmUp > 0) WarmUp(session, layout);
            return new ServedModel(name, version, session, settings, roles, hasBatch, layout, note, metrics, time);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>Answers a request.</summary>
    /// <param name="inputs">In any order; the caller's, who leaves them alone until this is done.</param>
    /// <exception cref="InferenceException">They do not fit, nobody has time for them, or the model failed.</exception>
    /// <exception cref="OperationCanceledException">Nobody waits for the answer any more.</exception>
    public async Task<InferenceAnswer> InferAsync(IReadOnlyList<Tensor> inputs, CancellationToken abandoned = default)
    {
        var since = _time.GetTimestamp();
        var outcome = "failed";
        try
        {
            var ordered = Order(inputs);
            var answer = await _queue.Enqueue(new PendingInference(ordered, AnswersByRow ? (int)ordered[0].Shape[0] : 1, since, abandoned)).ConfigureAwait(false);
            outcome = "ok";
            return answer;
        }
        catch (InferenceException exception)
        {
            outcome = exception.Failure switch
            {
                InferenceFailure.Invalid => "invalid",
                InferenceFailure.Unavailable or InferenceFailure.Busy => "refused",
                InferenceFailure.TooLate => "late",
                _ => "failed",
            };
            throw;
        }
        catch (OperationCanceledException)
        {
            outcome = "abandoned";
            throw;
        }
        finally
        {
            _metrics.Answered(Name, outcome, _time.GetElapsedTime(since));
        }
    }

    /// <summary>Takes no more requests, answers those it has, and lets go of the model.</summary>
    public ValueTask DisposeAsync()
    {
        IsStopped = true;
        return _queue.DisposeAsync();
    }

    /// <summary>The inputs in the model's order, each of which fits.</summary>
    private IReadOnlyList<Tensor> Order(IReadOnlyList<Tensor> inputs)
    {
        if (inputs.Count != Inputs.Count || !IsInOrder(inputs)) inputs = Sort(inputs);
        for (var i = 0; i < Inputs.Count; i++)
        {
            if (Inputs[i].Refuse(inputs[i].Type, inputs[i].Shape) is { } reason) throw Invalid(reason);
            if (AnswersByRow && inputs[i].Shape[0] != inputs[0].Shape[0]) throw Invalid($"input \"{inputs[i].Name}\" has {inputs[i].Shape[0]} rows, input \"{inputs[0].Name}\" {inputs[0].Shape[0]}");
        }
        return inputs;
    }

    private bool IsInOrder(IReadOnlyList<Tensor> inputs)
    {
        for (var i = 0; i < inputs.Count; i++)
        {
            if (inputs[i].Name != Inputs[i].Name) return false;
        }
        return true;
    }

    private Tensor[] Sort(IReadOnlyList<Tensor> inputs)
    {
        var sorted = new Tensor[Inputs.Count];
        foreach (var tensor in inputs)
        {
            var index = 0;
            while (index < sorted.Length && Inputs[index].Name != tensor.Name) index++;
            if (index == sorted.Length) throw Invalid($"there is no input \"{tensor.Name}\"; there are {Names()}");
            if (sorted[index] is not null) throw Invalid($"input \"{tensor.Name}\" is given twice");
            sorted[index] = tensor;
        }
        var missing = Array.FindIndex(sorted, tensor => tensor is null);
        return missing < 0 ? sorted : throw Invalid($"input \"{Inputs[missing].Name}\" is missing; the model takes {Names()}");
    }

    private string Names() => string.Join(", ", Inputs.Select(i => i.Name));

    private static InferenceException Invalid(string message) => new(InferenceFailure.Invalid, message);

    /// <summary>Runs with made-up inputs, and returns the last answer; nothing where the model refuses them, which says nothing about it.</summary>
    private static Tensor[] WarmUp(OnnxSession session, int runs)
    {
        var inputs = BatchProbe.Inputs(session, 0);
        Tensor[] sample = [];
        try
        {
            for (var run = 0; run < Math.Max(1, runs); run++)
            {
                foreach (var tensor in sample) tensor.Dispose();
                sample = session.Run(inputs);
            }
            return sample;
        }
        catch (InferenceException)
        {
            return [];
        }
        finally
        {
            foreach (var tensor in inputs) tensor.Dispose();
        }
    }

    /// <summary>The same in a slot's memory, once with as many rows as it has room for.</summary>
    private static void WarmUp(OnnxSession session, RowLayout layout)
    {
        using var slot = new BoundSlot(session, layout);
        var inputs = BatchProbe.Inputs(session, new byte[layout.MaxRows]);
        try
        {
            slot.Fill(inputs, 0, layout.MaxRows);
            slot.Run(layout.MaxRows);
        }
        catch (InferenceException)
        {
            // As above.
        }
        finally
        {
            foreach (var tensor in inputs) tensor.Dispose();
        }
    }
}
