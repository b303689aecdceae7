using FleetMonitor.Core.Batches;
using FleetMonitor.Core.Ingest;
using FleetMonitor.Core.Specs;
using FleetMonitor.Grains.Messages;
using FleetMonitor.Storage;
using Microsoft.Data.Sqlite;
using Xunit;

namespace FleetMonitor.Grains.Tests;

/// <summary>Rows with feature values are kept no longer than they may be, also of a model that fell silent.</summary>
public sealed class RetentionTests
{
    [Fact]
    public async Task Forget_OfAModelThatFellSilent_ChecksItsLogInAndGivesUpACaptureThatDoesNotEnd()
    {
        using var folder = new TempFolder();
        var time = new AdvancedTime();
        await using var silo = await Silo.StartAsync(folder.Path, o => (o.Tick, o.FeatureRetention) = (TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10)), time: time);
        var model = silo.Model("silent");
        await model.Apply(new ModelCommand(LogEntryKind.Spec, null, 0, SpecJson.Write(new ModelSpec { Reference = new ReferenceSpec { Capture = 500 } })));
        await model.Apply(Batch(100));
        Assert.Equal(100, (await model.Describe()).Captured);
        Assert.NotEqual(0, await LogRows(folder));
        time.Ahead = TimeSpan.FromMinutes(11);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (await LogRows(folder) > 0 || (await model.Describe()).Captured > 0) await Task.Delay(50, patience.Token);
        var described = await model.Describe();
        Assert.Equal((100, "capturing"), (described.Counters.Predictions, described.State));
    }

    /// <summary>Whatever it failed with: the rows go once a checkpoint can be saved again, and nothing else suffers meanwhile.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Forget_WithACheckpointThatFails_IsTriedAgain(bool foreseen)
    {
        using var folder = new TempFolder();
        var time = new AdvancedTime();
        FaultyStore? store = null;
        await using var silo = await Silo.StartAsync(
            folder.Path, o => (o.Tick, o.FeatureRetention) = (TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10)), time: time, store: inner => store = new FaultyStore(inner));
        var model = silo.Model("silent");
        await model.Apply(Batch(100));
        store!.Fault = foreseen ? new StoreUnavailableException("no") : new InvalidOperationException("no");
        time.Ahead = TimeSpan.FromMinutes(11);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (store.Refused == 0) await Task.Delay(50, patience.Token);
        store.Fault = null;
        while (await LogRows(folder) > 0)
        {
            time.Ahead += TimeSpan.FromSeconds(10);
            await Task.Delay(50, patience.Token);
        }
        Assert.Equal(100, (await model.Describe()).Counters.Predictions);
        await model.Delete();
    }

    /// <summary>Nobody opens it again when its rows' time has come, so they go with it, a capture that was under way too.</summary>
    [Fact]
    public async Task Retire_OfAModelWithRows_LetsGoOfThemBeforeItsNextTick()
    {
        using var folder = new TempFolder();
        await using var silo = await Silo.StartAsync(folder.Path, o => o.Tick = TimeSpan.FromMinutes(10));
        var model = silo.Model("retired");
        await model.Apply(new ModelCommand(LogEntryKind.Spec, null, 0, SpecJson.Write(new ModelSpec { Reference = new ReferenceSpec { Capture = 500 } })));
        await model.Apply(Batch(100));
        Assert.Equal(100, (await model.Describe()).Captured);
        await model.Apply(new ModelCommand(LogEntryKind.Retire, null, 0, default));
        // The checkpoint has given them up; their rows are freed in small steps behind it.
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (await LogRows(folder) > 0) await Task.Delay(50, patience.Token);
        var described = await model.Describe();
        Assert.Equal((100, 0, "retired"), (described.Counters.Predictions, described.Captured, described.State));
    }

    internal static async Task<long> LogRows(TempFolder folder)
    {
        await using var database = new SqliteConnection($"Data Source={Path.Combine(folder.Path, "fleet.db")};Mode=ReadOnly;Pooling=False");
        await database.OpenAsync();
        await using var command = database.CreateCommand();
        command.CommandText = "SELECT count(*) FROM log";
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private static ModelCommand Batch(int rows)
    {
        var builder = new PredictionBatchBuilder();
        for (var i = 0; i < rows; i++)
        {
            builder.BeginRow();
            builder.SetPrediction("1");
            builder.SetFeature("x", i);
            builder.EndRow();
        }
        return new ModelCommand(LogEntryKind.Predictions, null, 0, builder.Build().Buffer);
    }

    /// <summary>A clock that can be put forward.</summary>
    private sealed class AdvancedTime : TimeProvider
    {
        public TimeSpan Ahead { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Ahead;

        public override long GetTimestamp() => base.GetTimestamp() + (long)(Ahead.TotalSeconds * TimestampFrequency);
    }
}
