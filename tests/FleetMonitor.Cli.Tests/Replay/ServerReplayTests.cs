namespace FleetMonitor.Cli.Tests.Replay;

/// <summary>What goes to a server comes back as the same report, in the server's figures.</summary>
public sealed class ServerReplayTests : IDisposable
{
    private static readonly string[] Options = ["--task", "binary", "--probability", "score", "--label", "label", "--chunk", "500"];

    private readonly LoopbackServer _server = new(TimeProvider.System);
    private readonly Cli _cli;

    public ServerReplayTests() => _cli = new Cli { Handler = () => _server };

    public void Dispose()
    {
        _cli.Dispose();
        _server.Dispose();
    }

    [Fact]
    public async Task ToAServer_ReportsWhatALocalReplayReports()
    {
        var reference = _cli.Write("reference.csv", Csv.Binary(2_000, 1));
        var file = _cli.Write("file.csv", Csv.Binary(2_000, 2, amount: (i, x) => i < 1_000 ? x : x + 1, country: (i, place) => i % 50 == 0 ? "" : place));
        var local = (await _cli.ReplayAsync([file, "--reference", reference, .. Options])).Chunks();
        var remote = (await _cli.ReplayAsync([file, "--reference", reference, .. Options, "--to", "http://loopback"])).Chunks();
        Assert.Equal(4, remote.Length);
        for (var i = 0; i < remote.Length; i++)
        {
            Assert.Equal(local[i].Drifted(), remote[i].Drifted());
            Assert.Equal(local[i].Alerts(), remote[i].Alerts());
            Assert.Equal(local[i].GetProperty("verdict").GetString(), remote[i].GetProperty("verdict").GetString());
            Assert.Equal((local[i].Number("start"), local[i].Number("end")), (remote[i].Number("start"), remote[i].Number("end")));
            Assert.Equal(local[i].Number("performance.accuracy"), remote[i].Number("performance.accuracy"));
            Json.AssertClose(local[i].Number("performance.log_loss"), remote[i].Number("performance.log_loss"), 1e-8, "log loss");
            // Live, deciles are exact and a KS falls short by a bin at most.
            Json.AssertClose(local[i].Number("drift.amount.psi"), remote[i].Number("drift.amount.psi"), 1e-9, "psi");
            Json.AssertClose(local[i].Number("drift.amount.ks"), remote[i].Number("drift.amount.ks"), 1 / 40.0, "ks");
        }
    }

    [Fact]
    public async Task KnownModel_IsNotMixedIntoUnlessReplaced()
    {
        var file = _cli.Write("file.csv", Csv.Binary(600, 2));
        string[] replay = ["replay", file, "--reference", file, .. Options, "--to", "http://loopback"];
        Assert.Equal(0, (await _cli.RunAsync(replay)).ExitCode);
        var again = await _cli.RunAsync(replay);
        Assert.Equal(ExitCode.Usage, again.ExitCode);
        Assert.Contains("--replace", again.Error, StringComparison.Ordinal);
        Assert.Equal(600, _server.Describe("file").Counters.Predictions);
        Assert.Equal(0, (await _cli.RunAsync([.. replay, "--replace"])).ExitCode);
        Assert.Equal(600, _server.Describe("file").Counters.Predictions);
    }

    [Fact]
    public async Task TooManyChunks_NameASizeThatWorks()
    {
        var file = _cli.Write("file.csv", Csv.Binary(600, 2));
        var result = await _cli.RunAsync(["replay", file, "--reference", file, .. Options[..^1], "10", "--to", "http://loopback"]);
        Assert.Equal(ExitCode.Usage, result.ExitCode);
        Assert.Contains("--chunk 12", result.Error, StringComparison.Ordinal);
        Assert.Empty(_server.Models);

        // Rows are a second apart: 60 windows of 10 s.
        string[] windows = ["replay", file, "--reference", file, .. Options[..^2], "--to", "http://loopback", "--window"];
        Assert.Contains("--window 13s", (await _cli.RunAsync([.. windows, "10s"])).Error, StringComparison.Ordinal);
        Assert.Equal(0, (await _cli.RunAsync([.. windows, "13s"])).ExitCode);
    }

    [Fact]
    public async Task NameThatNoServerTakes_IsAUsageError()
    {
        var file = _cli.Write("my data (1).csv", Csv.Binary(600, 2));
        string[] replay = ["replay", file, "--reference", file, .. Options, "--to", "http://loopback"];
        var result = await _cli.RunAsync(replay);
        Assert.Equal(ExitCode.Usage, result.ExitCode);
        Assert.Contains("--model: expected a model's name of 1 to 128 letters", result.Error, StringComparison.Ordinal);
        Assert.Equal(0, (await _cli.RunAsync([.. replay, "--model", "mine"])).ExitCode);
    }

    [Fact]
    public async Task Send_DeliversRowsAndLabels_AndShowsTheirDrift()
    {
        var file = _cli.Write("file.csv", Csv.Binary(3_000, 2));
        for (var run = 1; run <= 2; run++)
        {
            var sent = await _cli.RunAsync("send", file, "--model", "m", "--to", "http://loopback", "--probability", "score", "--label", "label");
            Assert.Equal(0, sent.ExitCode);
            string[] lines = ["3,000 accepted, 0 duplicates, 0 too late, 0 rejected", "labels: 3,000 accepted (3,000 joined, 0 wait for their prediction, 0 corrected), 0 rejected", ""];
            Assert.Equal(string.Join(Environment.NewLine, lines), sent.Out);
            Assert.Equal((3_000 * run, 3_000 * run), (_server.Describe("m").Counters.Predictions, _server.Describe("m").Counters.LabelsJoined));
        }
        var drift = await _cli.RunAsync("drift", "m", "--url", "http://loopback");
        Assert.Equal(0, drift.ExitCode);
        Assert.Contains("amount", drift.Out, StringComparison.Ordinal);
        Assert.Contains("m, the last 1h", drift.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Send_LabelsThatAreRefused_AreCountedAndShown()
    {
        var lines = Csv.Binary(300, 2).TrimEnd('\n').Split('\n');
        for (var row = 3; row < lines.Length; row += 3) lines[row] = lines[row][..^1] + "maybe";
        var file = _cli.Write("file.csv", string.Join('\n', lines));
        var sent = await _cli.RunAsync("send", file, "--model", "m", "--to", "http://loopback", "--probability", "score", "--label", "label");
        Assert.Contains("300 accepted, 0 duplicates, 0 too late, 0 rejected", sent.Out, StringComparison.Ordinal);
        Assert.Contains("labels: 200 accepted (200 joined, 0 wait for their prediction, 0 corrected), 100 rejected", sent.Out, StringComparison.Ordinal);
        Assert.Equal(200, _server.Describe("m").Counters.LabelsJoined);
    }

    [Fact]
    public async Task Send_Ndjson_GoesAsItIs()
    {
        var predictions = _cli.Write("p.ndjson", "{\"id\":\"a\",\"prediction\":\"1\",\"features\":{\"x\":1}}\n{\"id\":\"b\",\"prediction\":\"0\",\"features\":{\"x\":2}}\n");
        var labels = _cli.Write("l.ndjson", "{\"id\":\"a\",\"label\":\"1\"}\n");
        Assert.StartsWith("2 accepted", (await _cli.RunAsync("send", predictions, "--model", "m", "--to", "http://loopback")).Out, StringComparison.Ordinal);
        Assert.StartsWith("labels: 1 accepted (1 joined", (await _cli.RunAsync("send", labels, "--labels", "--model", "m", "--to", "http://loopback")).Out, StringComparison.Ordinal);
        Assert.Equal(1, _server.Describe("m").Counters.LabelsJoined);
    }

    [Theory]
    [InlineData("drift", "m")]
    [InlineData("history", "m", "--step", "1m")]
    public async Task Views_At80Columns_HaveALineForEachRow(params string[] view)
    {
        using var narrow = new Cli { Handler = () => _server, Width = 80 };
        var file = narrow.Write("file.csv", Csv.Binary(600, 2));
        Assert.Equal(0, (await narrow.RunAsync(["replay", file, "--reference", file, .. Options, "--model", "m", "--to", "http://loopback"])).ExitCode);
        var lines = (await narrow.RunAsync([.. view, "--url", "http://loopback"])).Out.Split('\n').TakeWhile(line => !line.StartsWith("m, ", StringComparison.Ordinal));
        var table = lines.Where(line => line.Trim().Length > 0).ToArray();
        // Columns are amount, country, score and prediction; minutes with traffic are two.
        Assert.Equal(2 + (view[0] == "drift" ? 4 : 2), table.Length);
        Assert.All(table, line => Assert.InRange(line.TrimEnd().Length, 1, 80));
    }

    [Fact]
    public async Task UnknownModel_IsAServerError()
    {
        var result = await _cli.RunAsync("drift", "nobody", "--url", "http://loopback");
        Assert.Equal(ExitCode.Server, result.ExitCode);
        Assert.Contains("404 Not Found: no such model", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WrongUrl_IsAUsageError() => Assert.Equal(ExitCode.Usage, (await _cli.RunAsync("models", "--url", "localhost:8080")).ExitCode);
}
