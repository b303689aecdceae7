using FleetMonitor.Clustering.Stores;

namespace FleetMonitor.Clustering.Tests;

internal static class ConfigMaps
{
    public const string Namespace = "ml";
    public const string Name = "fleet-membership";

    public static KubernetesMembershipOptions Options(FakeKubernetesApi api) => new() { ApiServer = api.Url, Namespace = Namespace, ConfigMap = Name };

    public static ConfigMapDocumentStore Open(FakeKubernetesApi api) => KubernetesServer.Open(Options(api));
}
