using System.Buffers;
using System.Text;
using System.Text.Json;
using FleetMonitor.Core;
using FleetMonitor.Core.Batches;
using FleetMonitor.Core.Detectors;
using FleetMonitor.Core.Ingest;
using FleetMonitor.Core.Monitoring;
using FleetMonitor.Core.Scores;
using FleetMonitor.Core.Specs;
using FleetMonitor.Grains.Messages;
using FleetMonitor.Grains.Series;
using Xunit;

namespace FleetMonitor.Grains.Tests;

public sealed class ModelGrainTests
{
    [Fact]
    public async Task Apply_ThenRestart_KeepsEveryAcknowledgedPrediction()
    {
        using var folder = new TempFolder();
        await using (var silo = await Silo.StartAsync(folder.Path))
        {
            for (ulong sequence = 1; sequence <= 20; sequence++) Assert.Equal(100, (await silo.Model("fraud").Apply(Batch(100, "p", sequence))).Accepted);
        }
        await using (var silo = await Silo.StartAsync(folder.Path))
        {
            var model = await silo.Model("fraud").Describe();
            Assert.Equal(2_000, model.Counters.Predictions);
            Assert.Equal(TaskKind.Binary, model.Spec.Task);
            Assert.Equal(["amount", "country"], model.Spec.Features!.Select(f => f.Name));
        }
    }

    [Fact]
    public async Task Apply_RepeatedBatch_ChangesNothing()
    {
        using var folder = new TempFolder();
        await using var silo = await Silo.StartAsync(folder.Path);
        var batch = Batch(50, "p", 7);
        var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => silo.Model("fraud").Apply(batch)));
        Assert.Equal(50, results.Sum(r => r.Accepted));
        Assert.Equal(7 * 50, results.Sum(r => r.Duplicates));
        Assert.Equal(50, (await silo.Model("fraud").Describe()).Counters.Predictions);
    }

    [Fact]
    public async Task Apply_ManyAtOnce_AppliesEachOnceInTheLogsOrder()
    {
        using var folder = new TempFolder();
        byte[] live, again;
        await using (var silo = await Silo.StartAsync(folder.Path, o => o.MinCheckpointBytes = 64 * 1024))
        {
            var grain = silo.Model("fraud");
            var results = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => grain.Apply(Batch(40, $"p{i / 50}", (ulong)i))));
            Assert.All(results, r => Assert.Equal(40, r.Accepted));
            live = Totals(await grain.Describe());
        }
        await using (var silo = await Silo.StartAsync(folder.Path))
        {
            again = Totals(await silo.Model("fraud").Describe());
        }
        Assert.Equal(live, again);
    }

    [Fact]
    public async Task Apply_SequenceTooOldToTell_IsRefusedRatherThanLostOrDoubled()
    {
        using var folder = new TempFolder();
        await using var silo = await Silo.StartAsync(folder.Path);
        var grain = silo.Model("fraud");
        await grain.Apply(Batch(10, "p", 1_000));
        Assert.Equal(10, (await grain.Apply(Batch(10, "p", 937))).Accepted);
        var refusal = await Assert.ThrowsAsync<ModelCommandException>(() => grain.Apply(Batch(10, "p", 936)));
        Assert.Contains("64 or more behind", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(20, (await grain.Describe()).Counters.Predictions);
    }

    /// <summary>It leaves features open; what was inferred of them decides.</summary>
    [Fact]
    public async Task Apply_SpecThatDoesNotFitWhatWasInferred_IsRefusedBeforeItIsLogged()
    {
        using var folder = new TempFolder();
        var spec = new ModelSpec { Detectors = [new DetectorSpec { On = "feature:ammount", Detector = DetectorKind.Adwin }] };
        await using (var silo = await Silo.StartAsync(folder.Path))
        {
            var grain = silo.Model("fraud");
            await grain.Apply(new ModelCommand(LogEntryKind.Spec, null, 0, SpecJson.Write(new ModelSpec { Reference = new ReferenceSpec { Capture = 100 } })));
            await grain.Apply(Batch(100, "p", 1));
            var refusal = await Assert.ThrowsAsync<ModelCommandException>(() => grain.Apply(new ModelCommand(LogEntryKind.Spec, null, 0, SpecJson.Write(spec))));
            Assert.Equal("detectors[0].on: there is no feature \"ammount\"", refusal.Message);
        }
        await using (var silo = await Silo.StartAsync(folder.Path))
        {
            Assert.Null((await silo.Model("fraud").Describe()).Spec.Detectors);
        }
    }

    [Fact]
    public async Task Restart_WithoutTraffic_BringsModelsAndTheirSeriesBack()
    {
        using var folder = new TempFolder();
        await using (var silo = await Silo.StartAsync(folder.Path))
        {
            await silo.Model("a").Apply(Batch(200, null, 0));
            await silo.Model("b").Apply(Batch(200, null, 0));
        }
        await using (var silo = await Silo.StartAsync(folder.Path))
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            while (silo.Series.Count < 2) await Task.Delay(20, patience.Token);
            var text = Exposition(silo.Series);
            Assert.Contains("model_predictions_total{model=\"a\",version=\"1\"} 200\n", text, StringComparison.Ordinal);
            Assert.Contains("model_predictions_total{model=\"b\",version=\"1\"} 200\n", text, StringComparison.Ordinal);
            Assert.DoesNotContain("NaN", text, StringComparison.Ordinal);
            Assert.DoesNotContain("model_accuracy{", text, StringComparison.Ordinal);
        }
    }

    /// <summary>As after a time in which the cluster did not agree on where the model lives: nobody writes here any more, but somebody may still ask.</summary>
    [Fact]
    public async Task Describe_AfterAnotherHasWritten_SaysSoWithoutAWriteOfItsOwn()
    {
        using var folder = new TempFolder();
        await using var silo = await Silo.StartAsync(folder.Path, options => options.Tick = TimeSpan.FromSeconds(1));
        var grain = silo.Model("fraud");
        await grain.Apply(Batch(100, "p", 1));
        var lease = await silo.Store.OpenModelAsync("fraud", TimeProvider.System.GetUtcNow());
        var other = Batch(100, "p", 2);
        await silo.Store.AppendAsync(lease, new LogEntry(other.Kind, UnixTime.From(TimeProvider.System.GetUtcNow()), other.Producer, other.Sequence, other.Body).Encode());

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while ((await grain.Describe()).Counters.Predictions != 200) await Task.Delay(50, patience.Token);
    }

    [Fact]
    public async Task Apply_WhenSomebodyElseOpenedTheModel_GoesAndComesBackWithEverything()
    {
        using var folder = new TempFolder();
        await using var silo = await Silo.StartAsync(folder.Path);
        var grain = silo.Model("fraud");
        await grain.Apply(Batch(100, "p", 1));
        await silo.Store.OpenModelAsync("fraud", TimeProvider.System.GetUtcNow());
        await Assert.ThrowsAsync<ModelUnavailableException>(() => grain.Apply(Batch(100, "p", 2)));
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        ApplyResult? retried = null;
        while (retried is null)
        {
            try
            {
                retried = await grain.Apply(Batch(100, "p", 2));
            }
            catch (ModelUnavailableException)
            {
                await Task.Delay(20, patience.Token);
            }
        }
        Assert.Equal(100, retried.Accepted);
        Assert.Equal(200, (await grain.Describe()).Counters.Predictions);
    }

    [Fact]
    public async Task Apply_WhileTheStoreRefuses_IsRefusedAndAppliesNothing()
    {
        using var folder = new TempFolder();
        await using var silo = await Silo.StartAsync(folder.Path);
        var grain = silo.Model("fraud");
        await grain.Apply(Batch(100, "p", 1));
        var path = Path.Combine(folder.Path, "fleet.db");
        File.Move(path, path + ".away");
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (silo.Store.Health.IsReady) await Task.Delay(20, patience.Token);
        await Assert.ThrowsAsync<ModelUnavailableException>(() => grain.Apply(Batch(100, "p", 2)));
        Assert.Equal(100, (await grain.Describe()).Counters.Predictions);
    }

    [Fact]
    public async Task Query_OfAnUnknownModel_RegistersNothing()
    {
        using var folder = new TempFolder();
        await using var silo = await Silo.StartAsync(folder.Path);
        await Assert.ThrowsAsync<ModelNotFoundException>(() => silo.Model("nobody").Describe());
        await silo.Model("nobody").Touch();
        Assert.False(await silo.Store.ModelExistsAsync("nobody"));
    }

    [Fact]
    public async Task Delete_ThenFirstPrediction_StartsANewLife()
    {
        using var folder = new TempFolder();
        await using var silo = await Silo.StartAsync(folder.Path);
        await silo.Model("fraud").Apply(Batch(100, "p", 1));
        await silo.Model("fraud").Delete();
        Assert.Equal(0, silo.Series.Count);
        Assert.Equal(100, (await silo.Model("fraud").Apply(Batch(100, "p", 1))).Accepted);
        Assert.Equal(100, (await silo.Model("fraud").Describe()).Counters.Predictions);
    }

    [Fact]
    public async Task Apply_AfterRetirement_IsRefusedUntilASpecRevivesIt()
    {
        using var folder = new TempFolder();
        await using var silo = await Silo.StartAsync(folder.Path);
        await silo.Model("fraud").Apply(Batch(10, null, 0));
        await silo.Model("fraud").Apply(new ModelCommand(LogEntryKind.Retire, null, 0, default));
        await Assert.ThrowsAsync<ModelRetiredException>(() => silo.Model("fraud").Apply(Batch(10, null, 0)));
        await silo.Model("fraud").Apply(new ModelCommand(LogEntryKind.Spec, null, 0, SpecJson.Write(new ModelSpec())));
        Assert.Equal(10, (await silo.Model("fraud").Apply(Batch(10, null, 0))).Accepted);
    }

    /// <summary>A silo that is lost takes the rows with it that its models have not written yet: which models are kept active does not hang on them.</summary>
    [Fact]
    public async Task Apply_OfARetirementAndOfItsEnd_RegistersThemWithTheCommand()
    {
        using var folder = new TempFolder();
        await using (var silo = await Silo.StartAsync(folder.Path, store: inner => new FaultyStore(inner) { LosesRows = true }))
        {
            await silo.Model("fraud").Apply(Batch(10, null, 0));
            await silo.Model("fraud").Apply(new ModelCommand(LogEntryKind.Retire, null, 0, default));
            Assert.Empty(await Registered(silo));
            await silo.Model("fraud").Apply(new ModelCommand(LogEntryKind.Spec, null, 0, SpecJson.Write(new ModelSpec())));
            Assert.Equal(["fraud"], await Registered(silo));
        }
        await using var next = await Silo.StartAsync(folder.Path);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!next.Series.Contains("fraud")) await Task.Delay(20, patience.Token);

        static async Task<List<string>> Registered(Silo silo)
        {
            var names = new List<string>();
            await foreach (var name in silo.Store.RegisteredModelsAsync()) names.Add(name);
            return names;
        }
    }

    [Fact]
    public async Task Apply_OfBytesThatAreNoBatch_IsRefusedAndNotLogged()
    {
        using var folder = new TempFolder();
        await using var silo = await Silo.StartAsync(folder.Path);
        await Assert.ThrowsAsync<ModelCommandException>(() => silo.Model("fraud").Apply(new ModelCommand(LogEntryKind.Predictions, null, 0, new byte[] { 1, 2, 3 })));
        Assert.False(await silo.Store.ModelExistsAsync("fraud"));
    }

    internal static ModelCommand Batch(int rows, string? producer, ulong sequence)
    {
        var random = new Random(17);
        var builder = new PredictionBatchBuilder();
        for (var row = 0; row < rows; row++)
        {
            builder.BeginRow();
            builder.SetPrediction(random.NextDouble() < 0.3 ? "1" : "0");
            builder.SetScore(random.NextDouble());
            builder.SetFeature("amount", random.NextDouble() * 100);
            builder.SetFeature("country", random.NextDouble() < 0.5 ? "DE" : "FR");
            builder.EndRow();
        }
        return new ModelCommand(LogEntryKind.Predictions, producer, sequence, builder.Build().Buffer);
    }

    private static byte[] Totals(ModelDescription model) => JsonSerializer.SerializeToUtf8Bytes(model, ScoreJson.Options);

    internal static string Exposition(ModelSeriesRegistry series)
    {
        var writer = new ArrayBufferWriter<byte>();
        series.WriteTo(writer);
        return Encoding.UTF8.GetString(writer.WrittenSpan);
    }
}
