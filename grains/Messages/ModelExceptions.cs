namespace FleetMonitor.Grains.Messages;

/// <summary>It cannot be done now (storage refuses, the model moves); nothing was kept. Retry.</summary>
[GenerateSerializer, Alias("fleetmonitor.unavailable")]
public sealed class ModelUnavailableException : Exception
{
    public ModelUnavailableException() { }
    public ModelUnavailableException(string message) : base(message) { }
    public ModelUnavailableException(string message, Exception inner) : base(message, inner) { }

    /// <summary>The bound that it is about; null when it is about none.</summary>
    [Id(0)]
    public string? Bound { get; init; }
}

/// <summary>A new model is beyond a bound of the fleet; nothing was kept. It may be tried again later.</summary>
[GenerateSerializer, Alias("fleetmonitor.bound")]
public sealed class ModelBoundException : Exception
{
    public ModelBoundException() { }
    public ModelBoundException(string message) : base(message) { }
    public ModelBoundException(string message, Exception inner) : base(message, inner) { }

    public ModelBoundException(string bound, string message) : base(message) => Bound = bound;

    /// <summary><c>models</c> or <c>new_models</c>.</summary>
    [Id(0)]
    public string Bound { get; private set; } = "";
}

/// <summary>Nobody registered a model of that name.</summary>
[GenerateSerializer, Alias("fleetmonitor.notfound")]
public sealed class ModelNotFoundException : Exception
{
    public ModelNotFoundException() { }
    public ModelNotFoundException(string message) : base(message) { }
    public ModelNotFoundException(string message, Exception inner) : base(message, inner) { }
}

/// <summary>The model was retired and takes no more traffic.</summary>
[GenerateSerializer, Alias("fleetmonitor.retired")]
public sealed class ModelRetiredException : Exception
{
    public ModelRetiredException() { }
    public ModelRetiredException(string message) : base(message) { }
    public ModelRetiredException(string message, Exception inner) : base(message, inner) { }
}

/// <summary>The command's body is not what its kind says.</summary>
[GenerateSerializer, Alias("fleetmonitor.badcommand")]
public sealed class ModelCommandException : Exception
{
    public ModelCommandException() { }
    public ModelCommandException(string message) : base(message) { }
    public ModelCommandException(string message, Exception inner) : base(message, inner) { }
}
