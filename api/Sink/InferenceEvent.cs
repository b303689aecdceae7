using FleetMonitor.Api.Requests;

namespace FleetMonitor.Api.Sink;

/// <summary>What an event of an inference logger is.</summary>
internal enum InferencePart
{
    Request,
    Response,

    /// <summary>What turned out to be true.</summary>
    Feedback,
}

/// <summary>Of which model and of which inference an event is, and which part of it.</summary>
/// <param name="Tags">Namespace, endpoint and component, as far as the event has them.</param>
internal sealed record InferenceEvent(InferencePart Part, string Model, string Inference, IReadOnlyList<(string Name, string Value)> Tags)
{
    /// <summary>Leaves room for a row's number behind it.</summary>
    private const int MaxId = 240;

    private static readonly int MaxTag = Core.Formats.DecodeLimits.Default.MaxText;

    /// <summary>What it takes in memory at about.</summary>
    public long Bytes { get; } = 100 + (2L * (Model.Length + Inference.Length)) + Tags.Sum(tag => 40 + (2L * tag.Value.Length));

    private const string Predictor = "predictor";

    /// <summary>The part that a type names; null for events that are none of ours.</summary>
    /// <remarks>
    /// KServe's are <c>org.kubeflow.serving.inference.*</c>, Seldon's <c>io.seldon.serving.inference.*</c> and <c>io.seldon.serving.feedback</c>.
    /// </remarks>
    public static InferencePart? PartOf(string type)
    {
        if (!type.StartsWith("org.kubeflow.serving.", StringComparison.Ordinal) && !type.StartsWith("io.seldon.serving.", StringComparison.Ordinal))
        {
            return null;
        }
        return type.EndsWith(".inference.request", StringComparison.Ordinal) ? InferencePart.Request
            : type.EndsWith(".inference.response", StringComparison.Ordinal) ? InferencePart.Response
            : type.EndsWith(".feedback", StringComparison.Ordinal) ? InferencePart.Feedback
            : null;
    }

    /// <summary>Null where the event is of no model: an explainer's answers are no predictions.</summary>
    /// <exception cref="Core.Formats.DocumentException">It names no model, or none that can be one.</exception>
    public static InferenceEvent? Of(CloudEvent received, InferencePart part, bool namespaceInName)
    {
        var component = received.Extension("component");
        if (component == "explainer") return null;
        var service = received.Extension("inferenceservicename");
        // Seldon logs each node of a graph; its model is the node. KServe's transformer answers beside its predictor, to other inputs.
        var name = received.Extension("modelid") is { Length: > 0 } node ? node : service;
        if (name.Length == 0) throw new Core.Formats.DocumentException("inferenceservicename: expected the model's name, got nothing");
        if (component.Length > 0 && component != Predictor) name = $"{name}-{component}";
        var space = received.Extension("namespace");
        if (namespaceInName && space.Length > 0) name = $"{space}.{name}";
        if (!ModelName.IsValid(name))
        {
            throw new Core.Formats.DocumentException(
                "inferenceservicename: expected a name of 1 to 128 letters, digits, '.', '_' or '-' that starts with a letter or a digit");
        }

        // Seldon numbers its events; what joins them is the request's id.
        var inference = received.Extension("requestid") is { Length: > 0 } request ? request : received.Id;
        if (System.Text.Encoding.UTF8.GetByteCount(inference) > MaxId) throw new Core.Formats.DocumentException($"id: expected at most {MaxId} bytes");
        List<(string, string)> tags = [];
        foreach (var tag in (ReadOnlySpan<string>)["namespace", "endpoint", "component"])
        {
            if (received.Extension(tag) is not { Length: > 0 } value) continue;
            if (System.Text.Encoding.UTF8.GetByteCount(value) > MaxTag) throw new Core.Formats.DocumentException($"{tag}: expected at most {MaxTag} bytes");
            tags.Add((tag, value));
        }
        return new InferenceEvent(part, name, inference, tags);
    }
}
