using System.Globalization;
using System.Net;
using FleetMonitor.Api.Bounds;
using FleetMonitor.Api.Metrics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace FleetMonitor.Api.Tests.Metrics;

/// <summary>Pages of metrics are large, anybody may ask for one, and each is held until it is read.</summary>
[Collection(nameof(Fleet))]
public sealed class ScrapeTests(Fleet fleet)
{
    [Fact]
    public async Task Scrape_WhileAsManyAreReadAsMayBe_IsToldToTryAgain()
    {
        var gate = fleet.Services.GetRequiredService<ScrapeGate>();
        var places = new List<ScrapeGate.Place>();
        var before = await ExceededAsync();
        for (var i = 0; i < new ServerOptions().MaxScrapes; i++) places.Add(await gate.EnterAsync(default));
        var answers = await Task.WhenAll(fleet.GetAsync("/metrics"), fleet.GetAsync("/metrics/features"));
        Assert.All(answers, answer =>
        {
            Assert.Equal("scrapes", (string?)answer.Problem(HttpStatusCode.TooManyRequests)["bound"]);
            Assert.NotNull(answer.Headers.RetryAfter);
        });
        Assert.Equal("ready", (string?)(await fleet.GetAsync("/health/ready")).Ok()["status"]);

        // One that comes while there is none waits for a moment.
        var patient = fleet.GetAsync("/metrics");
        foreach (var place in places) place.Dispose();
        Assert.Equal(HttpStatusCode.OK, (await patient).Status);
        Assert.Equal(HttpStatusCode.OK, (await fleet.GetAsync("/metrics/features")).Status);
        Assert.Equal(before + 2, await ExceededAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Page_ThatIsNotRead_IsCutOff(bool compress)
    {
        var time = new FakeTimeProvider();
        await using var services = new ServiceCollection().AddSingleton<TimeProvider>(time).AddSingleton(Options.Create(new ServerOptions { ScrapeTimeout = TimeSpan.FromSeconds(30) })).BuildServiceProvider();
        using var connection = new Connection();
        await using var unread = new Unread();
        var context = new DefaultHttpContext { RequestServices = services };
        context.Features.Set<IHttpRequestLifetimeFeature>(connection);
        context.Response.Body = unread;
        var pipe = MetricsEndpoint.NewPipe();
        await pipe.Writer.WriteAsync(new byte[1 << 20]);
        var sending = MetricsEndpoint.Send(context, pipe, compress);
        await unread.Begun;
        time.Advance(TimeSpan.FromSeconds(29));
        Assert.False(connection.RequestAborted.IsCancellationRequested);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(connection.RequestAborted.IsCancellationRequested);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
    }

    private async Task<double> ExceededAsync()
    {
        var line = (await fleet.GetAsync("/metrics")).Text.Split('\n').Single(l => l.StartsWith("fleetmonitor_bound_exceeded_total{bound=\"scrapes\"} ", StringComparison.Ordinal));
        return double.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture);
    }

    private sealed class Connection : IHttpRequestLifetimeFeature, IDisposable
    {
        private readonly CancellationTokenSource _aborted = new();

        public Connection() => RequestAborted = _aborted.Token;

        public CancellationToken RequestAborted { get; set; }

        public void Abort() => _aborted.Cancel();

        public void Dispose() => _aborted.Dispose();
    }

    /// <summary>A client that reads nothing, until its connection is gone.</summary>
    private sealed class Unread : MemoryStream
    {
        private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Begun => _begun.Task;

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            _begun.TrySetResult();
            // What closes a compressed page is written to a connection that is gone.
            if (cancellationToken.CanBeCanceled) await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        }
    }
}
