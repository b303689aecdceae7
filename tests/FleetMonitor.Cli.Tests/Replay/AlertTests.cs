using System.Globalization;

namespace FleetMonitor.Cli.Tests.Replay;

/// <summary>Alerts on accuracy: by the labels and the estimate of the chunk itself, however many labels lack.</summary>
public sealed class AlertTests : IDisposable
{
    private static readonly string[] Options = ["--task", "binary", "--probability", "score", "--label", "label", "--chunk", "500"];

    private readonly Cli _cli = new();
    private readonly string _reference;

    public AlertTests() => _reference = _cli.Write("reference.csv", Csv.Binary(4_000, 1));

    public void Dispose() => _cli.Dispose();

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public async Task Accuracy_OfChunksThatAreLabelledInPart_IsJudgedByTheirOwnLabels(int labelledOf)
    {
        // From row 1,000 on labels are the other way round, and only some rows have one.
        var chunks = await ReplayAsync(Flipped(4_000, labelledOf));
        for (var i = 0; i < chunks.Length; i++)
        {
            Assert.Equal(i < 2 ? 500 : 500 / labelledOf, chunks[i].GetProperty("labelled").GetInt32());
            var alerts = chunks[i].Alerts().Where(a => a.StartsWith("accuracy: ", StringComparison.Ordinal)).ToArray();
            if (i < 2) Assert.Empty(alerts);
            else Assert.StartsWith(string.Create(CultureInfo.InvariantCulture, $"accuracy: {chunks[i].Number("performance.accuracy"):0.000} < 0.7"), Assert.Single(alerts), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Accuracy_OfTooFewLabels_IsNotJudged()
    {
        var chunks = await ReplayAsync(Flipped(4_000, labelledOf: 10));
        Assert.All(chunks, chunk => Assert.DoesNotContain(chunk.Alerts(), a => a.StartsWith("accuracy", StringComparison.Ordinal)));
        Assert.All(chunks[2..], chunk => Assert.True(chunk.IsNull("performance.accuracy")));
    }

    [Fact]
    public async Task EstimatedAccuracy_IsTheReportsOwn()
    {
        var chunks = await ReplayAsync(Flipped(4_000, labelledOf: 1));
        for (var i = 0; i < chunks.Length; i++)
        {
            var alerts = chunks[i].Alerts().Where(a => a.StartsWith("estimated_accuracy", StringComparison.Ordinal)).ToArray();
            // The labels of chunk 2 are in when chunk 3 is estimated, its own are not.
            var expected = i < 3 ? [] : new[] { string.Create(CultureInfo.InvariantCulture, $"estimated_accuracy: {chunks[i].Number("estimated.recalibrated_accuracy"):0.000} < 0.7") };
            Assert.Equal(expected.Length, alerts.Length);
            Assert.All(alerts, a => Assert.StartsWith(expected[0], a, StringComparison.Ordinal));
        }
    }

    private static string Flipped(int rows, int labelledOf)
    {
        var lines = Csv.Binary(rows, 2).TrimEnd('\n').Split('\n');
        for (var i = 1_001; i < lines.Length; i++) lines[i] = lines[i][..^1] + (i % labelledOf > 0 ? "" : lines[i][^1] == '1' ? "0" : "1");
        return string.Join('\n', lines);
    }

    private async Task<System.Text.Json.JsonElement[]> ReplayAsync(string file) =>
        (await _cli.ReplayAsync([_cli.Write("file.csv", file), "--reference", _reference, .. Options])).Chunks();
}
