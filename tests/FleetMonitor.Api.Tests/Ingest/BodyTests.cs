using System.IO.Compression;
using System.Net;
using System.Text;
using Xunit;

namespace FleetMonitor.Api.Tests.Ingest;

[Collection(nameof(Fleet))]
public sealed class BodyTests(Fleet fleet)
{
    private static readonly byte[] Lines = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 1_000).Select(i => $"{{\"prediction\":{i}.5}}\n")));

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("deflate")]
    public async Task Body_Compressed_IsRead(string encoding) => Assert.Equal(1_000, (int)(await SendAsync(encoding, Compress(Lines, encoding))).Ok()["accepted"]!);

    [Fact]
    public async Task Body_Identity_IsRead() => Assert.Equal(1_000, (int)(await SendAsync("identity", Lines)).Ok()["accepted"]!);

    [Theory]
    [InlineData("zstd")]
    [InlineData("gzip, gzip")]
    public async Task Body_InAnUnknownEncoding_IsUnsupportedAndTheKnownOnesAreNamed(string encoding)
    {
        var answer = await SendAsync(encoding, Lines);
        Assert.Equal($"expected a Content-Encoding of gzip, br, deflate, got {encoding}", answer.Detail(HttpStatusCode.UnsupportedMediaType));
        Assert.Equal("gzip, br, deflate", string.Join(", ", answer.Headers.GetValues("Accept-Encoding")));
    }

    [Fact]
    public async Task Body_LargerThanAllowed_IsTooLargeAndTheBoundIsNamed()
    {
        var answer = await fleet.SendAsync(HttpMethod.Post, "/v1/models/bodies/predictions", new byte[Fleet.MaxBodyBytes + 1], "application/x-ndjson");
        Assert.Equal("expected a body of at most 1048576 bytes, after decompression too", answer.Detail(HttpStatusCode.RequestEntityTooLarge));
    }

    [Fact]
    public async Task Body_AsLargeAsAllowed_IsRead()
    {
        var body = new byte[Fleet.MaxBodyBytes];
        body.AsSpan().Fill((byte)'\n');
        "{\"prediction\":1.5}"u8.CopyTo(body);
        Assert.Equal(1, (int)(await fleet.SendAsync(HttpMethod.Post, "/v1/models/bodies/predictions", body, "application/x-ndjson")).Ok()["accepted"]!);
        Assert.Equal(1, (int)(await SendAsync("gzip", Compress(body, "gzip"))).Ok()["accepted"]!);
    }

    [Fact]
    public async Task Body_ThatGrowsBeyondTheBoundWhenDecompressed_IsTooLarge()
    {
        var bomb = Compress(new byte[16 << 20], "gzip");
        Assert.InRange(bomb.Length, 1, Fleet.MaxBodyBytes / 2);
        Assert.Equal("expected a body of at most 1048576 bytes, after decompression too", (await SendAsync("gzip", bomb)).Detail(HttpStatusCode.RequestEntityTooLarge));
    }

    [Fact]
    public async Task Body_WithoutALength_IsBoundedToo()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/models/bodies/predictions") { Content = new StreamContent(new MemoryStream(new byte[Fleet.MaxBodyBytes * 3 / 2])) };
        request.Headers.TransferEncodingChunked = true;
        request.Content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        using var response = await fleet.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task Body_ThatIsNotAsEncoded_IsAProblem() =>
        Assert.StartsWith("the body is not what its Content-Encoding says", (await SendAsync("gzip", Lines)).Detail(HttpStatusCode.BadRequest), StringComparison.Ordinal);

    /// <summary>The lines before the cut must not be taken for the whole.</summary>
    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("deflate")]
    public async Task Body_CutOff_IsAProblemAndNothingIsCounted(string encoding)
    {
        var random = new Random(5);
        var lines = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 2_000).Select(_ => $"{{\"prediction\":{random.NextDouble()}}}\n")));
        var compressed = Compress(lines, encoding);
        var cut = compressed[..(compressed.Length / 2)];
        var answer = await fleet.SendAsync(HttpMethod.Post, $"/v1/models/cut-{encoding}/predictions", cut, "application/x-ndjson", ("Content-Encoding", encoding));
        Assert.StartsWith("the body is not what its Content-Encoding says", answer.Detail(HttpStatusCode.BadRequest), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await fleet.GetAsync($"/v1/models/cut-{encoding}")).Status);
    }

    private Task<Answer> SendAsync(string encoding, byte[] body) =>
        fleet.SendAsync(HttpMethod.Post, "/v1/models/encodings/predictions", body, "application/x-ndjson", ("Content-Encoding", encoding));

    private static byte[] Compress(byte[] bytes, string encoding)
    {
        var compressed = new MemoryStream();
        using (Stream stream = encoding switch
        {
            "gzip" => new GZipStream(compressed, CompressionLevel.Fastest),
            "br" => new BrotliStream(compressed, CompressionLevel.Fastest),
            _ => new ZLibStream(compressed, CompressionLevel.Fastest),
        })
        {
            stream.Write(bytes);
        }
        return compressed.ToArray();
    }
}
