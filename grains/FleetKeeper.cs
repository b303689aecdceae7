using System.Threading.Channels;
using FleetMonitor.Grains.Placement;
using FleetMonitor.Grains.Series;
using FleetMonitor.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Core.Internal;

namespace FleetMonitor.Grains;

/// <summary>Keeps this silo's share of the fleet alive and here: after a start, after a silo joined or was lost, and after whatever else ended an activation, without waiting for traffic.</summary>
/// <remarks>
/// A round hands over what belongs elsewhere and touches what belongs here and is not. There is one at once when the active silos change, one within 5 s when a model was placed here that belongs elsewhere, and one every 30 s. What a round
/// could not do (a store is away, an old silo still leaves) is tried again after 1 s, then after twice as long each time.
/// </remarks>
public sealed partial class FleetKeeper(
    FleetStore store, ModelSeriesRegistry here, FleetMembers members, IGrainFactory grains, TimeProvider time, IHostApplicationLifetime lifetime, ILogger<FleetKeeper> logger) : BackgroundService
{
    private const int Concurrency = 32;
    private const int LooksPerRound = 6;
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Period = Look * LooksPerRound;
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1);

    private readonly Channel<bool> _due = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await lifetime.StartedAsync(stoppingToken);
            // One that fails ends the others and the host: without it models would stay away, and nobody would hear of it.
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
            Task[] loops = [DueWithTime(ended.Token), DueWithChange(ended.Token), Rounds(ended.Token)];
            var first = await Task.WhenAny(loops);
            await ended.CancelAsync();
            await Task.WhenAll(loops).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await first;
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host ends, or could not start, which it would otherwise report as a failure of this service.
        }
    }

    private async Task DueWithTime(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Look, time);
        for (var look = 1; await timer.WaitForNextTickAsync(stoppingToken); look++)
        {
            if (look % LooksPerRound == 0 || !here.Names.All(members.Own)) _due.Writer.TryWrite(true);
        }
    }

    private async Task DueWithChange(CancellationToken stoppingToken)
    {
        await foreach (var silos in members.ChangesAsync(stoppingToken))
        {
            LogMembers(silos.Length);
            _due.Writer.TryWrite(true);
        }
    }

    private async Task Rounds(CancellationToken stoppingToken)
    {
        await foreach (var _ in _due.Reader.ReadAllAsync(stoppingToken))
        {
            for (var retry = FirstRetry; !await Round(stoppingToken) && retry < Period; retry *= 2) await Task.Delay(retry, time, stoppingToken);
        }
    }

    /// <returns>Whether every model whose place is here is here.</returns>
    private async Task<bool> Round(CancellationToken stoppingToken)
    {
        if (!members.HasJoined) return false;
        var failed = 0;
        var options = new ParallelOptions { MaxDegreeOfParallelism = Concurrency, CancellationToken = stoppingToken };
        try
        {
            await Parallel.ForEachAsync(here.Names.Where(name => !members.Own(name)), options, async (name, _) => await Try(name, HandOver));
            await Parallel.ForEachAsync(store.RegisteredModelsAsync(stoppingToken), options, async (name, _) =>
            {
                if (members.Own(name) && !here.Contains(name)) await Try(name, model => model.Touch());
            });
        }
        catch (StoreException exception)
        {
            LogUnreadable(exception.Message);
            return false;
        }
        catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
        {
            LogUnfinished(exception);
            return false;
        }
        // What was handed over may still be here: it has calls to finish, or its new silo is not known to the placement yet.
        return failed == 0 && here.Names.All(members.Own);

        async Task Try(string name, Func<IModelGrain, Task> act)
        {
            try
            {
                await act(grains.GetGrain<IModelGrain>(name));
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                // One model that cannot be opened must not keep the others from being; it is tried again. An activation that takes too long is told of as cancelled.
                LogUntouched(name, exception);
                Interlocked.Increment(ref failed);
            }
        }
    }

    /// <summary>Moves an activation to where its placement puts it, once its calls are done; where that is here after all, nothing happens.</summary>
    private static Task HandOver(IModelGrain model) => model.Cast<IGrainManagementExtension>().MigrateOnIdle().AsTask();

    [LoggerMessage(1, LogLevel.Error, "Model {Model} cannot be brought back; it is tried again")]
    private partial void LogUntouched(string model, Exception exception);

    [LoggerMessage(2, LogLevel.Warning, "The fleet's list cannot be read: {Reason}")]
    private partial void LogUnreadable(string reason);

    [LoggerMessage(4, LogLevel.Error, "The silo's models were not gone through; it is tried again")]
    private partial void LogUnfinished(Exception exception);

    [LoggerMessage(3, LogLevel.Information, "Silos that are active: {Count}")]
    private partial void LogMembers(int count);
}
