using k8s;
using k8s.Authentication;

namespace FleetMonitor.Clustering.Stores;

/// <summary>Which API server is spoken to, and as whom.</summary>
internal static class KubernetesServer
{
    public static ConfigMapDocumentStore Open(KubernetesMembershipOptions options)
    {
        var server = options.ApiServer is { } address ? Given(address, options) : KubernetesClientConfiguration.InClusterConfig();
        var space = string.IsNullOrEmpty(options.Namespace) ? server.Namespace?.Trim() : options.Namespace;
        return new ConfigMapDocumentStore(server, string.IsNullOrEmpty(space) ? "default" : space, options.ConfigMap);
    }

    private static KubernetesClientConfiguration Given(Uri address, KubernetesMembershipOptions options)
    {
        var server = new KubernetesClientConfiguration { Host = address.AbsoluteUri };
        if (options.TokenFile is { } token) server.TokenProvider = new TokenFileAuth(token);
        if (options.CertificateAuthorityFile is { } authority)
        {
            server.SslCaCerts = [];
            server.SslCaCerts.ImportFromPemFile(authority);
        }
        return server;
    }
}
