using FleetMonitor.Cli.Demo;
using FleetMonitor.Client;
using Microsoft.Extensions.Time.Testing;

namespace FleetMonitor.Cli.Tests.Demo;

public sealed class DemoRunTests
{
    private const int PastPredictions = 7_200;

    [Fact(Timeout = 60_000)]
    public async Task Run_RegistersFillsThePastAndGoesOnUntilStopped()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 11, 22, 10, 0, 0, TimeSpan.Zero));
        using var server = new LoopbackServer(time);
        using var http = new HttpClient(server) { BaseAddress = new Uri("http://demo/") };
        using var output = new Transcript();
        using var stop = new CancellationTokenSource();
        var run = new DemoRun(new FleetMonitorClient(http, time: time), time, output).RunAsync(stop.Token);
        while (!AllLive()) await NextSecondAsync();
        await stop.CancelAsync();
        while (!run.IsCompleted) await NextSecondAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);

        Assert.Equal(DemoFleet.Models.Select(m => m.Name).Order(StringComparer.Ordinal), server.Models);
        foreach (var model in DemoFleet.Models)
        {
            var description = server.Describe(model.Name);
            Assert.Equal((5_000, 0), (description.Reference!.Rows, description.Counters.Rejected));
            Assert.Equal(model.Task, description.Spec.Task);
            Assert.InRange(description.Counters.LabelsJoined, PastPredictions - 40, description.Counters.Predictions);
        }
        Assert.Contains("live: about 230 predictions a second", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("fraud-detector: amount starts to drift now", output.ToString(), StringComparison.Ordinal);

        bool AllLive() => server.Models.Count() == DemoFleet.Models.Count
            && DemoFleet.Models.All(m => server.Describe(m.Name).Counters.Predictions > PastPredictions)
            && output.ToString().Contains("drift now", StringComparison.Ordinal);

        async Task NextSecondAsync()
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }
    }

    /// <summary>Written by one thread, read by another.</summary>
    private sealed class Transcript : StringWriter
    {
        private readonly Lock _gate = new();

        public override void WriteLine(string? value)
        {
            lock (_gate) base.WriteLine(value);
        }

        public override string ToString()
        {
            lock (_gate) return base.ToString();
        }
    }
}
