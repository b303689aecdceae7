using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;

namespace FleetMonitor.Benchmarks;

/// <summary>Clients of HTTP/2 that send one message again and again, as gRPC frames it: the same client for a gRPC service and for a bare endpoint.</summary>
internal static class GrpcLoad
{
    /// <summary>A message behind its five bytes of gRPC.</summary>
    public static byte[] Frame(byte[] message)
    {
        byte[] frame = [0, 0, 0, 0, 0, .. message];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), message.Length);
        return frame;
    }

    public static async Task<LoadResult> RunAsync(Uri address, byte[] frame, int clients, TimeSpan duration)
    {
        using var http = new HttpClient { DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
        var ticks = Enumerable.Range(0, clients).Select(_ => new List<long>(100_000)).ToArray();
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(ticks.Select(mine => Task.Run(async () =>
        {
            while (Stopwatch.GetElapsedTime(started) < duration)
            {
                var sent = Stopwatch.GetTimestamp();
                await OnceAsync(http, address, frame);
                mine.Add(Stopwatch.GetTimestamp() - sent);
            }
        })));
        return LoadResult.Of(ticks, Stopwatch.GetElapsedTime(started).TotalSeconds);
    }

    /// <summary>The frame of one answer.</summary>
    public static async Task<byte[]> OnceAsync(HttpClient http, Uri address, byte[] frame)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, address) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        request.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        request.Content = new ByteArrayContent(frame) { Headers = { ContentType = new MediaTypeHeaderValue("application/grpc") } };
        using var response = await http.SendAsync(request);
        var body = await response.Content.ReadAsByteArrayAsync();
        if (body.Length < 5) throw new InvalidOperationException($"The server answered {(int)response.StatusCode} and no message: {response.TrailingHeaders}{response.Headers}");
        return body;
    }
}
