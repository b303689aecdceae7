namespace FleetMonitor.EndToEnd.Tests.Grpc;

[Collection(nameof(Servers))]
public sealed class GrpcHostingTests
{
    [SkippableFact]
    public async Task Server_AskedByAClientThatKnowsNothing_SaysThatItServesAndWhat()
    {
        using var site = new SiloSite();
        await using var silo = await site.StartAsync();
        var said = await PythonGrpc.RunAsync("reflect.py", site.GrpcTarget);
        Assert.StartsWith("serving", said, StringComparison.Ordinal);
        Assert.Contains("grpc.health.v1.Health/Check unary", said, StringComparison.Ordinal);
        Assert.Contains("grpc.health.v1.Health/Watch stream", said, StringComparison.Ordinal);
        Assert.Contains("ServerReflection/ServerReflectionInfo stream", said, StringComparison.Ordinal);
        silo.IsSound();
    }

    [Fact]
    public async Task Server_WithoutAnAddressForGrpc_ServesHttpAlone()
    {
        using var site = new SiloSite();
        await using var silo = await site.StartAsync("--FleetMonitor:Grpc:Url", "");
        using var client = new HttpClient();
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync(new Uri($"http://{site.GrpcTarget}/")));
        silo.IsSound();
    }
}
