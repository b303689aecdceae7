namespace FleetMonitor.Api.Hosting;

/// <summary>The process cannot start as it is configured; the message is for the operator.</summary>
public sealed class StartException(string message) : Exception(message);
