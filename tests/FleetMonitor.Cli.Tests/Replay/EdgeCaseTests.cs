using System.Text;
using System.Text.Json;

namespace FleetMonitor.Cli.Tests.Replay;

/// <summary>Data as it really comes: constant, missing, new, infinite, tiny, huge.</summary>
public sealed class EdgeCaseTests : IDisposable
{
    private static readonly string[] BinaryOptions = ["--task", "binary", "--probability", "score", "--label", "label"];

    private readonly Cli _cli = new();

    public void Dispose() => _cli.Dispose();

    [Fact]
    public async Task ConstantReference_ThatMoves_DriftsWithoutAWasserstein()
    {
        var chunks = await ChunksAsync(Csv.Binary(1_000, 1, amount: (_, _) => 5), Csv.Binary(1_000, 2, amount: (i, _) => i < 500 ? 5 : 4));
        var moved = Assert.Single(chunks).At("drift.amount");
        Json.AssertClose(0.5, moved.Number("ks"), 1e-12, "ks");
        Assert.True(moved.IsNull("wasserstein"));
        Assert.True(moved.GetProperty("drifted").GetBoolean());
    }

    [Fact]
    public async Task ConstantColumn_ThatStays_IsQuiet()
    {
        var column = Assert.Single(await ChunksAsync(Csv.Binary(1_000, 1, amount: (_, _) => 5), Csv.Binary(1_000, 2, amount: (_, _) => 5))).At("drift.amount");
        Assert.Equal((0, 1, 0), (column.Number("ks"), column.Number("ks_p"), column.Number("psi")));
        Assert.Equal("quiet", column.GetProperty("verdict").GetString());
    }

    [Fact]
    public async Task Categories_InPandasSpellingAndInJsons_AreTheSame()
    {
        var reference = _cli.Write("reference.csv", Csv.Of("code,flag,prediction", 1_000, i => $"{i % 3}.0,{(i % 2 == 0 ? "True" : "False")},{i & 1}"));
        var file = _cli.Write("file.csv", Csv.Of("code,flag,prediction", 1_000, i => $"{i % 3},{(i % 2 == 0 ? "true" : "false")},{i & 1}"));
        var report = await _cli.ReplayAsync(file, "--reference", reference, "--categorical", "code");
        foreach (var name in new[] { "code", "flag" })
        {
            var column = report.Chunks()[0].At($"drift.{name}");
            Assert.Equal((0, 0, "quiet"), (column.Number("unseen"), column.Number("psi"), column.GetProperty("verdict").GetString()));
        }
        Assert.Empty(report.GetProperty("differences").EnumerateArray());
    }

    /// <summary>More categories than the monitor has bins for: it is as quiet as the exact test.</summary>
    [Fact]
    public async Task ManyCategories_OfTheSameDistribution_AreQuietToTheMonitorToo()
    {
        var random = new Random(5);
        int Zipf(int categories) => (int)Math.Exp(random.NextDouble() * Math.Log(categories));
        var file = _cli.Write("file.csv", Csv.Of("some,many,id,prediction", 12_000, i => $"s{Zipf(900)},m{Zipf(20_000)},i{i},{i & 1}"));
        var report = await _cli.ReplayAsync(file, "--reference-rows", "2000", "--chunk", "2000");
        Assert.Equal(["quiet"], report.Chunks().SelectMany(c => new[] { "some", "many", "id" }.Select(name => c.At($"drift.{name}.verdict").GetString())).Distinct());
        Assert.Empty(report.GetProperty("differences").EnumerateArray());
    }

    [Fact]
    public async Task Times_AsNumbersSinceTheEpoch_AreTimes()
    {
        var file = _cli.Write("file.csv", Csv.Of("t,x,prediction", 480, i => $"{1_795_341_600_000L + (i * 60_000L)},{i % 7},{i & 1}"));
        var report = await _cli.ReplayAsync(file, "--reference", file, "--timestamp", "t", "--window", "1h");
        Assert.Equal(8, report.Chunks().Length);
        Assert.Equal(0, report.GetProperty("rejected").GetInt32());
    }

    [Fact]
    public async Task ColumnMissingEverywhere_HasNoStatisticsAndNoAlert()
    {
        var chunk = Assert.Single(await ChunksAsync(Csv.Binary(1_000, 1, amount: (_, _) => double.NaN), Csv.Binary(1_000, 2, amount: (_, _) => double.NaN)));
        foreach (var name in new[] { "ks", "ks_p", "wasserstein", "psi", "js", "hellinger" }) Assert.True(chunk.IsNull($"drift.amount.{name}"), name);
        Assert.Equal(1, chunk.Number("drift.amount.missing"));
        Assert.Empty(chunk.Alerts());
    }

    [Fact]
    public async Task ColumnThatStartsToMiss_RaisesMissing()
    {
        var chunk = Assert.Single(await ChunksAsync(Csv.Binary(1_000, 1), Csv.Binary(1_000, 2, amount: (i, x) => i % 2 == 0 ? double.NaN : x)));
        Json.AssertClose(0.5, chunk.Number("drift.amount.missing"), 1e-12, "missing");
        Assert.False(chunk.At("drift.amount.drifted").GetBoolean());
        Assert.Contains(chunk.Alerts(), alert => alert.StartsWith("missing: amount (", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ColumnAllMissingInTheChunk_KeepsItsOtherColumns()
    {
        var chunk = Assert.Single(await ChunksAsync(Csv.Binary(1_000, 1), Csv.Binary(1_000, 2, amount: (_, _) => double.NaN, country: (_, _) => "")));
        Assert.True(chunk.IsNull("drift.amount.ks"));
        Assert.True(chunk.IsNull("drift.country.chi2"));
        Assert.True(chunk.IsNull("drift.country.unseen"));
        Assert.Equal(JsonValueKind.Number, chunk.At("drift.score.ks").ValueKind);
    }

    [Fact]
    public async Task NewCategories_AreCountedAndDrift()
    {
        var column = Assert.Single(await ChunksAsync(Csv.Binary(1_000, 1), Csv.Binary(1_000, 2, country: (i, place) => i % 2 == 0 ? $"X{i % 4}" : place))).At("drift.country");
        Json.AssertClose(0.5, column.Number("unseen"), 1e-12, "unseen");
        Assert.True(column.GetProperty("drifted").GetBoolean());
        Assert.InRange(column.Number("chi2_p"), 0, 1e-6);
        Assert.InRange(column.Number("psi"), 0.2, 20);
    }

    [Fact]
    public async Task InfiniteValues_CountInKsAndTails_NotInWasserstein()
    {
        var file = Csv.Binary(1_000, 1, amount: (i, x) => (i % 4) switch { 0 => double.PositiveInfinity, 1 => double.NegativeInfinity, _ => x });
        var column = Assert.Single(await ChunksAsync(Csv.Binary(1_000, 1), file)).At("drift.amount");
        Assert.InRange(column.Number("ks"), 0.2, 0.3);
        Assert.InRange(column.Number("wasserstein"), 0, 0.2);
        Assert.InRange(column.Number("psi"), 0.3, 3);
        Assert.True(column.GetProperty("drifted").GetBoolean());
    }

    [Fact]
    public async Task ReferenceOfInfinitiesOnly_HasNoDecilesAndNoNaN()
    {
        var column = Assert.Single(await ChunksAsync(Csv.Binary(500, 1, amount: (_, _) => double.PositiveInfinity), Csv.Binary(500, 2))).At("drift.amount");
        Assert.Equal(1, column.Number("ks"));
        Assert.True(column.IsNull("psi"));
        Assert.True(column.IsNull("wasserstein"));
    }

    [Fact]
    public async Task OneRowChunks_HaveDriftStatisticsButNoScoreAndNoVerdict()
    {
        var chunks = await ChunksAsync(Csv.Binary(200, 1), Csv.Binary(20, 2), "--chunk", "1");
        Assert.Equal(20, chunks.Length);
        Assert.All(chunks, chunk =>
        {
            Assert.Equal(1, chunk.GetProperty("count").GetInt32());
            Assert.Equal("too_few_samples", chunk.GetProperty("verdict").GetString());
            Assert.Empty(chunk.Drifted());
            Assert.Empty(chunk.Alerts());
            Assert.Equal(JsonValueKind.Number, chunk.At("drift.amount.ks").ValueKind);
            Assert.Equal(1, chunk.GetProperty("labelled").GetInt32());
            Assert.All(["performance.accuracy", "performance.f1", "confidence.mean", "estimated.accuracy"], member => Assert.True(chunk.IsNull(member), member));
        });
    }

    [Fact]
    public async Task LastPartialChunk_IsKept()
    {
        var chunks = await ChunksAsync(Csv.Binary(200, 1), Csv.Binary(250, 2), "--chunk", "100");
        Assert.Equal([(0, 99, 100), (100, 199, 100), (200, 249, 50)], chunks.Select(c => (c.Number("start"), c.Number("end"), c.Number("count"))));
    }

    [Fact]
    public async Task MillionCategories_AreJudgedInReasonableTime()
    {
        var reference = _cli.Write("reference.csv", Csv.Of("id,prediction", 1_000_000, i => $"c{i},{i & 1}"));
        var file = _cli.Write("file.csv", Csv.Of("id,prediction", 20_000, i => $"{(i < 10_000 ? "c" : "n")}{i},{i & 1}"));
        var chunks = (await _cli.ReplayAsync(file, "--reference", reference, "--categorical", "id", "--chunk", "10000")).Chunks();
        Assert.Equal([0, 1], chunks.Select(c => c.Number("drift.id.unseen")));
        Assert.All(chunks, chunk => Assert.InRange(chunk.Number("drift.id.chi2_p"), 0, 1));
        Assert.All(chunks, chunk => Assert.Equal("quiet", chunk.At("drift.prediction.verdict").GetString()));
    }

    [Fact]
    public async Task EmptyFile_IsAClearError()
    {
        foreach (var path in new[] { _cli.Write("empty.csv", ""), _cli.Write("empty.csv.gz", Csv.Gzip("")) })
        {
            var result = await _cli.RunAsync("replay", path);
            Assert.Equal(ExitCode.Data, result.ExitCode);
            Assert.Contains("empty.csv", result.Error, StringComparison.Ordinal);
            Assert.Contains("expected a header", result.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task HeaderOnly_GivesAReportWithoutChunks()
    {
        var header = _cli.Write("header.csv", "amount,prediction\n");
        Assert.Empty((await _cli.ReplayAsync(header)).Chunks());
        Assert.Empty((await _cli.ReplayAsync(header, "--reference", _cli.Write("reference.csv", Csv.Binary(500, 1)))).Chunks());
    }

    [Fact]
    public async Task EmptyReference_JudgesNothing()
    {
        var chunk = Assert.Single(await ChunksAsync("amount,country,score,prediction,label\n", Csv.Binary(500, 1)));
        Assert.Equal("no_reference", chunk.GetProperty("verdict").GetString());
        Assert.True(chunk.IsNull("drift.amount.ks"));
        Assert.InRange(chunk.Number("performance.accuracy"), 0.6, 0.9);
    }

    [Fact]
    public async Task NoReference_TakesTheFirstRowsAndCountsOn()
    {
        var report = await _cli.ReplayAsync([_cli.Write("file.csv", Csv.Binary(6_500, 1)), .. BinaryOptions, "--chunk", "1000"]);
        Assert.Equal(5_000, report.At("reference.rows").GetInt32());
        Assert.Equal([(5_000, 5_999), (6_000, 6_499)], report.Chunks().Select(c => (c.GetProperty("start").GetInt32(), c.GetProperty("end").GetInt32())));
    }

    [Fact]
    public async Task ThreeClasses_FollowScikitLearn()
    {
        // y = [a b c a b c a], p(a,b,c) rows; the numbers are scikit-learn's by hand: macro over the three labels, one-vs-rest AUROC.
        string[] rows = ["a,a,0.7,0.2,0.1", "b,b,0.1,0.8,0.1", "c,b,0.2,0.5,0.3", "a,a,0.6,0.3,0.1", "b,c,0.2,0.3,0.5", "c,c,0.1,0.1,0.8", "a,b,0.3,0.4,0.3"];
        var file = _cli.Write("file.csv", Csv.Of("truth,prediction,pa,pb,pc", rows));
        string[] options = ["--task", "multiclass", "--label", "truth", "--probability", "a=pa", "--probability", "b=pb", "--probability", "c=pc", "--min-samples", "7"];
        var chunk = Assert.Single((await _cli.ReplayAsync([file, "--reference", file, .. options])).Chunks());
        Json.AssertClose(4 / 7.0, chunk.Number("performance.accuracy"), 1e-12, "accuracy");
        Json.AssertClose((1 + (1 / 3.0) + 0.5) / 3, chunk.Number("performance.precision"), 1e-12, "precision");
        Json.AssertClose(((2 / 3.0) + 0.5 + 0.5) / 3, chunk.Number("performance.recall"), 1e-12, "recall");
        Json.AssertClose((0.8 + 0.4 + 0.5) / 3, chunk.Number("performance.f1"), 1e-12, "f1");
        var likelihoods = new[] { 0.7, 0.8, 0.3, 0.6, 0.3, 0.8, 0.3 };
        Json.AssertClose(-likelihoods.Average(Math.Log), chunk.Number("performance.log_loss"), 1e-12, "log loss");
        // a: every a above every other; b: 0.8 and 0.3 against 0.2 0.5 0.3 0.1 0.4; c: 0.3 and 0.8 against 0.1 0.1 0.1 0.5 0.3.
        Json.AssertClose((1 + ((5 + 2.5) / 10) + ((3.5 + 5) / 10)) / 3, chunk.Number("performance.auroc"), 1e-12, "auroc");
        Json.AssertClose(new[] { 0.7, 0.8, 0.5, 0.6, 0.5, 0.8, 0.4 }.Average(), chunk.Number("confidence.mean"), 1e-12, "confidence");
        Assert.Equal(["pa", "pb", "pc", "prediction"], chunk.GetProperty("drift").EnumerateObject().Select(c => c.Name));
        Assert.Equal(0, chunk.Number("drift.pa.ks"));
    }

    [Fact]
    public async Task Regression_ReportsItsOwnMetrics()
    {
        var random = new Random(7);
        var file = _cli.Write("file.csv", Csv.Of("x,prediction,y", ["1,2.5,3", "2,0,-0.5", "3,2,2", "4,8,7", "5,4,"]));
        var reference = _cli.Write("reference.csv", Csv.Of("x,prediction,y", 300, _ => $"{random.NextDouble() * 5:R},{random.NextDouble() * 8:R},{random.NextDouble() * 8:R}"));
        var report = await _cli.ReplayAsync(file, "--reference", reference, "--task", "regression", "--label", "y", "--min-samples", "4");
        var chunk = Assert.Single(report.Chunks());
        Json.AssertClose(0.5, chunk.Number("performance.mae"), 1e-12, "mae");
        Json.AssertClose(Math.Sqrt(0.375), chunk.Number("performance.rmse"), 1e-12, "rmse");
        Json.AssertClose(0.9486081370449679, chunk.Number("performance.r2"), 1e-12, "r2");
        Json.AssertClose(0.3273809523809524, chunk.Number("performance.mape"), 1e-12, "mape");
        Assert.True(chunk.IsNull("confidence"));
        Assert.Equal("numeric", chunk.At("drift.prediction.kind").GetString());
        Assert.Equal(4, chunk.GetProperty("labelled").GetInt32());
    }

    [Fact]
    public async Task BadCalibration_ShowsInTheCalibrationError()
    {
        // Every score is 0.9, half of the labels are positive.
        var file = _cli.Write("file.csv", Csv.Of("x,score,prediction,label", 1_000, i => $"{i},0.9,1,{i & 1}"));
        var chunk = Assert.Single((await _cli.ReplayAsync([file, "--reference", file, .. BinaryOptions])).Chunks());
        Json.AssertClose(0.4, chunk.Number("performance.ece"), 1e-12, "ece");
        Json.AssertClose(0.5, chunk.Number("performance.auroc"), 1e-12, "auroc");
        Json.AssertClose(0.9, chunk.Number("confidence.mean"), 1e-12, "confidence");
    }

    [Fact]
    public async Task PartlyLabelled_CountsLabelledRowsOnly()
    {
        var file = _cli.Write("file.csv", Csv.Of("x,score,prediction,label", 1_000, i => $"{i},0.9,1,{(i % 4 == 0 ? "1" : "")}"));
        var chunk = Assert.Single((await _cli.ReplayAsync([file, "--reference", file, .. BinaryOptions])).Chunks());
        Assert.Equal(250, chunk.GetProperty("labelled").GetInt32());
        Assert.Equal(1, chunk.Number("performance.accuracy"));
        Assert.True(chunk.IsNull("performance.auroc"));
    }

    [Fact]
    public async Task FewLabels_GiveNoScore()
    {
        // A column of labels that ends: 1,000 rows with all of them, then one, then none.
        var file = Csv.Of("x,score,prediction,label", 3_000, i => $"{i % 100},0.9,1,{(i <= 1_000 ? "1" : "")}");
        var chunks = await ChunksAsync(Csv.Of("x,score,prediction,label", 1_000, i => $"{i % 100},0.9,1,1"), file, "--chunk", "1000");
        Assert.Equal([1_000, 1, 0], chunks.Select(c => c.GetProperty("labelled").GetInt32()));
        Assert.Equal([false, true, true], chunks.Select(c => c.IsNull("performance.accuracy")));
        Assert.All(chunks, chunk => Json.AssertClose(0.9, chunk.Number("confidence.mean"), 1e-12, "confidence"));
    }

    [Fact]
    public async Task NoLabelsNoProbabilities_LeavesPerformanceAndConfidenceNull()
    {
        var file = _cli.Write("file.csv", Csv.Of("x,prediction", 300, i => $"{i},{i & 1}"));
        var chunk = Assert.Single((await _cli.ReplayAsync(file, "--reference", file)).Chunks());
        Assert.True(chunk.IsNull("performance.accuracy"));
        Assert.True(chunk.IsNull("confidence.mean"));
    }

    [Fact]
    public async Task OneClassOnly_KnowsThatNoIsNegative()
    {
        var file = _cli.Write("file.csv", Csv.Of("x,score,prediction,label", 300, i => $"{i},0.1,0,0"));
        var chunk = Assert.Single((await _cli.ReplayAsync([file, "--reference", file, .. BinaryOptions])).Chunks());
        Assert.Equal((1, 0), (chunk.Number("performance.accuracy"), chunk.Number("performance.precision")));
        Json.AssertClose(0.01, chunk.Number("performance.brier"), 1e-12, "brier");
    }

    [Fact]
    public async Task NamesAndQuotes_SurviveTheWay()
    {
        var file = _cli.Write("naïve model.csv", Csv.Of("\"größe, cm\",\"ort \"\"x\"\"\",prediction", 300, i => $"{i},\"a, {i % 3}\",{i & 1}"));
        var report = await _cli.ReplayAsync(file, "--reference", file);
        Assert.Equal("naïve model", report.GetProperty("model").GetString());
        Assert.Equal(["größe, cm", "ort \"x\"", "prediction"], Assert.Single(report.Chunks()).GetProperty("drift").EnumerateObject().Select(c => c.Name));
    }

    [Fact]
    public async Task TinyAndHugeNumbers_StayFinite()
    {
        var reference = Csv.Binary(500, 1, amount: (i, x) => (x - 0.5) * double.MaxValue * 2);
        var chunk = Assert.Single(await ChunksAsync(reference, Csv.Binary(500, 2, amount: (i, x) => x * double.Epsilon * 100)));
        Assert.Equal(JsonValueKind.Number, chunk.At("drift.amount.ks").ValueKind);
        Assert.True(chunk.IsNull("drift.amount.wasserstein"));
    }

    [Fact]
    public async Task Gzip_StandardInputAndFile_GiveTheSameReport()
    {
        var text = Csv.Binary(1_000, 3);
        var reference = _cli.Write("reference.csv.gz", Csv.Gzip(Csv.Binary(1_000, 4)));
        var plain = await _cli.ReplayAsync([_cli.Write("file.csv", text), "--model", "m", "--reference", reference, .. BinaryOptions]);
        var zipped = await _cli.ReplayAsync([_cli.Write("file.csv.gz", Csv.Gzip(text)), "--model", "m", "--reference", reference, .. BinaryOptions]);
        var piped = await _cli.ReplayAsync(new MemoryStream(Encoding.UTF8.GetBytes(text)), ["-", "--model", "m", "--reference", reference, .. BinaryOptions]);
        Assert.Equal(plain.GetRawText(), zipped.GetRawText());
        Assert.Equal(plain.GetRawText(), piped.GetRawText());
    }

    [Fact]
    public async Task ReportToStandardOutput_IsNothingButJson()
    {
        var file = _cli.Write("file.csv", Csv.Binary(300, 1));
        var result = await _cli.RunAsync(["replay", file, "--reference", file, .. BinaryOptions, "--json", "-"]);
        Assert.Equal(0, result.ExitCode);
        using var document = JsonDocument.Parse(result.Out);
        Assert.Single(document.RootElement.Chunks());
        Assert.Contains("quiet", result.Error, StringComparison.Ordinal);
    }

    private async Task<JsonElement[]> ChunksAsync(string reference, string file, params string[] options) =>
        (await _cli.ReplayAsync([_cli.Write("file.csv", file), "--reference", _cli.Write("reference.csv", reference), .. BinaryOptions, .. options])).Chunks();
}
