using FleetMonitor.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace FleetMonitor.Grains;

/// <summary>Keeps every registered model alive: after a start, and after whatever ended an activation, without waiting for traffic.</summary>
public sealed partial class FleetKeeper(FleetStore store, IGrainFactory grains, TimeProvider time, IHostApplicationLifetime lifetime, ILogger<FleetKeeper> logger) : BackgroundService
{
    private const int Concurrency = 32;
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await Started(stoppingToken);
            using var timer = new PeriodicTimer(Period, time);
            do await TouchAll(stoppingToken);
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host ends, or could not start, which it would otherwise report as a failure of this service.
        }
    }

    private async Task TouchAll(CancellationToken stoppingToken)
    {
        try
        {
            await Parallel.ForEachAsync(
                store.RegisteredModelsAsync(stoppingToken),
                new ParallelOptions { MaxDegreeOfParallelism = Concurrency, CancellationToken = stoppingToken },
                async (name, _) => await Touch(name));
        }
        catch (StoreException exception)
        {
            LogUnreadable(exception.Message);
        }
    }

    private async Task Touch(string name)
    {
        try
        {
            await grains.GetGrain<IModelGrain>(name).Touch();
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // One model that cannot be opened must not keep the others from being; it is tried again on the next round.
            LogUntouched(name, exception);
        }
    }

    private async Task Started(CancellationToken stoppingToken)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var onStarted = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(stoppingToken);
    }

    [LoggerMessage(1, LogLevel.Error, "Model {Model} cannot be brought back")]
    private partial void LogUntouched(string model, Exception exception);

    [LoggerMessage(2, LogLevel.Warning, "The fleet's list cannot be read: {Reason}")]
    private partial void LogUnreadable(string reason);
}
