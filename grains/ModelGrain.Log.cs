using Microsoft.Extensions.Logging;

namespace FleetMonitor.Grains;

public sealed partial class ModelGrain
{
    [LoggerMessage(1, LogLevel.Debug, "Model {Model} opened at epoch {Epoch}: {Records} log records replayed in {Milliseconds:0} ms")]
    private partial void LogOpened(string model, long epoch, long records, double milliseconds);

    [LoggerMessage(2, LogLevel.Warning, "Model {Model} was opened elsewhere; this activation goes")]
    private partial void LogFenced(string model);

    [LoggerMessage(3, LogLevel.Warning, "Model {Model}: no checkpoint, its log goes on: {Reason}")]
    private partial void LogCheckpointFailed(string model, string reason);

    [LoggerMessage(4, LogLevel.Error, "Model {Model}: no checkpoint, its log goes on")]
    private partial void LogCheckpointFault(string model, Exception fault);

    [LoggerMessage(6, LogLevel.Error, "Model {Model}: log entry {Sequence} cannot be applied; it is left out")]
    private partial void LogFault(string model, long sequence, Exception fault);
}
