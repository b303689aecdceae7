using System.Text.Json.Nodes;
using FleetMonitor.Deploy.Tests.Helm;

namespace FleetMonitor.Deploy.Tests.Chart;

/// <summary>Values that cannot be meant are refused, and it is said why.</summary>
public sealed class RefusalTests
{
    [SkippableTheory]
    // Of the schema: what a single value can be.
    [InlineData("silo.replica=3", "'replica' not allowed")]
    [InlineData("replicas=3", "'replicas' not allowed")]
    [InlineData("silo.replicas=0", "minimum")]
    [InlineData("silo.replicas=three", "want integer")]
    [InlineData("gateway.replicas=-1", "minimum")]
    [InlineData("silo.drainSeconds=1", "minimum")]
    [InlineData("silo.resources.limits.cpu=2", "a throttled process misses probes")]
    [InlineData("silo.resources.requests.memory=lots", "/silo/resources/requests/memory")]
    [InlineData("silo.resources.limits=null", "missing property 'limits'")]
    [InlineData("silo.spread.zones=Never", "ScheduleAnyway")]
    [InlineData("clustering.kind=Zookeeper", "Kubernetes")]
    [InlineData("database.schema=Fleet", "/database/schema")]
    [InlineData("database.port=99999", "maximum")]
    [InlineData("database.existingSecret=My_Secret", "/database/existingSecret")]
    [InlineData("image.digest=latest", "/image/digest")]
    [InlineData("image.pullPolicy=Sometimes", "IfNotPresent")]
    [InlineData("access.jwt.authority=http://id.example.com", "/access/jwt/authority")]
    [InlineData("ingress.host=https://fleet.example.com", "/ingress/host")]
    [InlineData("metrics.discovery=guess", "podMonitor")]
    [InlineData("metrics.interval=often", "/metrics/interval")]
    [InlineData("rules.kind=wishes", "prometheusRule")]
    [InlineData("networkPolicy.apiServer.cidrs[0]=apiserver", "/networkPolicy/apiServer/cidrs/0")]
    [InlineData("inference.repository.mountPath=models", "/inference/repository/mountPath")]
    [InlineData("silo.settings.Tick=5", "write it whole and with colons")]
    [InlineData("logging.format=xml", "ecs")]
    [InlineData("fullnameOverride=Fleet", "/fullnameOverride")]
    // Of the chart: what does not fit together.
    [InlineData("database.existingSecret=db", "existingSecret and bundled.enabled exclude each other")]
    [InlineData("database.bundled.enabled=false", "no database")]
    [InlineData("access.allowAnonymous=true,access.existingSecret=mine", "allowAnonymous lets everybody in")]
    [InlineData("access.allowAnonymous=true,access.metricsNeedToken=true", "no meaning with allowAnonymous")]
    [InlineData("access.metricsNeedToken=true,access.existingSecret=mine,metrics.discovery=podMonitor", "metrics: tokenSecret.name is missing")]
    [InlineData("access.metricsNeedToken=true,access.existingSecret=mine,metrics.discovery=serviceMonitor", "metrics: tokenSecret.name is missing")]
    [InlineData("silo.autoscaling.enabled=true,silo.autoscaling.minReplicas=10", "minReplicas 10 is more than maxReplicas 9")]
    [InlineData("silo.autoscaling.enabled=true,silo.autoscaling.prometheusUrl=http://prometheus:9090", "say how many a silo takes")]
    [InlineData("access.allowAnonymous=true,silo.dashboard=true", "it would be everybody's")]
    [InlineData("silo.replicas=101", "101 silos are too many for a ConfigMap")]
    [InlineData("silo.autoscaling.enabled=true,silo.autoscaling.maxReplicas=200", "200 silos are too many for a ConfigMap")]
    [InlineData("ingress.enabled=true,ingress.tls.secretName=tls", "host is missing")]
    [InlineData("ingress.enabled=true,ingress.host=fleet.example.com", "tls.secretName is missing")]
    [InlineData("ingress.enabled=true,ingress.host=f.example.com,ingress.tls.secretName=tls,ingress.grpc.enabled=true,ingress.grpc.host=f.example.com", "gRPC has a name of its own")]
    [InlineData("silo.settings.FleetMonitor:Storage:Kind=Sqlite", "follows from other values of this chart")]
    [InlineData("gateway.settings.FleetMonitor:Clustering:Postgres:ConnectionString=Host=db", "use a Secret")]
    public async Task Values_ThatCannotBeMeant_AreRefusedWithAWord(string values, string expected) =>
        Assert.Contains(expected, await FleetChart.RefusalAsync("--set", values), StringComparison.Ordinal);

    [SkippableTheory]
    [InlineData("""access={"tokens":[{"name":"a","scopes":["write"],"sha256":"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}]}""", "ingest")]
    [InlineData("""access={"tokens":[{"name":"a b","scopes":["read"],"sha256":"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}]}""", "/access/tokens/0/name")]
    [InlineData("""access={"tokens":[{"name":"a","scopes":["read"],"sha256":"secret"}]}""", "/access/tokens/0/sha256")]
    [InlineData("""access={"tokens":[{"name":"a","scopes":["read"]}]}""", "missing property 'sha256'")]
    [InlineData("""specs={"files":{"model.txt":"x"}}""", "model.txt does not end in .yaml or .json")]
    [InlineData("""inference={"repository":{"volume":{"name":"models"}}}""", "without a name")]
    [InlineData("""networkPolicy={"clients":[]}""", "minItems")]
    [InlineData("""networkPolicy={"clients":[{}]}""", "minProperties")]
    public async Task Lists_ThatCannotBeMeant_AreRefusedWithAWord(string json, string expected) =>
        Assert.Contains(expected, await FleetChart.RefusalAsync("--set-json", json), StringComparison.Ordinal);

    [SkippableFact]
    public async Task Values_WithSeveralMistakes_AreAllNamed()
    {
        var refusal = await FleetChart.RefusalAsync("--set", "database.bundled.enabled=false,silo.replicas=500,ingress.enabled=true");
        Assert.All(["no database", "500 silos", "host is missing", "tls.secretName is missing"], mistake => Assert.Contains(mistake, refusal, StringComparison.Ordinal));
    }

    [SkippableFact]
    public async Task Cluster_TooOldToLetAPodSleepBeforeItEnds_IsRefused() =>
        Assert.Contains("1.30", await FleetChart.RefusalAsync("--kube-version", "1.29.0"), StringComparison.Ordinal);

    /// <summary>Every value has a place in the schema, so that no other is taken; and every example keeps to it.</summary>
    [Fact]
    public void Schema_KnowsEveryValueAndClosesEveryObject()
    {
        var schema = JsonNode.Parse(File.ReadAllText(Path.Combine(FleetChart.Folder, "values.schema.json")))!;
        var values = YamlJson.ReadAll(File.ReadAllText(Path.Combine(FleetChart.Folder, "values.yaml"))).Single()!;
        Check(values.AsObject(), schema);

        static void Check(JsonObject value, JsonNode schema)
        {
            if (schema["properties"] is not JsonObject known) return;
            if (known.ContainsKey("key") || known.Count > 1) Assert.False(schema["additionalProperties"]!.GetValue<bool>());
            foreach (var (name, member) in value)
            {
                Assert.True(known.ContainsKey(name), $"{member?.GetPath() ?? name} is not in the schema.");
                if (member is JsonObject inner) Check(inner, known[name]!);
            }
        }
    }
}
