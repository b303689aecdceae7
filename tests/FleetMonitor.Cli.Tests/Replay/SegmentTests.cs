namespace FleetMonitor.Cli.Tests.Replay;

/// <summary>Slices in the report.</summary>
public sealed class SegmentTests : IDisposable
{
    private static readonly string[] Options = ["--task", "binary", "--probability", "score", "--label", "label", "--chunk", "2000", "--categorical",
        "country"];

    private readonly Cli _cli = new();

    public void Dispose() => _cli.Dispose();

    [Fact]
    public async Task Replay_OfASliceThatGetsWorse_NamesItFirstAndNoOther()
    {
        // From chunk 1 on every second answer for FR is wrong; the others stay at one in ten. LU is tiny, and always wrong.
        var file = _cli.Write("file.csv", Rows(6_000, i => Country(i) == "LU" || (Country(i) == "FR" && i >= 2_000 ? i % 2 == 0 : i % 10 == 3)));
        var reference = _cli.Write("reference.csv", Rows(2_000, i => i % 10 == 3));

        var chunks = (await _cli.ReplayAsync([file, "--reference", reference, .. Options, "--segments", "country"])).Chunks();

        Assert.DoesNotContain(chunks[0].GetProperty("segments").EnumerateArray(), s => s.GetProperty("worse").ValueKind == System.Text.Json.JsonValueKind.True);
        foreach (var chunk in chunks[1..])
        {
            var slices = chunk.GetProperty("segments").EnumerateArray().ToArray();
            Assert.Equal(("country", "FR"), (slices[0].GetProperty("segment").GetString(), slices[0].GetProperty("value").GetString()));
            Assert.True(slices[0].GetProperty("worse").GetBoolean());
            Assert.True(slices[0].Number("difference_upper") < -0.2);
            Assert.DoesNotContain(slices[1..], s => s.GetProperty("worse").ValueKind == System.Text.Json.JsonValueKind.True);
        }
        var result = await _cli.RunAsync(["replay", file, "--reference", reference, .. Options, "--segments", "country"]);
        Assert.Contains("country = FR in chunks 1–2", result.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Segments_OfNoFeature_IsAMistakeOfUsage()
    {
        var file = _cli.Write("file.csv", Rows(100, i => false));
        var result = await _cli.RunAsync(["replay", file, "--reference", file, .. Options, "--segments", "county"]);
        Assert.Equal(ExitCode.Usage, result.ExitCode);
        Assert.Contains("--segments county: expected a feature of the file", result.Error, StringComparison.Ordinal);
    }

    private static string Country(int i) => i % 200 == 7 ? "LU" : i * 31 % 97 % 3 == 0 ? "FR" : "DE";

    private static string Rows(int count, Func<int, bool> wrong) => Csv.Of("country,x,score,prediction,label", count, i =>
        $"{Country(i)},{i * 37 % 101},0.{(i * 7 % 40) + 55},1,{(wrong(i) ? "0" : "1")}");
}
