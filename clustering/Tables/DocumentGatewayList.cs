using Orleans.Messaging;

namespace FleetMonitor.Clustering.Tables;

/// <summary>Where Orleans' clients reach the cluster: the Active silos with a port for them. It only reads.</summary>
internal sealed class DocumentGatewayList(MembershipDocuments documents, TimeSpan refreshPeriod) : IGatewayListProvider
{
    public TimeSpan MaxStaleness => refreshPeriod;

    public bool IsUpdatable => true;

    public Task InitializeGatewayListProvider() => Task.CompletedTask;

    public Task InitializeGatewayListProviderAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<IList<Uri>> GetGateways() => GetGatewaysAsync(CancellationToken.None);

    public async Task<IList<Uri>> GetGatewaysAsync(CancellationToken cancellationToken)
    {
        var document = await documents.ReadAsync(cancellationToken).ConfigureAwait(false);
        return [.. document.Silos.Select(row => row.Gateway()).OfType<Uri>()];
    }
}
