using System.Globalization;

namespace FleetMonitor.Cli.Tests.Replay;

/// <summary>Change points in the report.</summary>
public sealed class ChangeTests : IDisposable
{
    private static readonly string[] Options = ["--task", "binary", "--probability", "score", "--label", "label", "--chunk", "700"];

    private readonly Cli _cli = new();

    public void Dispose() => _cli.Dispose();

    [Fact]
    public async Task Replay_OfAModelThatGetsWorse_TellsTheRowOfTheChange()
    {
        var file = _cli.Write("file.csv", Rows(3_000, i => i < 2_000 ? i % 10 == 3 : i % 3 > 0));
        var reference = _cli.Write("reference.csv", Rows(1_000, i => i % 10 == 3));
        var report = await _cli.ReplayAsync([file, "--reference", reference, .. Options]);
        var change = Assert.Single(report.GetProperty("changes").EnumerateArray());
        Assert.Equal(("adwin", "error"), (change.GetProperty("detector").GetString(), change.GetProperty("on").GetString()));
        // ADWIN looks every 32 rows, and at the borders of its buckets only.
        Assert.InRange(change.GetProperty("index").GetInt32(), 2_000, 2_000 + (4 * 32));

        var result = await _cli.RunAsync(["replay", file, "--reference", reference, .. Options]);
        Assert.Contains($"adwin finds a change of error at row {change.GetProperty("index").GetInt32().ToString("N0", CultureInfo.InvariantCulture)}", result.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Replay_WithoutALabelInSomeRows_StillTellsTheFilesRow()
    {
        var file = _cli.Write("file.csv", Rows(3_000, i => i < 2_000 ? i % 10 == 3 : i % 3 > 0, i => i % 2 == 0));
        var report = await _cli.ReplayAsync([file, "--reference-rows", "500", .. Options]);
        Assert.InRange(Assert.Single(report.GetProperty("changes").EnumerateArray()).GetProperty("index").GetInt32(), 2_000, 2_300);
    }

    [Fact]
    public async Task Detector_AsAsked_WatchesTheStreamAsked()
    {
        var file = _cli.Write("file.csv", Rows(3_000, i => i % 10 == 3));
        var report = await _cli.ReplayAsync([file, "--reference", file, .. Options, "--detector", "feature:x=kswin", "--detector", "error=ddm"]);
        Assert.Contains(report.GetProperty("changes").EnumerateArray(), c => c.GetProperty("on").GetString() == "feature:x" && c.GetProperty("index").GetInt32() is >= 1_500 and < 1_600);
        Assert.DoesNotContain(report.GetProperty("changes").EnumerateArray(), c => c.GetProperty("detector").GetString() is "adwin" or "ddm");
    }

    [Theory]
    [InlineData("error", "expected STREAM=DETECTOR")]
    [InlineData("error=addwin", "expected STREAM=DETECTOR")]
    [InlineData("errors=adwin", "expected \"error\", \"confidence\", \"score\" or \"feature:NAME\"")]
    [InlineData("feature:y=adwin", "there is no feature \"y\"")]
    public async Task Detector_ThatIsNone_IsAMistakeOfUsage(string option, string message)
    {
        var file = _cli.Write("file.csv", Rows(100, i => false));
        var result = await _cli.RunAsync(["replay", file, "--reference", file, .. Options, "--detector", option]);
        Assert.Equal(ExitCode.Usage, result.ExitCode);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
    }

    private static string Rows(int count, Func<int, bool> wrong, Func<int, bool>? labelled = null) => Csv.Of("x,score,prediction,label", count, i =>
        $"{(i * 37 % 101) + (i < 1_500 ? 0 : 200)},0.{(i * 7 % 40) + 55},1,{(labelled?.Invoke(i) == false ? "" : wrong(i) ? "0" : "1")}");
}
