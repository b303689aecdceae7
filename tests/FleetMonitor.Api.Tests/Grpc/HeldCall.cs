using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;

namespace FleetMonitor.Api.Tests.Grpc;

/// <summary>A call that sends some bytes and then neither goes on nor ends, until it is let go.</summary>
internal sealed class HeldCall : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler()) { Timeout = Timeout.InfiniteTimeSpan };
    private readonly HttpRequestMessage _request;
    private readonly CancellationTokenSource _gone = new();
    private readonly Task<HttpResponseMessage> _answer;

    public HeldCall(string server, string method, byte[] sent)
    {
        _request = new HttpRequestMessage(HttpMethod.Post, new Uri(new Uri(server), method))
        {
            Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact, Content = new Held(sent, _gone.Token),
        };
        _request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        _request.Headers.TryAddWithoutValidation("te", "trailers");
        _answer = _http.SendAsync(_request, HttpCompletionOption.ResponseHeadersRead, _gone.Token);
    }

    /// <summary>A message as it goes into a stream.</summary>
    public static byte[] Frame(byte[] message)
    {
        var framed = new byte[5 + message.Length];
        BinaryPrimitives.WriteUInt32BigEndian(framed.AsSpan(1), (uint)message.Length);
        message.CopyTo(framed, 5);
        return framed;
    }

    /// <summary>The status with which the server ends it, though nothing more is sent.</summary>
    public async Task<(int Status, string Message)> EndAsync(TimeSpan deadline)
    {
        using var response = await _answer.WaitAsync(deadline);
        await response.Content.ReadAsByteArrayAsync().WaitAsync(deadline);
        var from = response.TrailingHeaders.Contains("grpc-status") ? response.TrailingHeaders : response.Headers;
        return (int.Parse(from.GetValues("grpc-status").Single(), CultureInfo.InvariantCulture), Uri.UnescapeDataString(from.GetValues("grpc-message").Single()));
    }

    public void Dispose()
    {
        _gone.Cancel();
        _http.Dispose();
        _request.Dispose();
        _gone.Dispose();
    }

    private sealed class Held(byte[] sent, CancellationToken gone) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(sent, gone);
            await stream.FlushAsync(gone);
            await Task.Delay(Timeout.InfiniteTimeSpan, gone);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
