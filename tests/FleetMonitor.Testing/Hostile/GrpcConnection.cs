using System.Net;
using System.Net.Http.Headers;

namespace FleetMonitor.Testing.Hostile;

/// <summary>gRPC without its library: bytes go out as they are, and a status comes back.</summary>
public sealed class GrpcConnection(Uri server) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { EnableMultipleHttp2Connections = true })
    {
        BaseAddress = server, DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact, Timeout = TimeSpan.FromSeconds(60),
    };

    /// <summary>The status of gRPC and its message; -1 with the status of HTTP where there is none, -2 where the server ended the stream.</summary>
    public async Task<(int Status, string Message)> CallAsync(GrpcCall call)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(call.Path, UriKind.Relative)) { Content = new ByteArrayContent(call.Body) };
        request.Version = HttpVersion.Version20;
        request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        request.Headers.TryAddWithoutValidation("te", "trailers");
        foreach (var (name, value) in call.Metadata) request.Headers.TryAddWithoutValidation(name, value);
        try
        {
            using var response = await _http.SendAsync(request);
            await response.Content.ReadAsByteArrayAsync();
            var from = response.TrailingHeaders.Contains("grpc-status") ? response.TrailingHeaders : response.Headers;
            if (!from.TryGetValues("grpc-status", out var status)) return (-1, $"HTTP {(int)response.StatusCode}");
            var message = from.TryGetValues("grpc-message", out var told) ? Uri.UnescapeDataString(string.Join(' ', told)) : "";
            return (int.Parse(status.First(), System.Globalization.CultureInfo.InvariantCulture), message);
        }
        catch (HttpRequestException exception)
        {
            return (-2, exception.Message);
        }
    }

    public void Dispose() => _http.Dispose();
}
