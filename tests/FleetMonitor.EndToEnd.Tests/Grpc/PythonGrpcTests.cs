namespace FleetMonitor.EndToEnd.Tests.Grpc;

/// <summary><c>fleetmonitor.v1</c> as Python's own gRPC speaks it, over messages that the server's reflection describes.</summary>
[Collection(nameof(Servers))]
public sealed class PythonGrpcTests
{
    [SkippableFact]
    public async Task Service_SpokenToByPython_RecordsStreamsAndAnswers()
    {
        using var site = new SiloSite();
        await using var silo = await site.StartAsync();
        string[] parts = ["unary", "gzip", "repetition", "errors", "stream", "queries", "deadline"];
        var said = await PythonGrpc.RunAsync("monitor.py", site.GrpcTarget, parts);
        Assert.Equal(parts, said.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        silo.IsSound();
    }

    [SkippableFact]
    public async Task Stream_WhoseAnswersNobodyReads_HoldsItsClientBack()
    {
        using var site = new SiloSite();
        await using var silo = await site.StartAsync();
        var said = await PythonGrpc.RunAsync("monitor.py", site.GrpcTarget, "flow_control");
        Assert.EndsWith("flow control\n", said, StringComparison.Ordinal);
        silo.IsSound();
    }

    [SkippableFact]
    public async Task Stream_OfAServerThatStops_IsAnsweredForAndEnds()
    {
        using var site = new SiloSite();
        await using var silo = await site.StartAsync();
        await using var client = await PythonGrpc.StartAsync("monitor.py", site.GrpcTarget, "stopping");
        await Wait.UntilAsync(() => client.HasExited || client.Output.Contains("open", StringComparison.Ordinal), TimeSpan.FromMinutes(1), () => client.Said);
        var ended = await silo.StopAsync();
        Assert.True(ended.ExitCode == 0, ended.ToString());
        Assert.EndsWith("stopping\n", await PythonGrpc.EndAsync(client), StringComparison.Ordinal);
    }
}
