using System.Text.Json.Nodes;
using FleetMonitor.Deploy.Tests.Helm;

namespace FleetMonitor.Deploy.Tests.Chart;

/// <summary>What an upgrade finds, it keeps.</summary>
public sealed class UpgradeTests
{
    private const string Tokens = FleetChart.Fullname + "-tokens", Access = FleetChart.Fullname + "-access", Database = FleetChart.Fullname + "-postgresql";

    [SkippableFact]
    public async Task Upgrade_FindsTokensAndPassword_AndKeepsThem()
    {
        var installed = await RenderAsync();
        var upgraded = await RenderAsync(installed.One("Secret", Tokens), installed.One("Secret", Database));
        foreach (var secret in (string[])[Tokens, Access, Database]) Assert.True(JsonNode.DeepEquals(installed.One("Secret", secret), upgraded.One("Secret", secret)), secret);
        // Which it would not do by itself.
        Assert.False(JsonNode.DeepEquals(installed.One("Secret", Tokens), (await RenderAsync()).One("Secret", Tokens)));
    }

    /// <summary>The runbook's rotation: the token that was taken out is made anew, the others stay.</summary>
    [SkippableFact]
    public async Task Upgrade_AfterATokenWasTakenOut_MakesThatOneAnew()
    {
        var installed = await RenderAsync();
        var remaining = installed.One("Secret", Tokens).DeepClone().AsObject();
        remaining.At("stringData").AsObject().Remove("ingest");
        var (before, after) = (installed.One("Secret", Tokens).Map("stringData"), (await RenderAsync(remaining)).One("Secret", Tokens).Map("stringData"));
        Assert.Equal((before["admin"], before["read"]), (after["admin"], after["read"]));
        Assert.NotEqual(before["ingest"], after["ingest"]);
        Assert.Equal(40, after["ingest"].Length);
    }

    private static async Task<Manifests> RenderAsync(params JsonObject[] present)
    {
        await using var server = await FakeApiServer.StartAsync(await FleetChart.RenderAsync(), present);
        var ended = await HelmProgram.RunAsync(
            "template", FleetChart.Release, FleetChart.Folder, "--namespace", FleetChart.Namespace,
            "--dry-run=server", "--disable-openapi-validation", "--kube-apiserver", server.Url, "--kubeconfig", "/dev/null");
        Assert.True(ended.ExitCode == 0, ended.ToString());
        return Manifests.Parse(ended.Output);
    }
}
