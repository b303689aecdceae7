namespace FleetMonitor.Core.Specs;

/// <summary>How payloads of an inference logger are read as predictions of the model. What is left open is told by usual names and by shape.</summary>
public sealed record PayloadSpec
{
    /// <summary>
    /// Names of the input's columns in their order: those of a row (V1), or of the tensors one after the other (V2). An empty name leaves its column out.
    /// Null: as the payload names them, otherwise
    /// <c>feature_0</c>, <c>feature_1</c> and so on. At most 1,000.
    /// </summary>
    public IReadOnlyList<string>? Features { get; init; }

    /// <summary>The output that is the prediction; null: found by its name, otherwise the likeliest class.</summary>
    public string? Label { get; init; }

    /// <summary>The output that has the probabilities, or the positive class's alone; null: found by its name or by adding up to one.</summary>
    public string? Probability { get; init; }

    /// <summary>The classes in the order in which the probabilities come; null: 0, 1 and so on.</summary>
    public IReadOnlyList<string>? Classes { get; init; }
}
