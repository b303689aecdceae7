using Xunit.Abstractions;

namespace FleetMonitor.EndToEnd.Tests.Durability;

[Collection(nameof(Servers))]
public sealed class DurabilityTests(ITestOutputHelper output)
{
    private const int Kills = 7;

    /// <summary>Small checkpoints, so that a restart finds some, and a log behind them.</summary>
    private static readonly string[] Options = ["--FleetMonitor:Models:MinCheckpointBytes", "65536", "--FleetMonitor:Models:Tick", "00:00:01"];

    private static DateTimeOffset Start
    {
        get
        {
            var now = TimeProvider.System.GetUtcNow();
            return now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMillisecond));
        }
    }

    [Fact]
    public async Task Kill_UnderLoad_EveryAcknowledgedBatchIsCountedOnce()
    {
        var (ledger, start, moments) = (new Ledger(), Start, new Random(20_261_122));
        using var site = new SiloSite();
        var silo = await site.StartAsync(Options);
        try
        {
            foreach (var model in LoadModel.All) await model.RegisterAsync(site.Http);
            await using (var load = new Load(site.Http, ledger, start))
            {
                for (var kill = 1; kill <= Kills; kill++)
                {
                    await load.AcknowledgedAsync(moments.Next(20, 150), () => silo.Said);
                    await silo.KillAsync();
                    silo.IsSound();
                    if (kill == Kills) await load.StopAsync();
                    await silo.DisposeAsync();
                    silo = await site.StartAsync(Options);
                }
            }
            await SeriesReturnAsync(silo);
            var (counted, lost) = await Accounts.SettleAsync(site.Http, ledger);
            output.WriteLine($"{ledger.Count} batches acknowledged; of {counted + lost} unanswered ones {counted} had been counted, {lost} not");

            using var calm = new SiloSite();
            await using var undisturbed = await calm.StartAsync(Options);
            foreach (var model in LoadModel.All) await model.RegisterAsync(calm.Http);
            foreach (var batch in ledger.Acknowledged.Concat(ledger.Unanswered))
            {
                Assert.NotNull(await Writer.TryAsync(calm.Http, batch, identified: false, CancellationToken.None));
            }
            await Accounts.SameScoresAsync(calm.Http, site.Http);
            silo.IsSound();
        }
        finally
        {
            await silo.DisposeAsync();
        }
    }

    [Fact]
    public async Task Terminate_UnderLoad_EndsWellAndLosesNothing()
    {
        var (ledger, start) = (new Ledger(), Start);
        using var site = new SiloSite();
        await using (var silo = await site.StartAsync(Options))
        {
            foreach (var model in LoadModel.All) await model.RegisterAsync(site.Http);
            await using var load = new Load(site.Http, ledger, start);
            await load.AcknowledgedAsync(100, () => silo.Said);
            var began = TimeProvider.System.GetTimestamp();
            var ended = await silo.StopAsync();
            output.WriteLine($"{ledger.Count} batches acknowledged; stopped in {TimeProvider.System.GetElapsedTime(began).TotalMilliseconds:0} ms");
            await load.StopAsync();
            Assert.True(ended.ExitCode == 0, ended.ToString());
            silo.IsSound();
        }
        await using var again = await site.StartAsync(Options);
        await SeriesReturnAsync(again);
        await Accounts.SettleAsync(site.Http, ledger);
    }

    /// <summary>After a restart the page has every model again, with what it counted, before anyone sends or asks.</summary>
    private static async Task SeriesReturnAsync(SiloProcess silo)
    {
        MetricsPage? page = null;
        await Wait.UntilAsync(
            async () => LoadModel.All.Select(m => m.Name).ToHashSet().IsSubsetOf((page = await silo.Http.GetMetricsAsync()).Models),
            TimeSpan.FromSeconds(20),
            () => $"the models' series.\n{page?.Text}\n{silo.Said}");
        foreach (var model in LoadModel.All)
        {
            var description = await silo.Http.GetJsonAsync($"v1/models/{model.Name}");
            Assert.Equal(description.GetProperty("counters").GetProperty("predictions").GetInt64(), page!.Value("model_predictions_total", model.Name));
            Assert.Equal(description.GetProperty("labels").GetProperty("accepted").GetInt64(), page.Value("model_labels_total", model.Name));
            Assert.Equal(description.GetProperty("labels").GetProperty("pending").GetInt64(), page.Value("model_labels_pending", model.Name));
        }
    }
}
