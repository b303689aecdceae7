using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace FleetMonitor.Grains.Evidence;

/// <summary>Reports this silo's evidence to the fleet's grain, period by period, and takes the fleet's verdict back.</summary>
internal sealed partial class EvidenceReporter(
    EvidenceBoard board, IGrainFactory grains, ILocalSiloDetails silo, TimeProvider time, IOptions<FleetEvidenceOptions> options, IHostApplicationLifetime lifetime, ILogger<EvidenceReporter> logger)
    : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await lifetime.StartedAsync(stoppingToken);
            using var timer = new PeriodicTimer(options.Value.Period, time);
            while (await timer.WaitForNextTickAsync(stoppingToken)) await Report(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host ends.
        }
    }

    private async Task Report(CancellationToken stoppingToken)
    {
        try
        {
            board.Take(await grains.GetGrain<IFleetEvidenceGrain>(IFleetEvidenceGrain.Key).Report(board.Report(silo.SiloAddress.ToParsableString())));
        }
        catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
        {
            // The last verdict stands until the next period; models go on without it.
            LogNotReported(exception.Message);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "The silo's evidence was not reported: {Reason}")]
    private partial void LogNotReported(string reason);
}
