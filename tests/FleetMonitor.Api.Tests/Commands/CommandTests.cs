using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using FleetMonitor.Cli;
using FleetMonitor.Testing;
using Xunit;

namespace FleetMonitor.Api.Tests.Commands;

/// <summary>The <c>fleetmonitor</c> commands about models, against the server itself.</summary>
[Collection(nameof(Fleet))]
public sealed class CommandTests(Fleet fleet)
{
    [Fact]
    public async Task Models_Filtered_AreATableForAPersonAndJsonForAProgram()
    {
        await fleet.PutAsync("/v1/models/listed-one", """{"team":"cli-risk","tier":"1"}""");
        await fleet.PutAsync("/v1/models/listed-two", """{"team":"cli-growth"}""");
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        (int Code, string Out, string Error) listed;
        while (!(listed = await Run("models", "--search", "listed-", "--team", "cli-risk")).Out.Contains("listed-one", StringComparison.Ordinal)) await Task.Delay(50, patience.Token);
        Assert.Equal(0, listed.Code);
        Assert.Contains("waiting", listed.Out, StringComparison.Ordinal);
        Assert.Contains("1 model\n", listed.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("listed-two", listed.Out, StringComparison.Ordinal);
        var json = JsonNode.Parse((await Run("models", "--search", "listed-", "--sort", "name", "--limit", "1", "--json")).Out)!;
        Assert.Equal((2, "listed-one"), ((int)json["total"]!, (string)json["models"]![0]!["name"]!));
        Assert.Contains("page 2 of 2", (await Run("models", "--search", "listed-", "--sort", "name", "--limit", "1", "--page", "2")).Out, StringComparison.Ordinal);
        Assert.Equal("No model is there that matches.", (await Run("models", "--search", "nowhere")).Out.Trim().Split('\n')[^1].Trim());
    }

    [Fact]
    public async Task Views_OfAModel_ShowWhatTheServerSays()
    {
        await fleet.PutAsync("/v1/models/viewed", """{"task":"binary","positive":"1","champion":"1","min_samples":50,"segments":["region"],"reference":{"capture":100}}""");
        var lines = new StringBuilder();
        for (var i = 0; i < 400; i++)
        {
            lines.Append(CultureInfo.InvariantCulture, $"{{\"id\":\"p{i}\",\"version\":\"{1 + (i % 2)}\",\"prediction\":\"1\",\"score\":0.9,\"features\":{{\"a\":{i % 100},\"c\":\"k{i % 3}\"}},\"tags\":{{\"region\":\"eu\"}},\"latency_ms\":3}}\n");
        }
        (await fleet.PostLinesAsync("/v1/models/viewed/predictions", lines.ToString())).Ok();
        (await fleet.PostLinesAsync("/v1/models/viewed/labels", string.Concat(Enumerable.Range(0, 400).Select(i => $"{{\"id\":\"p{i}\",\"label\":\"{(i % 5 == 0 ? 0 : 1)}\"}}\n")))).Ok();

        var model = await Run("model", "viewed");
        Assert.Contains("1, captured, 100 rows, since ", model.Out, StringComparison.Ordinal);
        Assert.Contains("400 (0 failed", model.Out, StringComparison.Ordinal);
        Assert.Contains("k0", (await Run("features", "viewed", "c")).Out, StringComparison.Ordinal);
        Assert.Matches("a +quiet", (await Run("features", "viewed")).Out);
        Assert.Matches("a +quiet", (await Run("drift", "viewed")).Out);
        Assert.Matches("region +eu +400 +400 +0.800", (await Run("segments", "viewed", "--window", "24h")).Out);
        Assert.Matches(" 400 +0 +400 +0.800", (await Run("history", "viewed", "--step", "1h", "--steps", "2")).Out);
        var versions = await Run("versions", "viewed", "--window", "24h");
        Assert.Matches("1 champion +200 +50.0%", versions.Out);
        Assert.Contains("2 against 1 (split): no difference beyond noise so far.", versions.Out, StringComparison.Ordinal);
        foreach (var command in (string[])["model", "drift", "features", "segments", "versions", "history"]) Assert.NotNull(JsonNode.Parse((await Run(command, "viewed", "--json")).Out));
    }

    [Fact]
    public async Task Lifecycle_FromTheCommandLine_IsTheServers()
    {
        await fleet.PutAsync("/v1/models/owned", """{"task":"regression","reference":{"capture":100}}""");
        var maintained = await Run("maintenance", "owned", "--for", "2h", "--reason", "moving house");
        Assert.Contains(": moving house", maintained.Out, StringComparison.Ordinal);
        Assert.Contains("maintenance", maintained.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("maintenance", (await Run("maintenance", "owned", "--end")).Out, StringComparison.Ordinal);
        Assert.Equal((ExitCode.Usage, "fleetmonitor: expected one of --for, --until and --end\n"), Failure(await Run("maintenance", "owned")));
        Assert.Contains("being captured: 0 of 200 predictions", (await Run("rebaseline", "owned", "--predictions", "200")).Out, StringComparison.Ordinal);
        var refused = await Run("rebaseline", "owned", "--window", "1h");
        Assert.Equal(ExitCode.Server, refused.Code);
        Assert.Contains("there is no reference yet", refused.Error, StringComparison.Ordinal);
        Assert.Contains("retired", (await Run("retire", "owned")).Out, StringComparison.Ordinal);

        Assert.Equal((ExitCode.Usage, "fleetmonitor: owned was not deleted\n"), Failure(await Run("no\n", "delete", "owned")));
        Assert.Equal("owned", (string?)(await fleet.GetAsync("/v1/models/owned")).Ok()["name"]);
        Assert.EndsWith("owned is deleted\n", (await Run("owned\n", "delete", "owned")).Out, StringComparison.Ordinal);
        await fleet.PutAsync("/v1/models/owned", "{}");
        Assert.Equal("owned is deleted\n", (await Run("delete", "owned", "--yes")).Out);
        Assert.Equal(System.Net.HttpStatusCode.NotFound, (await fleet.GetAsync("/v1/models/owned")).Status);
        static (int, string) Failure((int Code, string Out, string Error) result) => (result.Code, result.Error);
    }

    [Fact]
    public async Task Specs_OfAFolder_AreComparedAndApplied()
    {
        using var folder = new TempFolder();
        await File.WriteAllTextAsync(folder.File("filed-a.yaml"), "team: risk\nthresholds: { accuracy: 0.9 }\nfeatures: [{ name: x, kind: numeric }]\n");
        await File.WriteAllTextAsync(folder.File("filed-b.json"), """{"team":"growth","detectors":[{"on":"error","detector":"page-hinkley","mode":"up"}],"payload":{"label":"y"}}""");
        var first = await Run("specs", "diff", folder.Path);
        Assert.Equal(ExitCode.Differs, first.Code);
        Assert.Contains("not there", first.Out, StringComparison.Ordinal);
        var applied = await Run("specs", "apply", folder.Path);
        Assert.Equal((0, "filed-a: registered\nfiled-b: registered\n2 registered, 0 changed, 0 as they should be, 0 files left out\n"), (applied.Code, applied.Out));
        var same = await Run("specs", "diff", folder.Path);
        Assert.True(same.Code == 0, same.Out + same.Error);
        Assert.Contains("2 of 2 models are as their files say", same.Out, StringComparison.Ordinal);

        await File.WriteAllTextAsync(folder.File("filed-a.yaml"), "team: risk\nfeatures: [{ name: y, kind: numeric }]\n");
        await File.WriteAllTextAsync(folder.File("bad.yaml"), "team: risk\nteem: x\n");
        var differs = await Run("specs", "diff", folder.Path, "--json");
        Assert.Equal((ExitCode.Data, "bad.yaml:2:1: teem: is no member of a spec\n"), (differs.Code, differs.Error));
        var report = JsonNode.Parse(differs.Out)!;
        Assert.Equal(["features", "thresholds.accuracy"], report["models"]![0]!["differences"]!.AsArray().Select(d => (string)d!["field"]!));
        applied = await Run("specs", "apply", folder.Path);
        Assert.Equal(ExitCode.Data, applied.Code);
        Assert.Contains("filed-a: features, thresholds.accuracy; begun anew: reference, evidence\n", applied.Out, StringComparison.Ordinal);
        Assert.Contains("0 registered, 1 changed, 1 as they should be, 1 files left out", applied.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--sort", "models", "--sotr", "name")]
    [InlineData("--json", "drift", "m", "--jsn")]
    [InlineData("--window", "versions", "m", "--windw", "1h")]
    [InlineData("models", "modles")]
    [InlineData("diff", "specs", "dif")]
    public async Task Options_Misspelt_AreRefusedWithASuggestion(string suggestion, params string[] args)
    {
        var result = await Run(args);
        Assert.Equal(ExitCode.Usage, result.Code);
        Assert.Contains(suggestion, (result.Out + result.Error).Split("Usage:")[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--sort: expected trouble, name, last_prediction, predictions; got \"size\"", "models", "--sort", "size")]
    [InlineData("'--jsn' is no option of this command, and no model's name.", "drift", "--jsn")]
    public async Task Values_ThatCannotBe_AreRefused(string message, params string[] args)
    {
        var result = await Run(args);
        Assert.Equal(ExitCode.Usage, result.Code);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
    }

    private Task<(int Code, string Out, string Error)> Run(params string[] args) => args[0].EndsWith('\n') ? Run(args[0], args[1..], 0) : Run("", args, 0);

    private async Task<(int Code, string Out, string Error)> Run(string input, string[] args, int _)
    {
        using StringWriter output = new(), error = new();
        var terminal = new Terminal { Out = output, Error = error, OpenInput = () => new MemoryStream(Encoding.UTF8.GetBytes(input)), Width = 200 };
        var server = args[0] is "specs" && args.Length > 2 ? ["--url", fleet.Client.BaseAddress!.ToString()] : args[0] is "specs" ? Array.Empty<string>() : ["--to", fleet.Client.BaseAddress!.ToString()];
        var code = await CommandLine.RunAsync([.. args, .. server], terminal);
        return (code, output.ToString(), error.ToString());
    }
}
