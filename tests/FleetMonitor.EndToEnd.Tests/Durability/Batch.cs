using System.Globalization;
using System.IO.Compression;
using System.Net.Http.Headers;

namespace FleetMonitor.EndToEnd.Tests.Durability;

/// <summary>One request's body, and who sends it under which number.</summary>
/// <param name="Kind">predictions or labels.</param>
/// <param name="Number">Of the writer's predictions, and of their labels.</param>
/// <param name="Rows">Items in it, all of them good.</param>
internal sealed record Batch(string Model, string Kind, string Producer, int Sequence, int Number, int Rows, byte[] Body, string ContentType, bool Compressed)
{
    public HttpRequestMessage Request(bool identified)
    {
        var content = new ByteArrayContent(Compressed ? Compress(Body) : Body);
        var request = new HttpRequestMessage(HttpMethod.Post, $"v1/models/{Model}/{Kind}") { Content = content };
        content.Headers.ContentType = new MediaTypeHeaderValue(ContentType);
        if (Compressed) content.Headers.ContentEncoding.Add("gzip");
        if (!identified) return request;
        request.Headers.Add("Fleet-Producer", Producer);
        request.Headers.Add("Fleet-Sequence", Sequence.ToString(CultureInfo.InvariantCulture));
        return request;
    }

    private static byte[] Compress(byte[] bytes)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest)) gzip.Write(bytes);
        return compressed.ToArray();
    }
}
