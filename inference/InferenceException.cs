namespace FleetMonitor.Inference;

/// <summary>Why there is no answer.</summary>
public enum InferenceFailure
{
    /// <summary>The request does not fit the model.</summary>
    Invalid = 1,

    /// <summary>There is no such model or version.</summary>
    NotFound = 2,

    /// <summary>The model is there and not ready.</summary>
    Unavailable = 3,

    /// <summary>The model's queue is full: soon it may go.</summary>
    Busy = 6,

    /// <summary>It waited longer than the model's deadline.</summary>
    TooLate = 4,

    /// <summary>The model failed on it.</summary>
    Failed = 5,
}

/// <summary>An inference, or a command to the repository, that was refused or failed; the message is for the client.</summary>
public sealed class InferenceException(InferenceFailure failure, string message, Exception? inner = null) : Exception(message, inner)
{
    public InferenceFailure Failure { get; } = failure;
}
