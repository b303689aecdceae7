namespace FleetMonitor.Cli.Tests.Replay;

/// <summary>What a person reads.</summary>
public sealed class SummaryTests : IDisposable
{
    private readonly Cli _cli = new();

    public void Dispose() => _cli.Dispose();

    [Fact]
    public async Task Drift_IsToldWithItsStartItsFeaturesAndItsEffect()
    {
        var reference = _cli.Write("loans_reference.csv", Csv.Binary(2_000, 1));
        // From row 1,000 on the amount moves, and the labels no longer follow the score.
        var lines = Csv.Binary(2_000, 2, amount: (i, x) => i < 1_000 ? x : x + 1).TrimEnd('\n').Split('\n');
        for (var i = 1_001; i < lines.Length; i++) lines[i] = lines[i][..^1] + (i & 1);
        var file = _cli.Write("loans_analysis.csv", string.Join('\n', lines));
        var result = await _cli.RunAsync("replay", file, "--reference", reference, "--task", "binary", "--probability", "score", "--label", "label", "--chunk", "500");
        Assert.Contains("loans: 2,000 rows in 4 chunks against a reference of 2,000 rows.", result.Out, StringComparison.Ordinal);
        Assert.Contains("Drift starts at chunk 2 (rows 1,000–1,499): amount (KS 1.000 PSI ", result.Out, StringComparison.Ordinal);
        Assert.Contains("It lasts to the end: 2 of 4 chunks have drifted.", result.Out, StringComparison.Ordinal);
        Assert.Contains("Accuracy fell with the drift: 0.7", result.Out, StringComparison.Ordinal);
        Assert.Contains("Alert accuracy in chunks 2–3; the first: accuracy: 0.", result.Out, StringComparison.Ordinal);
        Assert.Contains("the reference's less 0.05", result.Out, StringComparison.Ordinal);
        Assert.Contains("rows a second", result.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task QuietFile_SaysSo()
    {
        var file = _cli.Write("file.csv", Csv.Binary(1_000, 1));
        var result = await _cli.RunAsync("replay", file, "--reference", file, "--probability", "score", "--label", "label", "--chunk", "500");
        Assert.Contains("the task is taken to be binary", result.Out, StringComparison.Ordinal);
        Assert.Contains("No feature drifts in any of the 2 chunks that were judged.", result.Out, StringComparison.Ordinal);
        Assert.Contains("Accuracy is 0.7", result.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShortFile_SaysThatTheReferenceTookAllOfIt()
    {
        var result = await _cli.RunAsync("replay", _cli.Write("file.csv", Csv.Binary(1_000, 1)));
        Assert.Contains("There is no row behind the reference's", result.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ManyChunks_AreShownFromBothEnds()
    {
        var file = _cli.Write("file.csv", Csv.Binary(1_000, 1));
        var lines = (await _cli.RunAsync("replay", file, "--reference", file, "--chunk", "1")).Out.Split('\n');
        var table = lines.TakeWhile(line => !line.StartsWith("file:", StringComparison.Ordinal)).ToArray();
        Assert.InRange(table.Length, 200, 220);
        Assert.Contains(table, line => line.TrimStart().StartsWith("0 ", StringComparison.Ordinal));
        Assert.Contains(table, line => line.TrimStart().StartsWith("999 ", StringComparison.Ordinal));
        Assert.DoesNotContain(table, line => line.TrimStart().StartsWith("500 ", StringComparison.Ordinal));
    }
}
