using System.Text;
using FleetMonitor.Cli.Replay;
using FleetMonitor.Core.Formats;
using FleetMonitor.Core.Specs;

namespace FleetMonitor.Cli.Tests.Replay;

public sealed class ChunkReaderTests
{
    private static readonly ReplayOptions Options = new() { File = "file.csv", Prediction = "p", Timestamp = "t", Window = ChunkPeriod.TryParse("1d", out var day) ? day : null };

    [Fact]
    public void ByTime_WithLittleRoom_ClosesOldWindowsAndRejectsWhatComesTooLate()
    {
        // Day 1 is closed by the time its last row comes.
        var rows = Enumerable.Range(0, 12_000).Select(i => $"2026-01-{1 + (i / 3_000):00}T00:00:00Z,1").Append("2026-01-01T12:00:00Z,1");
        var rejections = new Rejections("file.csv", strict: false);
        var chunks = Reader(Csv.Of("t,p", rows), rejections, maxWaitingRows: 4_000).Read().ToArray();
        Assert.Equal([3_000, 3_000, 3_000, 3_000], chunks.Select(c => c.Count));
        Assert.Equal(chunks.Select(c => c.Start).Order(), chunks.Select(c => c.Start));
        Assert.Equal(1, rejections.Count);
        Assert.StartsWith("file.csv: line 12002: column t: expected rows at most 4000 behind", rejections.Examples[0], StringComparison.Ordinal);
    }

    [Fact]
    public void ByTime_WithRoom_PutsEveryRowInItsWindow()
    {
        var rows = Enumerable.Range(0, 12_000).Select(i => $"2026-01-{1 + (i / 3_000):00}T00:00:00Z,1").Append("2026-01-01T12:00:00Z,1");
        var rejections = new Rejections("file.csv", strict: false);
        var chunks = Reader(Csv.Of("t,p", rows), rejections, maxWaitingRows: 20_000).Read().ToArray();
        Assert.Equal([3_001, 3_000, 3_000, 3_000], chunks.Select(c => c.Count));
        Assert.Equal(0, rejections.Count);
    }

    private static ChunkReader Reader(string text, Rejections rejections, int maxWaitingRows)
    {
        var spec = new ModelSpec { Task = TaskKind.Binary, Positive = "1", Features = [] };
        var plan = new ReplayPlan("m", spec, new CsvMapping { Prediction = "p", Time = "t", Conventional = false }, null, [], []);
        var csv = PredictionCsv.Open(new MemoryStream(Encoding.UTF8.GetBytes(text)), plan.File, plan.Spec, DecodeLimits.Default);
        return new ChunkReader(csv, new RowScreen(plan), rejections, Options, maxWaitingRows);
    }
}
