namespace FleetMonitor.Client;

/// <summary>One prediction that a model made. Everything but <see cref="Prediction"/> may be missing.</summary>
public sealed record PredictionEvent
{
    /// <summary>By which its label finds it, and a repetition is recognised. Unique for the model, 1 to 256 bytes of UTF-8.</summary>
    public string? Id { get; init; }

    /// <summary>When it was made; null: when it arrives. At most five minutes in the future.</summary>
    public DateTimeOffset? Time { get; init; }

    /// <summary>The model's version that made it.</summary>
    public string? Version { get; init; }

    /// <summary>The model's inputs by name. A feature that is null or left out counts as missing.</summary>
    public IReadOnlyDictionary<string, FeatureValue>? Features { get; init; }

    /// <summary>The predicted class, or a regression's value.</summary>
    public required FeatureValue Prediction { get; init; }

    /// <summary>A binary model's score of the positive class, 0 to 1. One that is not finite counts as missing.</summary>
    public double? Score { get; init; }

    /// <summary>Probability per class, 0 to 1. One that is not finite counts as missing.</summary>
    public IReadOnlyDictionary<string, double>? Probabilities { get; init; }

    public TimeSpan? Latency { get; init; }

    /// <summary>The inference failed.</summary>
    public bool Error { get; init; }

    /// <summary>By which the model may be sliced; at most 16.</summary>
    public IReadOnlyDictionary<string, string>? Tags { get; init; }

    /// <summary>The true class or value. Only references carry it; for predictions it is sent later, as a <see cref="LabelEvent"/>.</summary>
    public FeatureValue Label { get; init; }
}

/// <summary>The truth about an earlier prediction.</summary>
/// <param name="Id">The prediction's id.</param>
/// <param name="Label">The true class or value.</param>
/// <param name="Time">When it became known; null: when it arrives.</param>
public sealed record LabelEvent(string Id, FeatureValue Label, DateTimeOffset? Time = null);
