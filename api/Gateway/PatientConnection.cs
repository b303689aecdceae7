namespace FleetMonitor.Api.Gateway;

/// <summary>Tries again, once a second, until a silo is there: a gateway starts whether or not there is one, and says that it is not ready.</summary>
internal sealed class PatientConnection(TimeProvider time) : IClientConnectionRetryFilter
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    public async Task<bool> ShouldRetryConnectionAttempt(Exception exception, CancellationToken cancellationToken)
    {
        await Task.Delay(Pause, time, cancellationToken);
        return !cancellationToken.IsCancellationRequested;
    }
}
