using System.Globalization;
using System.IO.Compression;
using FleetMonitor.Api.Bounds;
using FleetMonitor.Protocol.V1;
using FleetMonitor.Testing;
using FleetMonitor.Testing.Hostile;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace FleetMonitor.Api.Tests.Grpc;

/// <summary>Messages share the memory of all bodies.</summary>
[Collection(nameof(NarrowFleet))]
public sealed class GrpcBoundsTests : IDisposable
{
    private const string Record = "/fleetmonitor.v1.MonitorService/RecordPredictions", Stream = "/fleetmonitor.v1.MonitorService/StreamPredictions";
    private const string Health = "/grpc.health.v1.Health/Check", Live = "/inference.GRPCInferenceService/ServerLive", Reflection = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly Fleet _fleet;
    private readonly GrpcConnection _connection;

    public GrpcBoundsTests(NarrowFleet narrow)
    {
        _fleet = narrow.Fleet;
        _connection = new GrpcConnection(new Uri(_fleet.GrpcUrl));
    }

    private BodyBudget Budget => _fleet.Services.GetRequiredService<BodyBudget>();

    public void Dispose() => _connection.Dispose();

    /// <summary>Half a message holds what has come of it, and who asks how the server is gets an answer all the same.</summary>
    [Theory]
    [InlineData(Record)]
    [InlineData(Stream)]
    public async Task Message_ThatIsHalfThere_LeavesOthersToTryAgainUntilItIsGone(string method)
    {
        using (new HeldCall(_fleet.GrpcUrl, method, HeldCall.Frame(new byte[1_000_000])[..900_000]))
        {
            await Wait.UntilAsync(() => Budget.Taken >= 900_000, Deadline, () => string.Create(CultureInfo.InvariantCulture, $"900000 bytes taken, not {Budget.Taken}"));
            foreach (var (path, compressed) in ((string, bool)[])[(Record, false), (Stream, false), (Record, true)])
            {
                var (status, message) = await CallAsync(path, Message(200_000), compressed);
                Assert.Equal((int)StatusCode.ResourceExhausted, status);
                Assert.StartsWith("memory_bytes: ", message, StringComparison.Ordinal);
            }
            Assert.Equal(System.Net.HttpStatusCode.TooManyRequests, (await _fleet.PostAsync("/v1/models/bounded/predictions", new string(' ', 200_000))).Status);
            Assert.Equal(0, (await CallAsync(Health, [])).Status);
        }
        await RoomIsThereAsync();
        Assert.Equal((int)StatusCode.InvalidArgument, (await CallAsync(Record, Message(200_000))).Status);
        await RoomIsThereAsync();
    }

    /// <summary>A stream holds the batches that are under way, not all that it ever sent.</summary>
    [Theory]
    [InlineData(null)]
    [InlineData("gzip")]
    public async Task Stream_OfMoreThanTheMemory_GoesOn(string? encoding)
    {
        using var channel = GrpcChannel.ForAddress(_fleet.GrpcUrl);
        var metadata = new Metadata();
        if (encoding is not null) metadata.Add("grpc-internal-encoding-request", encoding);
        using var call = new MonitorService.MonitorServiceClient(channel).StreamPredictions(metadata);
        for (var i = 0; i < 20; i++)
        {
            await call.RequestStream.WriteAsync(new StreamPredictionsRequest { Model = new string('m', 300_000) });
            Assert.True(await call.ResponseStream.MoveNext(default));
            Assert.Equal((int)StatusCode.InvalidArgument, call.ResponseStream.Current.Problem.Code);
        }
        Assert.True(Budget.Taken < 300_000, string.Create(CultureInfo.InvariantCulture, $"{Budget.Taken} bytes are taken of a stream that waits"));
        await call.RequestStream.CompleteAsync();
        Assert.False(await call.ResponseStream.MoveNext(default));
        await RoomIsThereAsync();
    }

    /// <summary>What anybody may call is small, however it comes.</summary>
    [Theory]
    [InlineData(Health, false)]
    [InlineData(Health, true)]
    [InlineData(Live, false)]
    [InlineData(Live, true)]
    [InlineData(Reflection, false)]
    [InlineData(Reflection, true)]
    public async Task Message_OfACallThatIsOpenToAnybody_IsSmall(string method, bool compressed)
    {
        byte[] large = [.. Message(100_000)], small = [.. Message(10_000)];
        Assert.Equal((int)StatusCode.ResourceExhausted, (await CallAsync(method, large, compressed)).Status);
        Assert.NotEqual((int)StatusCode.ResourceExhausted, (await CallAsync(method, small, compressed)).Status);
        await RoomIsThereAsync();
    }

    /// <summary>Or whoever watches, and names nothing that there is, would hold it for as long as they like.</summary>
    [Fact]
    public async Task Watch_ThatStaysOpen_HoldsNoRoom()
    {
        using var channel = GrpcChannel.ForAddress(_fleet.GrpcUrl);
        var bytes = Marshallers.Create(sent => sent, received => received);
        var watch = new Method<byte[], byte[]>(MethodType.ServerStreaming, "grpc.health.v1.Health", "Watch", bytes, bytes);
        using var call = channel.CreateCallInvoker().AsyncServerStreamingCall(watch, null, default, Message(10_000));
        Assert.True(await call.ResponseStream.MoveNext(default));
        await RoomIsThereAsync();
    }

    private async Task<(int Status, string Message)> CallAsync(string path, byte[] message, bool compressed = false)
    {
        var frame = HeldCall.Frame(compressed ? Zipped(message) : message);
        if (compressed) frame[0] = 1;
        return await _connection.CallAsync(new GrpcCall("", path, frame, compressed ? [("grpc-encoding", "gzip")] : []));
    }

    /// <summary>A first field of so many characters: to most methods a name that nothing has.</summary>
    private static byte[] Message(int characters) => new RecordPredictionsRequest { Model = new string('m', characters) }.ToByteArray();

    private static byte[] Zipped(byte[] bytes)
    {
        var zipped = new MemoryStream();
        using (var gzip = new GZipStream(zipped, CompressionLevel.Fastest, leaveOpen: true)) gzip.Write(bytes);
        return zipped.ToArray();
    }

    private Task RoomIsThereAsync() => Wait.UntilAsync(() => Budget.Taken == 0, Deadline, () => string.Create(CultureInfo.InvariantCulture, $"{Budget.Taken} bytes to be given back"));
}
