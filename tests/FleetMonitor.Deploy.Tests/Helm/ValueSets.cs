namespace FleetMonitor.Deploy.Tests.Helm;

/// <summary>The matrix of values for which everything must hold.</summary>
public sealed class ValueSets : TheoryData<string>
{
    private static readonly Dictionary<string, string[]> Sets = new(StringComparer.Ordinal)
    {
        ["default"] = [],
        ["trial"] = FleetChart.Example("trial"),
        ["production"] = FleetChart.Example("production"),
        ["100k"] = FleetChart.Example("100k"),
        ["membership in PostgreSQL"] = ["--set", "clustering.kind=Postgres"],
        ["membership in a PostgreSQL of one's own"] =
            ["--set", "clustering.kind=Postgres,database.bundled.enabled=false,database.existingSecret=db,database.key=connection,silo.replicas=120"],
        ["anonymous"] = ["--set", "access.allowAnonymous=true"],
        ["given tokens"] = ["--set", "access.existingSecret=mine,access.key=file,access.metricsNeedToken=true,metrics.discovery=serviceMonitor,metrics.tokenSecret.name=scrape"],
        ["identity provider"] = ["--set", "access.jwt.authority=https://id.example.com,access.jwt.audience=fleet,access.jwt.scopeClaim=scp"],
        ["service monitor"] = ["--set", "metrics.discovery=serviceMonitor,rules.kind=prometheusRule"],
        ["pod monitor without features"] = ["--set", "metrics.discovery=podMonitor,metrics.features=false,rules.kind=none,dashboards.enabled=false"],
        ["nothing for Prometheus, no policies"] = ["--set", "metrics.discovery=none,networkPolicy.enabled=false"],
        ["scaled"] = ["--set", "silo.autoscaling.enabled=true,silo.autoscaling.modelsPerSilo=4000,gateway.autoscaling.enabled=true"],
        ["scaled by KEDA"] = ["--set", "silo.autoscaling.enabled=true,silo.autoscaling.modelsPerSilo=4000,silo.autoscaling.prometheusUrl=http://prometheus.monitoring:9090"],
        ["models and specs"] =
        [
            "--set", "inference.repository.volume.nfs.server=nfs.example.com,inference.repository.volume.nfs.path=/models,inference.repository.subPath=live",
            "--set-json", """specs={"files":{"a.yaml":"model: a\n","b.json":{"model":"b"},"c.yaml":{"task":"regression"}},"existingConfigMaps":["more-specs","yet-more"]}""",
        ],
        ["everything of a pod"] =
        [
            "--set-json", """
            silo={"settings":{"FleetMonitor:Models:Tick":"00:00:10","FleetMonitor:Storage:Postgres:MaxReaders":8},"env":[{"name":"DOTNET_gcServer","value":"1"}],"podLabels":{"a":"b"},
              "podAnnotations":{"c":"d"},"serviceAccountAnnotations":{"e":"f"},"nodeSelector":{"pool":"fleet"},"tolerations":[{"key":"fleet","operator":"Exists"}],
              "affinity":{"nodeAffinity":{}},"priorityClassName":"high"}
            """,
            "--set", "image.digest=sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08,image.pullSecrets[0].name=registry,fullnameOverride=watch",
        ],
        ["ingress alone"] = ["--set", "ingress.enabled=true,ingress.host=fleet.example.com,ingress.tls.secretName=tls"],
    };

    public ValueSets()
    {
        foreach (var name in Sets.Keys) Add(name);
    }

    /// <summary>The values of a set, as they are given to helm.</summary>
    internal static string[] Of(string name) => Sets[name];
}
