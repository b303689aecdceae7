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

    [Theory]
    [InlineData(80)]
    [InlineData(120)]
    [InlineData(160)]
    [InlineData(200)]
    public async Task Table_OfAnyWidth_HasALineForEachChunk(int width)
    {
        using var cli = new Cli { Width = width };
        var reference = cli.Write("reference.csv", Csv.Binary(2_000, 1));
        var lines = Csv.Binary(2_000, 2, amount: (i, x) => i < 1_000 ? x : x + 1).TrimEnd('\n').Split('\n');
        for (var i = 1_001; i < lines.Length; i++) lines[i] = lines[i][..^1] + (i & 1);
        var file = cli.Write("file.csv", string.Join('\n', lines.Select((line, i) => i == 0 ? $"time,{line}" : $"2026-01-01 {i / 60 % 24:00}:{i % 60:00},{line}")));
        var result = await cli.RunAsync("replay", file, "--reference", reference, "--timestamp", "time", "--probability", "score", "--label", "label", "--chunk", "500");
        var table = result.Out.Split('\n').TakeWhile(line => !line.StartsWith("file:", StringComparison.Ordinal)).Where(line => line.Trim().Length > 0).ToArray();
        Assert.True(table.Length == 6, result.Out);
        Assert.All(table, line => Assert.InRange(line.TrimEnd().Length, 1, width));
        Assert.Matches("3 +1,500–1,999 .*0\\.[0-9]{4}.* amount KS [01]\\.[0-9]{3}.* drifted \\(1\\)", table[^1]);
        Assert.Equal(width >= 120, table[2].Contains("2026-01-01 00:01", StringComparison.Ordinal));
        Assert.Equal(width >= 160, table[0].Contains("worst features", StringComparison.Ordinal));
        Assert.Equal(width >= 200, table[0].Contains(" time ", StringComparison.Ordinal));
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
