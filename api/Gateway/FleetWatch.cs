using FleetMonitor.Grains;
using Microsoft.Extensions.Hosting;

namespace FleetMonitor.Api.Gateway;

/// <summary>Asks the fleet every second who is there and whether a batch can be kept, so that probes and ingest are answered from what is known.</summary>
internal sealed class FleetWatch(IGrainFactory grains, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private volatile string? _obstacle = "no silo has answered yet";
    private volatile SiloAddress[] _silos = [];

    /// <summary>Why no batch can be kept now; null when one can.</summary>
    public string? Obstacle => _obstacle;

    /// <summary>The silos of the last answer.</summary>
    public SiloAddress[] Silos => _silos;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        try
        {
            do await Ask(stoppingToken);
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The process ends.
        }
    }

    private async Task Ask(CancellationToken stoppingToken)
    {
        try
        {
            var state = await grains.GetGrain<IFleetGrain>(0).State().WaitAsync(Patience, time, stoppingToken);
            (_silos, _obstacle) = (state.Silos, state.Obstacle);
        }
        catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
        {
            _obstacle = $"no silo answers: {exception.Message}";
        }
    }
}
