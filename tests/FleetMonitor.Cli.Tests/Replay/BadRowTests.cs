using System.Globalization;
using FleetMonitor.Cli.Replay;

namespace FleetMonitor.Cli.Tests.Replay;

/// <summary>Rows and options that are wrong: what is said, what is counted, how the command ends.</summary>
public sealed class BadRowTests : IDisposable
{
    private static readonly string[] Options = ["--task", "binary", "--probability", "score", "--label", "label"];

    private readonly Cli _cli = new();
    private readonly string _reference;

    public BadRowTests() => _reference = _cli.Write("reference.csv", Csv.Binary(1_000, 1));

    public void Dispose() => _cli.Dispose();

    [Theory]
    [InlineData("0.5,DE,0.5,1", "expected 5 fields, got 4")]
    [InlineData("0.5,DE,0.5,1,1,1", "expected 5 fields, got 6")]
    [InlineData("0.5,DE,1.5,1,1", "column score: expected a number from 0 to 1, got \"1.5\"")]
    [InlineData("0.5,DE,0.5,,1", "column prediction: expected a class or a number, got nothing")]
    [InlineData("0.5,DE,0.5,2,1", "column prediction: expected one of the two classes \"1\" and \"0\", got \"2\"")]
    [InlineData("0.5,DE,0.5,1,maybe", "column label: expected one of the two classes \"1\" and \"0\", got \"maybe\"")]
    [InlineData("0.5,\"DE,0.5,1,1", "expected a closing quote, got the end of the file")]
    public async Task BadRow_IsCountedAndNamedByItsLine(string row, string message)
    {
        var lines = Csv.Binary(300, 2).TrimEnd('\n').Split('\n').ToList();
        lines.Insert(150, row);
        var file = _cli.Write("file.csv", string.Join('\n', lines) + "\n");
        var result = await _cli.RunAsync(["replay", file, "--reference", _reference, .. Options]);
        Assert.Equal(0, result.ExitCode);
        Assert.Contains($"file.csv: line 151: {message}", result.Out, StringComparison.Ordinal);
        Assert.Contains("1 row was left out", result.Out, StringComparison.Ordinal);
        var report = await _cli.ReplayAsync([file, "--reference", _reference, .. Options]);
        Assert.Equal(1, report.GetProperty("rejected").GetInt32());
        Assert.Equal(300, report.Chunks().Sum(c => c.GetProperty("count").GetInt32()));

        var strict = await _cli.RunAsync(["replay", file, "--reference", _reference, .. Options, "--strict"]);
        Assert.Equal(ExitCode.Data, strict.ExitCode);
        Assert.Contains($"file.csv: line 151: {message}", strict.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BadRows_DoNotShiftTheChunks()
    {
        var lines = Csv.Binary(300, 2).TrimEnd('\n').Split('\n').ToList();
        for (var i = 0; i < 120; i++) lines.Insert(50, i % 2 == 0 ? "ragged" : "0.5,DE,0.5,7,1");
        var report = await _cli.ReplayAsync([_cli.Write("file.csv", string.Join('\n', lines)), "--reference", _reference, .. Options, "--chunk", "100"]);
        Assert.Equal(120, report.GetProperty("rejected").GetInt32());
        Assert.Equal([100, 100, 100], report.Chunks().Select(c => c.GetProperty("count").GetInt32()));
    }

    [Fact]
    public async Task ManyBadRows_AreToldAtOnceAndByTheirReasons()
    {
        var lines = Csv.Binary(300, 2).TrimEnd('\n').Split('\n').ToList();
        for (var i = 0; i < 150; i++) lines.Insert(50 + i, i == 99 ? "ragged" : $"0.5,DE,x{i},1,1");
        var file = _cli.Write("file.csv", string.Join('\n', lines));
        var result = await _cli.RunAsync(["replay", file, "--reference", _reference, .. Options]);
        Assert.Contains("file: 300 rows (150 more, 33 %, were left out) in 1 chunk against a reference of 1,000 rows.", result.Out, StringComparison.Ordinal);
        Assert.Equal(3, result.Out.Split("column score: expected a number from 0 to 1, got").Length - 1);
        Assert.Contains("expected 5 fields, got 1", result.Out, StringComparison.Ordinal);
        var report = await _cli.ReplayAsync([file, "--reference", _reference, .. Options]);
        Assert.Equal(4, report.GetProperty("rejected_examples").GetArrayLength());
    }

    [Theory]
    [InlineData("amount,country,score,prediction,label", "0.5,DE,52,1,1", "column score: expected a number from 0 to 1, got \"52\"")]
    [InlineData("amount,country,score,prediction,label", "short", "expected 5 fields, got 1")]
    public async Task RowsThatAreAllWrong_AreADataError(string header, string row, string message)
    {
        var wrong = _cli.Write("wrong.csv", Csv.Of(header, Enumerable.Repeat(row, 200)));
        foreach (var files in new string[][] { [wrong, "--reference", _reference], [_reference, "--reference", wrong], [wrong] })
        {
            var result = await _cli.RunAsync(["replay", .. files, .. Options, "--json", _cli.PathOf("none.json")]);
            Assert.Equal(ExitCode.Data, result.ExitCode);
            Assert.Contains($"wrong.csv: line 2: {message}; none of the 200 rows could be taken", result.Error, StringComparison.Ordinal);
            Assert.False(File.Exists(_cli.PathOf("none.json")));
        }
    }

    [Theory]
    [InlineData(false, "file.csv: more than 1000 cells (rows × columns); --reference-rows takes fewer")]
    [InlineData(true, "file.csv: more than 1000 cells (rows × columns); a sample of it serves as well")]
    public async Task ReferenceBeyondMemory_IsADataError(bool ownFile, string message)
    {
        var file = _cli.Write("file.csv", Csv.Binary(2_000, 1));
        using var output = new StringWriter();
        var terminal = new Terminal { Out = output, Error = output, OpenInput = () => Stream.Null };
        var options = new ReplayOptions { File = file, Prediction = "prediction", Label = "label", Reference = ownFile ? file : null };
        var exception = await Assert.ThrowsAsync<CommandException>(() => new ReplayRun(options, terminal, maxCells: 1_000).RunAsync(default));
        Assert.Equal(ExitCode.Data, exception.ExitCode);
        Assert.EndsWith(message, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RepeatedId_IsLeftOut()
    {
        var file = _cli.Write("file.csv", Csv.Of("id,x,prediction", 300, i => $"p{i % 200},{i},{i & 1}"));
        var report = await _cli.ReplayAsync(file, "--reference", file, "--id", "id");
        Assert.Equal(100, report.GetProperty("rejected").GetInt32());
        Assert.Equal(200, report.Chunks().Sum(c => c.GetProperty("count").GetInt32()));
        var result = await _cli.RunAsync("replay", file, "--reference", file, "--id", "id");
        Assert.Contains("line 202: column id: expected an id that no other row has, got \"p0\" again", result.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NumbersWithAFewMistakes_StayNumeric()
    {
        // Without a reference of its own, also the first rows have some.
        var file = _cli.Write("file.csv", Csv.Of("x,prediction", 6_000, i => i % 50 == 0 ? $"oops,{i & 1}" : (FormattableString)$"{i},{i & 1}"));
        var report = await _cli.ReplayAsync(file);
        Assert.Equal(0, report.GetProperty("rejected").GetInt32());
        Assert.Equal("numeric", report.Chunks()[0].At("drift.x.kind").GetString());
        Assert.Equal(0.02, report.Chunks()[0].At("drift.x.missing").GetDouble(), 1e-9);
        var result = await _cli.RunAsync("replay", file);
        Assert.Contains("file.csv: column x: 120 type mismatches, taken as missing, first in line 2: expected a number, got \"oops\".", result.Out, StringComparison.Ordinal);
        var strict = await _cli.RunAsync("replay", file, "--strict");
        Assert.Equal(ExitCode.Data, strict.ExitCode);
        Assert.Contains("file.csv: line 2: column x: expected a number, got \"oops\"", strict.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TextColumn_NotListed_IsCategoricalAllTheSame()
    {
        var report = await _cli.ReplayAsync([_cli.Write("file.csv", Csv.Binary(300, 2)), "--reference", _reference, .. Options]);
        Assert.Equal("categorical", report.Chunks()[0].At("drift.country.kind").GetString());
        Assert.Equal(0, report.GetProperty("rejected").GetInt32());
    }

    [Theory]
    [InlineData("--label", "lable", "no column \"lable\" (did you mean \"label\"?)")]
    [InlineData("--prediction", "predictions", "no column \"predictions\" (did you mean \"prediction\"?)")]
    [InlineData("--probability", "scores", "no column \"scores\" (did you mean \"score\"?)")]
    [InlineData("--categorical", "countries", "no column \"countries\" (did you mean \"country\"?)")]
    [InlineData("--ignore", "amonut", "no column \"amonut\" (did you mean \"amount\"?)")]
    [InlineData("--timestamp", "when", "no column \"when\"")]
    public async Task WrongColumnName_IsToldWithTheNearestOne(string option, string name, string message)
    {
        var result = await _cli.RunAsync("replay", _reference, "--reference", _reference, "--task", "binary", option, name);
        Assert.Equal(ExitCode.Usage, result.ExitCode);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.Contains("line 1", result.Error, StringComparison.Ordinal);
        Assert.Contains("amount, country, score, prediction, label", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WrongColumnName_IsToldBeforeTheReferencesColumns()
    {
        var file = _cli.Write("other.csv", Csv.Of("land,prediction", 10, i => $"DE,{i & 1}"));
        var result = await _cli.RunAsync("replay", file, "--reference", _reference, "--prediction", "predicted", "--positive", "1");
        Assert.Equal(ExitCode.Usage, result.ExitCode);
        Assert.Contains("other.csv: line 1: no column \"predicted\"", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReferenceOfManyOtherColumns_IsToldWithAFew()
    {
        var file = _cli.Write("wide.csv", Csv.Of(string.Join(',', Enumerable.Range(0, 25).Select(i => $"column{i}")) + ",prediction", 2, i => $"{string.Join(',', Enumerable.Range(0, 25))},{i}"));
        var result = await _cli.RunAsync("replay", file, "--reference", _reference);
        Assert.Contains("\"column9\" and 15 more; a reference has the same columns", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("column10", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NamedFeatures_AreTheOnlyOnes()
    {
        var report = await _cli.ReplayAsync([_cli.Write("file.csv", Csv.Binary(300, 2)), "--reference", _reference, .. Options, "--features", "country"]);
        Assert.Equal(["country", "prediction", "score"], report.Chunks()[0].GetProperty("drift").EnumerateObject().Select(c => c.Name).Order());
        var wrong = await _cli.RunAsync(["replay", _reference, "--reference", _reference, .. Options, "--features", "country,amonut"]);
        Assert.Equal(ExitCode.Usage, wrong.ExitCode);
        Assert.Contains("no column \"amonut\" (did you mean \"amount\"?)", wrong.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReferenceWithoutAFeature_IsToldWhichOne()
    {
        var file = _cli.Write("file.csv", Csv.Of("amount,land,prediction", 10, i => $"{i},DE,1"));
        var reference = _cli.Write("short.csv", Csv.Of("amount,prediction", 10, i => $"{i},1"));
        var result = await _cli.RunAsync("replay", file, "--reference", reference);
        Assert.Equal(ExitCode.Usage, result.ExitCode);
        Assert.Contains("short.csv: no column \"land\"", result.Error, StringComparison.Ordinal);
        Assert.Equal(0, (await _cli.RunAsync("replay", file, "--reference", reference, "--ignore", "land")).ExitCode);
    }

    [Fact]
    public async Task ReferenceWithoutLabels_TurnsTheAccuracyAlertOff()
    {
        var unlabelled = _cli.Write("unlabelled.csv", Csv.Of("amount,country,score,prediction", 500, i => $"0.5,DE,0.{i % 10},1"));
        var report = await _cli.ReplayAsync([_cli.Write("file.csv", Csv.Binary(500, 2)), "--reference", unlabelled, .. Options]);
        Assert.True(report.IsNull("thresholds.accuracy"));
        Assert.DoesNotContain(report.Chunks()[0].Alerts(), alert => alert.StartsWith("accuracy", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Thresholds_ComeFromTheReferenceOrTheOptions()
    {
        var file = _cli.Write("file.csv", Csv.Of("x,score,prediction,label", 1_000, i => $"{i},0.9,1,{(i % 10 == 0 ? 0 : 1)}"));
        var derived = await _cli.ReplayAsync([file, "--reference", file, .. Options]);
        Json.AssertClose(0.85, derived.Number("thresholds.accuracy"), 1e-12, "accuracy");
        Json.AssertClose(0.8, derived.Number("thresholds.confidence"), 1e-12, "confidence");
        string[] thresholds = ["--accuracy-threshold", "0.95", "--confidence-threshold", "0.99", "--ks", "0.3", "--min-samples", "50"];
        var given = await _cli.ReplayAsync([file, "--reference", file, .. Options, .. thresholds]);
        Assert.Equal((0.95, 0.99), (given.Number("thresholds.accuracy"), given.Number("thresholds.confidence")));
        Assert.Equal((0.3, 50), (given.Number("thresholds.ks"), given.Number("thresholds.min_samples")));
        Assert.Equal(["accuracy: 0.900 < 0.950", "estimated_accuracy: 0.900 < 0.950", "confidence: 0.900 < 0.990"], given.Chunks()[0].Alerts());
    }

    [Theory]
    [InlineData("--chunk", "0")]
    [InlineData("--chunk", "many")]
    [InlineData("--window", "1 day")]
    [InlineData("--window", "0M")]
    [InlineData("--window", "121M")]
    [InlineData("--task", "clustering")]
    [InlineData("--ks", "2")]
    [InlineData("--positive", "7")]
    [InlineData("--json", "/no/such/folder/out.json")]
    [InlineData("--colour", "red")]
    public async Task WrongOption_IsAUsageError(string option, string value)
    {
        var result = await _cli.RunAsync(["replay", _reference, "--reference", _reference, .. Options.Where(_ => option != "--task"), option, value]);
        Assert.Equal(ExitCode.Usage, result.ExitCode);
        Assert.Contains(option, result.Error, StringComparison.Ordinal);
        // The mistake stays in sight: the help is not printed behind it.
        Assert.InRange((result.Error + result.Out).Split('\n').Length, 1, 8);
    }

    [Fact]
    public async Task MissingFile_IsADataError()
    {
        var result = await _cli.RunAsync("replay", _cli.PathOf("nowhere.csv"));
        Assert.Equal(ExitCode.Data, result.ExitCode);
        Assert.Equal($"fleetmonitor: no file {_cli.PathOf("nowhere.csv")}{Environment.NewLine}", result.Error);
    }

    [Fact]
    public async Task BrokenGzip_IsADataError()
    {
        var bytes = Csv.Gzip(Csv.Binary(2_000, 1));
        Array.Fill(bytes, (byte)0x55, bytes.Length / 2, bytes.Length / 4);
        var result = await _cli.RunAsync(["replay", _cli.Write("broken.csv.gz", bytes), .. Options]);
        Assert.Equal(ExitCode.Data, result.ExitCode);
    }

    [Fact]
    public async Task Times_OutOfOrder_FindTheirWindow()
    {
        var start = new DateTime(2026, 1, 5, 0, 0, 0, DateTimeKind.Utc);
        var random = new Random(5);
        var minutes = Enumerable.Range(0, 4 * 24 * 60).OrderBy(_ => random.Next()).ToArray();
        var file = _cli.Write("file.csv", Csv.Of("time,x,prediction", minutes.Length, i => $"{start.AddMinutes(minutes[i]):yyyy-MM-ddTHH:mm:ssZ},{minutes[i]},{i & 1}"));
        var chunks = (await _cli.ReplayAsync(file, "--reference", file, "--timestamp", "time", "--window", "1d")).Chunks();
        Assert.Equal([1_440, 1_440, 1_440, 1_440], chunks.Select(c => c.GetProperty("count").GetInt32()));
        var days = Enumerable.Range(0, 4).Select(day => start.AddDays(day).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture));
        Assert.Equal(days, chunks.Select(c => c.GetProperty("start_time").GetString()));
        // A day's values are a quarter of the reference's, so the window that took other days' rows would show.
        Assert.All(chunks, chunk => Assert.InRange(chunk.Number("drift.x.ks"), 0.5, 0.76));
    }

    [Fact]
    public async Task Months_AreTheCalendars()
    {
        var start = new DateTime(2026, 1, 15, 0, 0, 0, DateTimeKind.Utc);
        var file = _cli.Write("file.csv", Csv.Of("time,x,prediction", 60, i => $"{start.AddDays(i):yyyy-MM-dd},{i},{i & 1}"));
        var chunks = (await _cli.ReplayAsync(file, "--reference", file, "--timestamp", "time", "--window", "1M")).Chunks();
        Assert.Equal([17, 28, 15], chunks.Select(c => c.GetProperty("count").GetInt32()));
        Assert.Equal(["2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"], chunks.Select(c => c.GetProperty("start_time").GetString()));
        Assert.Equal("2026-04-01T00:00:00Z", chunks[^1].GetProperty("end_time").GetString());
    }

    [Fact]
    public async Task EmptyWindows_AreLeftOut_AndRowsWithoutATimeRejected()
    {
        var file = _cli.Write("file.csv", Csv.Of("time,x,prediction", ["2026-01-01T05:00:00Z,1,1", "2026-01-04T05:00:00Z,1,0", ",1,0", "yesterday,1,0"]));
        var report = await _cli.ReplayAsync(file, "--reference", file, "--timestamp", "time", "--window", "1d");
        Assert.Equal(["2026-01-01T00:00:00Z", "2026-01-04T00:00:00Z"], report.Chunks().Select(c => c.GetProperty("start_time").GetString()));
        Assert.Equal(2, report.GetProperty("rejected").GetInt32());
    }

    [Fact]
    public async Task Window_WithoutTimes_SpacesRowsASecondApart()
    {
        var file = _cli.Write("file.csv", Csv.Binary(300, 1));
        var chunks = (await _cli.ReplayAsync([file, "--reference", file, .. Options, "--window", "2m"])).Chunks();
        Assert.Equal([120, 120, 60], chunks.Select(c => c.GetProperty("count").GetInt32()));
    }
}
