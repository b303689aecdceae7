using System.Globalization;
using System.Net;
using System.Text;
using FleetMonitor.Client;

namespace FleetMonitor.Cli.Tests.Client;

public sealed class FleetMonitorClientTests
{
    private static readonly PredictionEvent[] One = [new() { Id = "p", Prediction = "1" }];

    [Fact]
    public async Task Record_WhenTheServerIsBusy_RepeatsWithTheSameSequenceAndWaitsAsAsked()
    {
        var time = new SkippingTime();
        using var server = new Script(Busy(retryAfter: 7), Lost, Busy(retryAfter: null), Taken);
        var result = await Client(server, time).RecordAsync("m", One);
        Assert.Equal(1, result.Accepted);
        Assert.Equal(["test/1", "test/1", "test/1", "test/1"], server.Identities);
        Assert.Equal([7, 0.4, 0.8], time.Waits.Select(w => w.TotalSeconds));
        Assert.Single(server.Bodies.Distinct());
    }

    [Fact]
    public async Task Record_EachModelCountsItsOwnSequences()
    {
        using var server = new Script(Taken);
        var client = Client(server, new SkippingTime());
        await client.RecordAsync("a", One);
        await client.RecordAsync("b", One);
        await client.RecordAsync("a", One);
        await client.LabelAsync("a", [new LabelEvent("p", "1")]);
        Assert.Equal(["test/1", "test/1", "test/2", "test/3"], server.Identities);
    }

    [Fact]
    public async Task Record_WhenNobodyAnswers_GivesUpAfterItsAttempts()
    {
        using var server = new Script(Lost);
        var exception = await Assert.ThrowsAsync<FleetMonitorException>(() => Client(server, new SkippingTime()).RecordAsync("m", One));
        Assert.Null(exception.Status);
        Assert.Equal(8, server.Identities.Count);
    }

    [Fact]
    public async Task Record_WhenRefused_TellsWhyAndDoesNotRepeat()
    {
        const string Problem =
            """{"title":"Bad Request","detail":"no item was accepted","errors":[{"index":0,"field":"prediction","message":"expected a value, got none"}]}""";
        using var server = new Script(() => Answer(HttpStatusCode.BadRequest, Problem, "application/problem+json"));
        var exception = await Assert.ThrowsAsync<FleetMonitorException>(() => Client(server, new SkippingTime()).RecordAsync("m", One));
        Assert.Equal(HttpStatusCode.BadRequest, exception.Status);
        Assert.Equal("no item was accepted", exception.Detail);
        Assert.Equal("item 0: prediction: expected a value, got none", Assert.Single(exception.Errors).ToString());
        Assert.Single(server.Identities);
    }

    [Fact]
    public async Task Record_WhenTheAnswerIsNoProblem_KeepsTheStatus()
    {
        using var server = new Script(() => Answer(HttpStatusCode.Forbidden, "<html>no</html>", "text/html"));
        var exception = await Assert.ThrowsAsync<FleetMonitorException>(() => Client(server, new SkippingTime()).GetModelsAsync());
        Assert.Equal("403 Forbidden", exception.Message);
    }

    [Fact]
    public async Task Record_WhenCancelled_StopsAtOnce()
    {
        using var cancellation = new CancellationTokenSource();
        using var server = new Script(() =>
        {
            cancellation.Cancel();
            return Busy(retryAfter: 3_600)();
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Client(server, TimeProvider.System).RecordAsync("m", One, cancellation.Token));
        Assert.Single(server.Identities);
    }

    /// <summary>A server that has taken 64 later ones can no longer say whether it has taken one that it is asked to take again.</summary>
    [Fact]
    public async Task Record_WhileTheFirstOfManyIsNotAnswered_RunsNo64AheadOfIt()
    {
        var answer = new TaskCompletionSource();
        var underWay = new SortedSet<long>();
        var gate = new Lock();
        long furthest = 0;
        using var server = new Handler(async request =>
        {
            if (request.RequestUri!.AbsolutePath.StartsWith("/v1/models/another/", StringComparison.Ordinal)) return Taken();
            var sequence = long.Parse(request.Headers.GetValues("Fleet-Sequence").Single(), CultureInfo.InvariantCulture);
            lock (gate)
            {
                underWay.Add(sequence);
                furthest = Math.Max(furthest, underWay.Max - underWay.Min);
            }
            if (sequence == 1) await answer.Task;
            lock (gate) underWay.Remove(sequence);
            return Taken();
        });
        var client = Client(server, new SkippingTime());
        var calls = Enumerable.Range(0, 200).Select(_ => client.RecordAsync("m", One)).ToArray();
        await Task.WhenAll(calls[1..64]);
        Assert.Equal(1, (await client.RecordAsync("another", One)).Accepted);
        Assert.DoesNotContain(calls[64..], call => call.IsCompleted);
        answer.SetResult();
        await Task.WhenAll(calls);
        Assert.Equal(63, furthest);
    }

    [Fact]
    public async Task Record_CancelledWhileItWaitsForRoom_TakesNone()
    {
        var first = new TaskCompletionSource();
        using var server = new Handler(async request =>
        {
            if (request.Headers.GetValues("Fleet-Sequence").Single() == "1") await first.Task;
            return Taken();
        });
        using var cancellation = new CancellationTokenSource();
        var client = Client(server, new SkippingTime());
        var calls = Enumerable.Range(0, 64).Select(_ => client.RecordAsync("m", One)).ToArray();
        var waiting = client.RecordAsync("m", One, cancellation.Token);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        first.SetResult();
        await Task.WhenAll(calls);
        Assert.Equal(1, (await client.RecordAsync("m", One)).Accepted);
    }

    [Fact]
    public void Ndjson_WritesWhatTheContractSays()
    {
        using var lines = new NdjsonWriter();
        lines.Write(new PredictionEvent
        {
            Id = "p-1",
            Time = new DateTimeOffset(2026, 11, 22, 11, 0, 0, TimeSpan.FromHours(1)),
            Version = "3",
            Features = new Dictionary<string, FeatureValue> { ["amount"] = 12.5, ["country"] = "DE", ["open"] = true, ["age"] = double.NaN, ["rate"] = double.NegativeInfinity },
            Prediction = 1,
            Probabilities = new Dictionary<string, double> { ["0"] = 0.07, ["1"] = 0.93 },
            Latency = TimeSpan.FromMilliseconds(3.1),
            Error = true,
            Tags = new Dictionary<string, string> { ["region"] = "eu" },
            Label = "1",
        });
        lines.Write(new LabelEvent("p-1", 0.5));
        string[] expected =
        [
            """{"id":"p-1","time":"2026-11-22T10:00:00Z","version":"3","features":{"amount":12.5"""
                + ""","country":"DE","open":"true","age":null,"rate":"-Infinity"}"""
                + ""","prediction":1,"probabilities":{"0":0.07,"1":0.93},"latency_ms":3.1,"error":true,"tags":{"region":"eu"},"label":"1"}""",
            """{"id":"p-1","label":0.5}""",
            "",
        ];
        Assert.Equal(expected, Encoding.UTF8.GetString(lines.Written.Span).Split('\n'));
    }

    private static FleetMonitorClient Client(HttpMessageHandler server, TimeProvider time) =>
        new(new HttpClient(server) { BaseAddress = new Uri("http://test/") }, "test", time: time);

    private static Func<HttpResponseMessage> Busy(int? retryAfter) => () =>
    {
        var response = new HttpResponseMessage(HttpStatusCode.ServiceUnavailable);
        if (retryAfter is { } seconds) response.Headers.Add("Retry-After", seconds.ToString(CultureInfo.InvariantCulture));
        return response;
    };

    private static HttpResponseMessage Lost() => throw new HttpRequestException("connection reset");

    private static HttpResponseMessage Taken() => Answer(HttpStatusCode.OK, """{"accepted":1,"duplicates":0,"rejected":0,"joined":1,"errors":[]}""", "application/json");

    private static HttpResponseMessage Answer(HttpStatusCode status, string body, string type) => new(status) { Content = new StringContent(body, Encoding.UTF8, type) };

    /// <summary>Answers in the order given, the last one for good.</summary>
    private sealed class Script(params Func<HttpResponseMessage>[] answers) : HttpMessageHandler
    {
        public List<string> Identities { get; } = [];

        public List<string> Bodies { get; } = [];

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Identities.Add(request.Headers.TryGetValues("Fleet-Producer", out var producer) ? $"{producer.Single()}/{request.Headers.GetValues("Fleet-Sequence").Single()}" : "");
            Bodies.Add(request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken));
            return answers[Math.Min(Identities.Count, answers.Length) - 1]();
        }
    }

    private sealed class Handler(Func<HttpRequestMessage, Task<HttpResponseMessage>> answer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => answer(request);
    }

    /// <summary>A clock on which every wait is over at once, and remembered.</summary>
    private sealed class SkippingTime : TimeProvider
    {
        public List<TimeSpan> Waits { get; } = [];

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Waits.Add(dueTime);
            return base.CreateTimer(callback, state, TimeSpan.Zero, period);
        }
    }
}
