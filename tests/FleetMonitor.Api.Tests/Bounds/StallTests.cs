using System.Globalization;
using System.IO.Compression;
using System.Net.Sockets;
using System.Text;
using FleetMonitor.Api.Bounds;
using FleetMonitor.Api.Tests.Grpc;
using FleetMonitor.Protocol.V1;
using FleetMonitor.Testing;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace FleetMonitor.Api.Tests.Bounds;

/// <summary>Who begins and does not go on is let go, however much came before.</summary>
public sealed class StallTests(ImpatientFleet impatient) : IClassFixture<ImpatientFleet>
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private readonly Fleet _fleet = impatient.Fleet;

    [Theory]
    [InlineData("POST /v1/models/stalled/predictions", "application/json", "", "\"bound\":\"body_rate\"")]
    [InlineData("POST /v1/models/stalled/predictions", "application/json", "gzip", "\"bound\":\"body_rate\"")]
    [InlineData("PUT /v1/models/stalled/reference", "text/csv", "", "\"bound\":\"body_rate\"")]
    [InlineData("POST /v2/models/logistic/infer", "application/json", "", "body_rate: ")]
    public async Task Body_ThatStalls_IsRefusedAndItsRoomGivenBack(string target, string type, string encoding, string bound)
    {
        var before = await ExceededAsync();
        using var slow = new TcpClient(_fleet.Client.BaseAddress!.Host, _fleet.Client.BaseAddress.Port);
        var stream = slow.GetStream();
        var body = Encoding.ASCII.GetBytes(new string(' ', 500_000));
        var (headers, sent) = encoding.Length == 0 ? ("", body) : ("Content-Encoding: gzip\r\n", Zipped(body)[..^20]);
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"{target} HTTP/1.1\r\nHost: a\r\nContent-Type: {type}\r\n{headers}Content-Length: 600000\r\n\r\n"));
        await stream.WriteAsync(sent);
        using var patience = new CancellationTokenSource(Deadline);
        using var reader = new StreamReader(stream);
        var answer = "";
        while (!answer.Contains(bound, StringComparison.Ordinal) && await reader.ReadLineAsync(patience.Token) is { } line) answer += line + "\n";
        Assert.StartsWith("HTTP/1.1 408", answer, StringComparison.Ordinal);
        Assert.Contains(bound, answer, StringComparison.Ordinal);
        Assert.Equal(before + 1, await ExceededAsync());
        await RoomIsThereAsync();
    }

    /// <summary>Of the two that say nothing only the one in the middle of a message is let go.</summary>
    [Fact]
    public async Task Message_ThatStalls_EndsItsCallAndASilentStreamStays()
    {
        using var channel = GrpcChannel.ForAddress(_fleet.GrpcUrl);
        using var silent = new MonitorService.MonitorServiceClient(channel).StreamPredictions(cancellationToken: new CancellationTokenSource(Deadline).Token);
        await AnsweredAsync(silent, 0);

        foreach (var method in (string[])["/fleetmonitor.v1.MonitorService/StreamPredictions", "/fleetmonitor.v1.MonitorService/RecordPredictions", "/grpc.health.v1.Health/Check"])
        {
            var before = await ExceededAsync();
            using var half = new HeldCall(_fleet.GrpcUrl, method, HeldCall.Frame(new byte[50_000])[..^1]);
            var (status, message) = await half.EndAsync(Deadline);
            Assert.Equal((int)StatusCode.DeadlineExceeded, status);
            Assert.StartsWith("body_rate: ", message, StringComparison.Ordinal);
            Assert.Equal(before + 1, await ExceededAsync());
        }
        await RoomIsThereAsync();

        await AnsweredAsync(silent, 1);
        await silent.RequestStream.CompleteAsync();
        Assert.False(await silent.ResponseStream.MoveNext(default));
    }

    private static async Task AnsweredAsync(AsyncDuplexStreamingCall<StreamPredictionsRequest, StreamPredictionsResponse> stream, ulong index)
    {
        await stream.RequestStream.WriteAsync(new StreamPredictionsRequest { Model = "silent", Columns = new PredictionColumns { Count = 1, Predictions = new ValueColumn { Numbers = { 1 } } } });
        Assert.True(await stream.ResponseStream.MoveNext(default));
        Assert.Equal((index, 1), (stream.ResponseStream.Current.Index, stream.ResponseStream.Current.Result.Accepted));
    }

    private Task RoomIsThereAsync()
    {
        var budget = _fleet.Services.GetRequiredService<BodyBudget>();
        return Wait.UntilAsync(() => budget.Taken == 0, Deadline, () => string.Create(CultureInfo.InvariantCulture, $"{budget.Taken} bytes to be given back"));
    }

    private static byte[] Zipped(byte[] bytes)
    {
        var zipped = new MemoryStream();
        using (var gzip = new GZipStream(zipped, CompressionLevel.NoCompression, leaveOpen: true)) gzip.Write(bytes);
        return zipped.ToArray();
    }

    private async Task<double> ExceededAsync()
    {
        var line = (await _fleet.GetAsync("/metrics")).Text.Split('\n').Single(l => l.StartsWith("fleetmonitor_bound_exceeded_total{bound=\"body_rate\"} ", StringComparison.Ordinal));
        return double.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture);
    }
}
