using System.Globalization;

namespace FleetMonitor.EndToEnd.Tests.Clients;

/// <summary>The project's own clients, as programs that serve models use them.</summary>
[Collection(nameof(Servers))]
public sealed class ClientTests
{
    private const int Predictions = 5_000;

    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(3);

    /// <summary>Killed in the middle: what was recorded is counted once, and nothing is missing.</summary>
    [SkippableTheory]
    [InlineData("python")]
    [InlineData("dotnet")]
    public async Task Recorder_WhileTheServerIsRestarted_LosesNothingAndCountsNothingTwice(string language)
    {
        var model = $"restarted-{language}";
        using var site = new SiloSite();
        var silo = await site.StartAsync();
        await using var client = Start(language, site.Address.ToString().TrimEnd('/'), model, Predictions.ToString(CultureInfo.InvariantCulture));
        await Wait.UntilAsync(() => client.HasExited || Sent(client) >= 1_000, Deadline, () => client.Said);
        Assert.False(client.HasExited, client.Said);
        await silo.KillAsync();
        await silo.DisposeAsync();
        silo = await site.StartAsync();
        var ended = await client.EndAsync(Deadline);
        Assert.True(ended.ExitCode == 0, ended.ToString());
        Assert.Contains("rejected 0 dropped 0", ended.Output, StringComparison.Ordinal);

        var described = await site.Http.GetJsonAsync($"v1/models/{model}");
        var counters = described.GetProperty("counters");
        Assert.Equal(Predictions, counters.GetProperty("predictions").GetInt64());
        Assert.Equal(Predictions, counters.GetProperty("labels_joined").GetInt64());
        Assert.Equal(0, counters.GetProperty("labels_corrected").GetInt64());
        silo.IsSound();
        await silo.DisposeAsync();
    }

    [SkippableFact]
    public async Task Python_ItsOwnTests_PassAgainstAServer()
    {
        using var site = new SiloSite();
        await using var silo = await site.StartAsync();
        var environment = new Dictionary<string, string> { ["FLEETMONITOR_URL"] = site.Address.ToString().TrimEnd('/') };
        await using var tests = ChildProcess.Start(Python(), ["-B", "-W", "error", Path.Combine(Folder("python"), "tests", "test_recorder.py")], environment);
        var ended = await tests.EndAsync(Deadline);
        Assert.True(ended.ExitCode == 0, ended.ToString());
        Assert.DoesNotContain("skipped", ended.Errors, StringComparison.Ordinal);
        await using var example = ChildProcess.Start(Python(), ["-B", Path.Combine(Folder("python"), "examples", "predict.py"), site.Address.ToString().TrimEnd('/')]);
        var shown = await example.EndAsync(Deadline);
        Assert.Contains("accepted=2000, duplicates=0, rejected=0, dropped=0", shown.ToString(), StringComparison.Ordinal);
        silo.IsSound();
    }

    private static ChildProcess Start(string language, params string[] arguments) => language == "python"
        ? ChildProcess.Start(Python(), ["-B", Path.Combine(Folder("python"), "tests", "stream.py"), .. arguments])
        : ChildProcess.Start("dotnet", [Repository.ClientExampleDll, .. arguments]);

    private static int Sent(ChildProcess client) =>
        client.Output.Split('\n').Select(line => int.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out var sent) ? sent : 0).Max();

    private static string Python() => ChildProcess.Require("python3");

    private static string Folder(string language) => Path.Combine(Repository.Root, "clients", language);
}
