using FleetMonitor.Core.Batches;
using FleetMonitor.Core.Ingest;
using FleetMonitor.Core.Monitoring;
using FleetMonitor.Core.Specs;
using Xunit;

namespace FleetMonitor.Core.Tests.Monitoring;

public sealed class FailedRowTests
{
    private static readonly long Now = UnixTime.From(new DateTimeOffset(2026, 3, 2, 10, 0, 0, TimeSpan.Zero));

    [Theory]
    [InlineData(TaskKind.Binary)]
    [InlineData(TaskKind.Multiclass)]
    [InlineData(TaskKind.Regression)]
    public void Apply_RowsThatTheModelFailedOn_AreTrafficAndErrorsAndNothingElse(TaskKind task)
    {
        var monitor = new ModelMonitor("m");
        monitor.Apply(new LogEntry(LogEntryKind.Spec, Now, null, 0, SpecJson.Write(new ModelSpec { Task = task, Positive = task == TaskKind.Binary ? "1" : null })));
        var rows = new PredictionBatchBuilder();
        for (var row = 0; row < 10; row++)
        {
            rows.BeginRow();
            rows.SetLatency(0.25);
            if (row < 3) rows.SetError(true);
            else rows.SetPrediction(task == TaskKind.Regression ? row + 0.5 : 1);
            rows.EndRow();
        }
        var result = monitor.Apply(new LogEntry(LogEntryKind.Predictions, Now, null, 0, rows.Build().Buffer));
        Assert.Equal((10, 0), (result.Accepted, result.Rejected));
        var counters = monitor.Describe(Now).Counters;
        Assert.Equal((10L, 3L), (counters.Predictions, counters.Errors));
        Assert.Equal(monitor.Save(), ModelMonitor.Load(monitor.Save()).Save());
    }

    [Fact]
    public void Apply_NothingButFailures_IsTaken()
    {
        var monitor = new ModelMonitor("m");
        monitor.Apply(new LogEntry(LogEntryKind.Spec, Now, null, 0, SpecJson.Write(new ModelSpec { Task = TaskKind.Binary, Positive = "1" })));
        var rows = new PredictionBatchBuilder();
        rows.BeginRow();
        rows.SetError(true);
        rows.EndRow();
        Assert.Equal(1, monitor.Apply(new LogEntry(LogEntryKind.Predictions, Now, null, 0, rows.Build().Buffer)).Accepted);
    }
}
