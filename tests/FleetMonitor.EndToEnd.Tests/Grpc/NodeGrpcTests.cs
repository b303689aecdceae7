namespace FleetMonitor.EndToEnd.Tests.Grpc;

/// <summary><c>fleetmonitor.v1</c> as npm's gRPC speaks it, over the proto as it lies in the repository.</summary>
[Collection(nameof(Servers))]
public sealed class NodeGrpcTests
{
    [SkippableFact]
    public async Task Service_SpokenToByNode_RecordsStreamsAndAnswers()
    {
        using var site = new SiloSite();
        await using var silo = await site.StartAsync();
        Assert.Equal("done\n", await NodeClient.RunAsync("grpc.js", Path.Combine(Repository.Root, "api", "Protos"), site.GrpcTarget));
        silo.IsSound();
    }
}
