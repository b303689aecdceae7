using FleetMonitor.Deploy.Tests.Helm;

namespace FleetMonitor.Deploy.Tests.Chart;

/// <summary>What helm says after an installation.</summary>
public sealed class NotesTests
{
    [SkippableFact]
    public async Task Notes_OfATrial_SayHowToGoOnAndWhatItIsNotFor()
    {
        var notes = await NotesAsync();
        Assert.All(
            [
                $"kubectl -n {FleetChart.Namespace} rollout status deploy/{FleetChart.Fullname}-silo", $"helm -n {FleetChart.Namespace} test {FleetChart.Release}",
                $"get secret {FleetChart.Fullname}-tokens", $"http://{FleetChart.Fullname}-sink.{FleetChart.Namespace}:8080/", "It is for trials",
            ],
            expected => Assert.Contains(expected, notes, StringComparison.Ordinal));
    }

    [SkippableFact]
    public async Task Notes_WithoutASecret_WarnThatEverybodyMayComeIn() =>
        Assert.Contains("lets everybody in", await NotesAsync("--set", "access.allowAnonymous=true"), StringComparison.Ordinal);

    [SkippableFact]
    public async Task Notes_OfProduction_NameTheAddressAndWarnOfNothing()
    {
        var notes = await NotesAsync(FleetChart.Example("production"));
        Assert.Contains("https://fleet.example.com", notes, StringComparison.Ordinal);
        Assert.DoesNotContain("WARNING", notes, StringComparison.Ordinal);
    }

    private static async Task<string> NotesAsync(params string[] values)
    {
        var ended = await HelmProgram.RunAsync(["install", FleetChart.Release, FleetChart.Folder, "--namespace", FleetChart.Namespace, "--dry-run=client", .. values]);
        Assert.True(ended.ExitCode == 0, ended.ToString());
        return ended.Output[ended.Output.LastIndexOf("\nNOTES:\n", StringComparison.Ordinal)..];
    }
}
