using System.Net;
using System.Text;
using FleetMonitor.Client;

namespace FleetMonitor.Cli.Tests.Client;

public sealed class FleetMonitorRecorderTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private static readonly RecorderOptions Quick = new() { BatchSize = 10, MaxAge = TimeSpan.FromMilliseconds(20), FirstDelay = TimeSpan.FromMilliseconds(1) };

    [Fact]
    public async Task Flush_AfterRecords_HasSentThemInBatchesOfOneProducer()
    {
        using var server = new Server();
        await using var recorder = new FleetMonitorRecorder(server.Client(), "m", Quick with { MaxAge = TimeSpan.FromMinutes(1) });
        for (var i = 0; i < 25; i++) Assert.True(recorder.Record(Prediction(i)));
        recorder.Label(new LabelEvent("p-1", "1"));
        Assert.True(await recorder.FlushAsync(Deadline));
        Assert.Equal([10, 10, 5, 1], server.Requests.Select(r => r.Items));
        Assert.Equal(["1", "2", "3", "4"], server.Requests.Select(r => r.Sequence));
        Assert.Single(server.Requests.Select(r => r.Producer).Distinct());
        Assert.EndsWith("/labels", server.Requests[^1].Path, StringComparison.Ordinal);
        Assert.Equal(new RecorderStats(26, 0, 0, 0, 0), recorder.Stats);
    }

    [Fact]
    public async Task Record_OfLessThanABatch_IsSentWhenItIsOld()
    {
        using var server = new Server();
        await using var recorder = new FleetMonitorRecorder(server.Client(), "m", Quick);
        recorder.Record(Prediction(0));
        await server.Answered.WaitAsync(Deadline);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task Send_ThatFails_IsRepeatedUnderItsSequence()
    {
        using var server = new Server(HttpStatusCode.ServiceUnavailable, null, HttpStatusCode.TooManyRequests, HttpStatusCode.RequestTimeout);
        await using var recorder = new FleetMonitorRecorder(server.Client(), "m", Quick);
        recorder.Record(Prediction(0));
        Assert.True(await recorder.FlushAsync(Deadline));
        Assert.Equal(["1", "1", "1", "1", "1"], server.Requests.Select(r => r.Sequence));
        Assert.Equal(1, recorder.Stats.Accepted);
    }

    [Fact]
    public async Task Send_ThatIsRefused_IsCountedAndOneThatIsTooLargeIsHalved()
    {
        using var server = new Server(HttpStatusCode.RequestEntityTooLarge, HttpStatusCode.BadRequest);
        await using var recorder = new FleetMonitorRecorder(server.Client(), "m", Quick with { MaxAge = TimeSpan.FromMinutes(1) });
        for (var i = 0; i < 4; i++) recorder.Record(Prediction(i));
        Assert.True(await recorder.FlushAsync(Deadline));
        Assert.Equal([4, 2, 2], server.Requests.Select(r => r.Items));
        Assert.Equal(new RecorderStats(2, 0, 2, 0, 0), recorder.Stats);
    }

    [Fact]
    public async Task Record_ScoresThatAreNoNumbers_AreLeftOut()
    {
        using var server = new Server();
        await using var recorder = new FleetMonitorRecorder(server.Client(), "m", Quick);
        recorder.Record(Prediction(0) with { Score = double.NaN, Probabilities = new Dictionary<string, double> { ["0"] = double.NegativeInfinity, ["1"] = 0.5 } });
        Assert.True(await recorder.FlushAsync(Deadline));
        Assert.Equal(new RecorderStats(1, 0, 0, 0, 0), recorder.Stats);
        Assert.EndsWith("""
            "prediction":"1","probabilities":{"1":0.5}}
            """, server.Bodies.Single().Trim(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Send_OfWhatCannotBeWrittenOrRead_CostsItsBatchAlone()
    {
        using var server = new Server { FirstAnswer = "<html>sign in</html>" };
        await using var recorder = new FleetMonitorRecorder(server.Client(), "m", Quick);
        recorder.Record(Prediction(0));
        Assert.True(await recorder.FlushAsync(Deadline));
        recorder.Record(Prediction(1) with { Tags = new Changing() });
        Assert.True(await recorder.FlushAsync(Deadline));
        recorder.Record(Prediction(2));
        Assert.True(await recorder.FlushAsync(Deadline));
        Assert.Equal(new RecorderStats(1, 0, 0, 2, 0), recorder.Stats);
        await recorder.DisposeAsync();
    }

    [Fact]
    public async Task Record_WithAFullQueue_DropsAndCountsAndNeverWaits()
    {
        using var server = new Server { Hangs = true };
        await using var recorder = new FleetMonitorRecorder(server.Client(), "m", Quick with { MaxQueue = 100, DrainFor = TimeSpan.Zero });
        var taken = Enumerable.Range(0, 1_000).Count(i => recorder.Record(Prediction(i)));
        Assert.InRange(taken, 100, 120);
        Assert.Equal(1_000 - taken, recorder.Stats.Dropped);
        Assert.Equal(taken, recorder.Stats.Pending);
    }

    [Fact]
    public async Task Dispose_WhileTheServerHangs_EndsAndCountsWhatWasLeft()
    {
        using var server = new Server { Hangs = true };
        var recorder = new FleetMonitorRecorder(server.Client(), "m", Quick with { DrainFor = TimeSpan.FromMilliseconds(50) });
        for (var i = 0; i < 25; i++) recorder.Record(Prediction(i));
        await recorder.DisposeAsync().AsTask().WaitAsync(Deadline);
        Assert.Equal(new RecorderStats(0, 0, 0, 25, 0), recorder.Stats);
        Assert.False(recorder.Record(Prediction(0)));
    }

    private static PredictionEvent Prediction(int i) => new() { Id = $"p-{i}", Prediction = "1" };

    /// <summary>A dictionary that somebody changes while it is read.</summary>
    private sealed class Changing : Dictionary<string, string>, IReadOnlyDictionary<string, string>
    {
        IEnumerator<KeyValuePair<string, string>> IEnumerable<KeyValuePair<string, string>>.GetEnumerator()
        {
            Add("a", "1");
            foreach (var pair in this)
            {
                Add("b", "2");
                yield return pair;
            }
        }
    }

    /// <summary>Answers with the statuses it was given (null: the connection breaks), then with 200.</summary>
    private sealed class Server(params HttpStatusCode?[] statuses) : HttpMessageHandler
    {
        private readonly Queue<HttpStatusCode?> _statuses = new(statuses);
        private readonly TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool Hangs { get; init; }

        /// <summary>What the first request is answered with instead of JSON.</summary>
        public string? FirstAnswer { get; init; }

        public List<string> Bodies { get; } = [];

        public List<(string Path, string Producer, string Sequence, int Items)> Requests { get; } = [];

        public Task Answered => _answered.Task;

        public HttpClient Client() => new(this, disposeHandler: false) { BaseAddress = new Uri("http://fleet/") };

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (Hangs) await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            Bodies.Add(await request.Content!.ReadAsStringAsync(cancellationToken));
            var items = Bodies[^1].Count(c => c == '\n');
            Requests.Add((request.RequestUri!.AbsolutePath, request.Headers.GetValues("Fleet-Producer").Single(), request.Headers.GetValues("Fleet-Sequence").Single(), items));
            _answered.TrySetResult();
            if (!_statuses.TryDequeue(out var status)) status = HttpStatusCode.OK;
            if (status is null) throw new HttpRequestException("the connection broke");
            if (FirstAnswer is { } page && Requests.Count == 1) return new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(page, Encoding.UTF8, "text/html") };
            return new HttpResponseMessage(status.Value) { Content = new StringContent($$"""{"accepted":{{items}},"joined":{{items}}}""", Encoding.UTF8, "application/json") };
        }
    }
}
