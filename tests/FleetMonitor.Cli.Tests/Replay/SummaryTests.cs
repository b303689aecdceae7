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
    public async Task DriftThatEnds_IsComparedWithTheOtherChunks()
    {
        // Chunk 3 of 10 has other amounts and labels at random; what follows is as before.
        var lines = Csv.Binary(5_000, 2, amount: (i, x) => i / 500 == 3 ? x + 1 : x).TrimEnd('\n').Split('\n');
        for (var i = 1_501; i <= 2_000; i++) lines[i] = lines[i][..^1] + (i & 1);
        var (file, reference) = (_cli.Write("file.csv", string.Join('\n', lines)), _cli.Write("reference.csv", Csv.Binary(2_000, 1)));
        string[] replay = ["replay", file, "--reference", reference, "--probability", "score", "--label", "label", "--chunk", "500"];
        var result = await _cli.RunAsync(replay);
        Assert.Contains("Of 10 chunks it is the only one that has drifted.", result.Out, StringComparison.Ordinal);
        Assert.Matches(@"Accuracy fell with the drift: 0\.[45]\d+ in the drifted chunks, 0\.7\d+ in the others \(reference 0\.7", result.Out);

        for (var i = 3_501; i <= 4_000; i++) lines[i] = "9" + lines[i];
        _cli.Write("file.csv", string.Join('\n', lines));
        Assert.Contains("2 of 10 chunks have drifted: chunks 3, 7.", (await _cli.RunAsync(replay)).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ChunksAllAlike_HaveNoWorstOne()
    {
        var file = _cli.Write("file.csv", Csv.Of("x,score,prediction,label", 2_000, i => $"{i % 100},0.9,1,1"));
        var result = await _cli.RunAsync("replay", file, "--reference", file, "--probability", "score", "--label", "label", "--chunk", "500");
        Assert.DoesNotContain("It is worst", result.Out, StringComparison.Ordinal);
        var few = await _cli.RunAsync("replay", file, "--reference", file, "--probability", "score", "--label", "label", "--chunk", "50");
        Assert.Contains("No chunk has 100 labelled rows, so performance is not known.", few.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Regression_IsComparedWithItsReference()
    {
        var random = new Random(3);
        string Rows(int count, Func<int, double> bias) => Csv.Of("x,prediction,label", count, i =>
        {
            var prediction = 1e6 * random.NextDouble();
            return $"{random.NextDouble():R},{prediction:R},{prediction + (4e5 * random.NextDouble()) + bias(i):R}";
        });
        var reference = _cli.Write("reference.csv", Rows(2_000, _ => 0));
        var file = _cli.Write("file.csv", Rows(2_000, i => i < 1_000 ? 0 : 1e5));
        string[] options = [file, "--reference", reference, "--label", "label", "--chunk", "500"];
        var result = await _cli.RunAsync(["replay", .. options]);
        Assert.Matches(@"The mean absolute error is 2[45]\d,\d{3} over 2,000 labelled rows \(reference (19|20)\d,\d{3}\)\.", result.Out);
        Assert.Contains("It differs from the reference's beyond chance and by more than a tenth in chunks 2–3.", result.Out, StringComparison.Ordinal);

        var report = await _cli.ReplayAsync(options);
        Assert.Equal("regression", report.GetProperty("task").GetString());
        Json.AssertClose(2e5, report.Number("reference.mae"), 8e3, "mae");
        Json.AssertClose(4e5 / Math.Sqrt(3), report.Number("reference.rmse"), 8e3, "rmse");
        Assert.All(["positive", "thresholds.accuracy", "thresholds.confidence"], member => Assert.True(report.IsNull(member), member));
        var chunks = report.Chunks();
        Assert.All(chunks[..2], c => Assert.InRange(c.Number("performance.mae"), c.Number("performance.reference_mae_lower"), c.Number("performance.reference_mae_upper")));
        Assert.All(chunks[2..], c => Assert.True(c.Number("performance.mae") > c.Number("performance.reference_mae_upper")));

        var unlabelled = _cli.Write("unlabelled.csv", Csv.Of("x,prediction", 500, i => $"0.{i},{i}"));
        var without = await _cli.RunAsync(["replay", file, "--reference", unlabelled, "--label", "label"]);
        Assert.Contains("The reference has no labels: residuals are judged by the first ones of the file.", without.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FeaturesThatAreNone_AreNoted()
    {
        string Rows(int count, string part, int from) => Csv.Of("id,uuid,day,partition,when,y_pred_proba,y_true,income,prediction", count, i =>
            $"{from + i},u{(from + i) * 7919},{(from + i) / 50},{part},2026-01-01 {i / 60 % 24:00}:{i % 60:00}:00,0.{i * 37 % 100:00},{i & 1},{i * 31 % 500},{i & 1}");
        var file = _cli.Write("file.csv", Rows(1_000, "analysis", 1_000));
        var reference = _cli.Write("reference.csv", Rows(1_000, "reference", 0));
        var report = await _cli.ReplayAsync(file, "--reference", reference);
        Assert.Equal(
            [
                "the task is taken to be binary (--task says otherwise)",
                "feature when holds times (--timestamp when, or --ignore when)",
                "features id, uuid have another value in each row, as an identifier has (--id id, or --ignore id,uuid)",
                "feature day has values that never fall from row to row, as a counter has (--ignore day)",
                "feature partition has one value in the reference and another in the file (--ignore partition)",
                "feature y_pred_proba looks like a probability (--probability y_pred_proba, or --ignore y_pred_proba)",
                "feature y_true may be the label (--label y_true, or --ignore y_true)",
            ],
            report.GetProperty("notes").EnumerateArray().Select(n => n.GetString()));
        var result = await _cli.RunAsync("replay", file, "--reference", reference);
        Assert.True(result.Out.IndexOf("Note: feature day", StringComparison.Ordinal) < result.Out.IndexOf("Drift starts", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Report_HasTheTimesOfItsChunksAndTheReferencesFigures()
    {
        var file = _cli.Write("file.csv", Csv.Of("time,x,score,prediction,label", 400, i => $"2026-01-01T{i / 60:00}:{i % 60:00}:00Z,{i % 7},0.{i % 90 + 10},{i & 1},{i & 1}"));
        var report = await _cli.ReplayAsync(file, "--reference", file, "--timestamp", "time", "--probability", "score", "--label", "label", "--chunk", "200");
        Assert.Equal("1", report.GetProperty("positive").GetString());
        Assert.Equal(1, report.Number("reference.accuracy"));
        Assert.InRange(report.Number("reference.confidence"), 0.5, 1);
        Assert.Equal(("2026-01-01T03:20:00Z", "2026-01-01T06:39:00Z"), (report.Chunks()[1].GetProperty("start_time").GetString(), report.Chunks()[1].GetProperty("end_time").GetString()));
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
