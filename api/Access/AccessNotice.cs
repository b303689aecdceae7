using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace FleetMonitor.Api.Access;

/// <summary>Says at the start who may do what, where that is everybody.</summary>
internal sealed partial class AccessNotice(IOptions<AccessOptions> options, ILogger<AccessNotice> logger) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (!options.Value.IsOpen) return Task.CompletedTask;
        if (options.Value.AllowAnonymous) LogOpen();
        else LogLocal();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(1, LogLevel.Information, "Access: no tokens are configured, so only this machine is listened to (FleetMonitor:Access:TokensFile)")]
    private partial void LogLocal();

    [LoggerMessage(2, LogLevel.Warning, "Access: whoever reaches this process may do everything (FleetMonitor:Access:AllowAnonymous)")]
    private partial void LogOpen();
}
