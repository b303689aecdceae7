namespace FleetMonitor.Api.Inference.Monitoring;

/// <summary>Why inferences were not monitored: values of the label <c>reason</c>.</summary>
internal static class UnmonitoredReason
{
    /// <summary>The memory for those that wait is full.</summary>
    public const string Full = "full";

    /// <summary>No output of the model is a prediction that could be told.</summary>
    public const string NoPrediction = "no_prediction";

    /// <summary>The monitor could not be reached for longer than its patience.</summary>
    public const string Unreachable = "unreachable";

    /// <summary>The monitor refused them: it is retired, or they do not fit its spec.</summary>
    public const string Refused = "refused";
}
