using System.Text;
using FleetMonitor.Core.Formats;
using Xunit;

namespace FleetMonitor.Core.Tests.Formats;

public class NdjsonTests
{
    [Fact]
    public void DecodeLines_GoodAndBadLines_KeepsTheGood()
    {
        const string Text = "\uFEFF{\"prediction\":1}\r\n\n  \t\n{\"prediction\":2,}\n{\"prediction\":3}{\"prediction\":4}\n"
            + "[{\"prediction\":5}]\n{\"prediction\":6,\"score\":7}\n{\"prediction\":8}";
        var decoded = PredictionJson.DecodeLines(Encoding.UTF8.GetBytes(Text), DecodeLimits.Default);

        Assert.Equal([1, 8], decoded.Batch.Predictions.Numbers.ToArray());
        Assert.Equal([0, 5], decoded.Indices.ToArray());
        Assert.Equal((6, 4), (decoded.Items, decoded.Rejected));
        Assert.Equal([(1, "", 4L), (2, "", 5), (3, "", 6), (4, "score", 7)], decoded.Errors.Select(error => (error.Index, error.Field, error.Line ?? 0)));
        Assert.StartsWith("line 4: ", decoded.Errors[0].Message, StringComparison.Ordinal);
        Assert.EndsWith("(byte 16)", decoded.Errors[0].Message, StringComparison.Ordinal);
        Assert.Equal("line 6: expected an object, got an array", decoded.Errors[2].Message);
        Assert.Equal("line 7: expected a number from 0 to 1, got 7", decoded.Errors[3].Message);
    }

    [Fact]
    public void DecodeLines_BadLineBehindABadValue_IsOneError()
    {
        var decoded = PredictionJson.DecodeLines("{\"prediction\":1,\"score\":\"a\" oops\n{\"prediction\":2,\"features\":{\"new\":1}\n{\"prediction\":3}"u8, DecodeLimits.Default);

        Assert.Equal(["score", ""], decoded.Errors.Select(error => error.Field));
        Assert.Equal(2, decoded.Rejected);
        Assert.Empty(decoded.Batch.Features);
    }

    [Fact]
    public void DecodeLines_InvalidUtf8_CostsOnlyItsLine()
    {
        byte[] text = [.. "{\"prediction\":\"a\"}\n{\"prediction\":\""u8, 0xC3, .. "\"}\n{\"prediction\":\"b\"}\n"u8];
        var decoded = PredictionJson.DecodeLines(text, DecodeLimits.Default);

        Assert.Equal(["a", "b"], decoded.Batch.Predictions.Texts);
        Assert.Equal([new ItemError(1, "", "line 2: not valid UTF-8") { Line = 2 }], decoded.Errors);
    }

    [Fact]
    public void DecodeLines_AnotherFormat_IsRefusedEarly()
    {
        var csv = Encoding.UTF8.GetBytes(string.Join('\n', Enumerable.Range(0, 200).Select(i => $"a{i},b")));

        var exception = Assert.Throws<DocumentException>(() => PredictionJson.DecodeLines(csv, DecodeLimits.Default));

        Assert.Equal(100, exception.Line);
        Assert.Equal(99, PredictionJson.DecodeLines(csv.AsSpan(0, csv.AsSpan().IndexOf("\na99,"u8)), DecodeLimits.Default).Rejected);
    }

    [Fact]
    public void DecodeLines_TooManyLines_IsALimit() =>
        Assert.Throws<LimitException>(() => PredictionJson.DecodeLines("{\"prediction\":1}\n\n{\"prediction\":1}\n{\"prediction\":1}\n"u8, new DecodeLimits { MaxItems = 2 }));

    [Fact]
    public void DecodeLines_NothingButBlanks_IsAnEmptyBatch() => Assert.Equal(0, PredictionJson.DecodeLines("\n\r\n \n"u8, DecodeLimits.Default).Items);

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(1_000)]
    public void ReferenceNdjson_AnyChunks_EqualsLinesAtOnce(int chunk)
    {
        const string Text = "\uFEFF{\"prediction\":1,\"label\":0}\n\n{\"prediction\":2,\"label\":\"x\"}\r\nbad\n"
            + "{\"prediction\":\"this line is longer than sixty-four bytes and therefore it goes\"}\n{\"prediction\":4,\"label\":null}";
        var limits = new DecodeLimits { MaxRowBytes = 64 };

        var decoded = ReferenceNdjson.Decode(new ChunkedStream(Encoding.UTF8.GetBytes(Text), chunk), limits);

        Assert.Equal([0, 1, 4], decoded.Indices.ToArray());
        Assert.Equal([1, 2, 4], decoded.Batch.Predictions.Numbers.ToArray());
        Assert.Equal(0, decoded.Batch.Labels!.NumberAt(0));
        Assert.Equal("x", decoded.Batch.Labels.TextAt(1));
        Assert.True(decoded.Batch.Labels.IsMissing(2));
        Assert.Equal([(2, 4L), (3, 5)], decoded.Errors.Select(error => (error.Index, error.Line!.Value)));
        Assert.Equal("line 5: expected at most 64 bytes", decoded.Errors[1].Message);
    }

    [Fact]
    public async Task ReferenceNdjson_Asynchronously_IsTheSame()
    {
        var text = Encoding.UTF8.GetBytes("{\"prediction\":1,\"label\":0}\n{\"prediction\":2,\"label\":1}\n");

        var decoded = await ReferenceNdjson.DecodeAsync(new ChunkedStream(text, 5), DecodeLimits.Reference);

        Assert.Equal(ReferenceNdjson.Decode(new MemoryStream(text), DecodeLimits.Reference).Batch.Buffer.ToArray(), decoded.Batch.Buffer.ToArray());
    }

    [Fact]
    public void ReferenceNdjson_TooManyBytes_IsALimit()
    {
        var exception = Assert.Throws<LimitException>(() => ReferenceNdjson.Decode(new MemoryStream(new byte[100]), new DecodeLimits { MaxBytes = 99 }));

        Assert.Equal(("bytes", 99), (exception.Limit, exception.Max));
    }
}
