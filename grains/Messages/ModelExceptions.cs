namespace FleetMonitor.Grains.Messages;

/// <summary>It cannot be done now (storage refuses, the model moves); nothing was kept. Retry.</summary>
[GenerateSerializer, Alias("fleetmonitor.unavailable")]
public sealed class ModelUnavailableException : Exception
{
    public ModelUnavailableException() { }
    public ModelUnavailableException(string message) : base(message) { }
    public ModelUnavailableException(string message, Exception inner) : base(message, inner) { }
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
