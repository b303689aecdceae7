using System.Text.RegularExpressions;
using Xunit.Abstractions;

namespace FleetMonitor.EndToEnd.Tests;

/// <summary>What README tells its reader to type does what README says, in the order in which it stands there.</summary>
[Collection(nameof(Servers))]
public sealed partial class ReadmeTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [SkippableFact]
    public async Task Readme_EveryRequestToTheServer_Succeeds()
    {
        ChildProcess.Require("curl");
        ChildProcess.Require("python3");
        using var site = new SiloSite();
        await using var silo = await site.StartAsync("--FleetMonitor:Inference:Repository", Path.Combine(Repository.Root, "cli", "Demo", "models"));
        await using var demo = ChildProcess.Start("dotnet", [Repository.CliDll, "demo", "--to", site.Address.ToString()]);
        await Wait.UntilAsync(
            async () => await site.Http.AnswersAsync("v1/models/fraud-detector/drift") && await site.Http.AnswersAsync("v1/models/card-fraud")
                && (await site.Http.GetMetricsAsync()).Value("model_drift_detected", "fraud-detector") is not null,
            Deadline,
            () => $"the demo.\n{demo.Said}");
        // The model whose life is told has seen enough to become its own reference.
        await Wait.UntilAsync(
            async () => await site.Http.AnswersAsync("v1/models/churn") && (await site.Http.GetJsonAsync("v1/models/churn")).GetProperty("counters").GetProperty("predictions").GetInt64() >= 500,
            Deadline,
            () => $"traffic.\n{demo.Said}");

        var readme = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "README.md"));
        var requests = ShellBlock().Matches(readme).Select(block => block.Groups["lines"].Value).Where(lines => Address().IsMatch(lines)).ToArray();
        Assert.True(requests.Length >= 5, $"README has {requests.Length} blocks of requests.");
        foreach (var lines in requests)
        {
            var script = Address().Replace(lines, $"127.0.0.1:{site.HttpPort}");
            var ended = await ChildProcess.RunAsync("bash", ["-euo", "pipefail", "-c", $"curl() {{ command curl --fail-with-body \"$@\"; }}\n{script}"], Deadline);
            output.WriteLine($"{script}\n{ended.Output}");
            Assert.True(ended.ExitCode == 0, $"{script}\n{ended}\n{silo.Said}");
            Assert.NotEqual("", ended.Output);
        }
    }

    [GeneratedRegex("^```sh\n(?<lines>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex ShellBlock();

    /// <summary>A request's server: where <c>./fleet up</c> listens, or the reader's own.</summary>
    [GeneratedRegex(@"(?<=^curl .*)(localhost:8080|\$FLEET\b)", RegexOptions.Multiline)]
    private static partial Regex Address();
}
