using FleetMonitor.Clustering.Stores;

namespace FleetMonitor.Clustering.Tests.Laws;

public sealed class ConfigMapLaws : MembershipLaws
{
    private FakeKubernetesApi? _api;

    private protected override async Task PrepareAsync() => _api = await FakeKubernetesApi.StartAsync();

    private protected override MembershipDocumentStore Open() => ConfigMaps.Open(_api!);

    private protected override async Task CleanUpAsync() => await _api!.DisposeAsync();
}
