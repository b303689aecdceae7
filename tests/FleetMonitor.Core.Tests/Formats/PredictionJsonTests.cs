using System.Text;
using FleetMonitor.Core.Batches;
using FleetMonitor.Core.Formats;
using Xunit;

namespace FleetMonitor.Core.Tests.Formats;

public class PredictionJsonTests
{
    private const string Full = """
        {"id":"p-1","time":"2026-11-22T10:00:00Z","version":"3","features":{"amount":12.5,"country":"DE","new":true,"old":null},"prediction":"1",
         "probabilities":{"0":0.07,"1":0.93},"score":0.93,"latency_ms":3.1,"error":true,
         "tags":{"region":"eu","shard":7,"canary":false,"none":null},"label":"0","extra":{"a":[1,{"b":2}]}}
        """;

    [Fact]
    public void Decode_FullItem_FillsEveryColumn()
    {
        var decoded = Decode($$"""{"predictions":[{{Full}}]}""");

        Assert.Equal((1, 0, 1), (decoded.Items, decoded.Rejected, decoded.Batch.Count));
        Assert.Equal([0], decoded.Indices.ToArray());
        var batch = decoded.Batch;
        Assert.Equal("p-1", batch.Ids!.Text(0));
        Assert.Equal("2026-11-22T10:00:00Z", UnixTime.Format(batch.Times[0]));
        Assert.Equal("3", batch.Versions!.TextAt(0));
        Assert.Equal("1", batch.Predictions.TextAt(0));
        Assert.Equal(["0", "1"], batch.Probabilities.Select(column => column.Name));
        Assert.Equal([0.07, 0.93], batch.Probabilities.Select(column => column.NumberAt(0)));
        Assert.Equal(0.93, batch.Scores[0]);
        Assert.Equal(0.0031, batch.Latencies[0]);
        Assert.Equal(1, batch.Errors[0]);
        Assert.Equal(["amount", "country", "new", "old"], batch.Features.Select(column => column.Name));
        Assert.Equal(12.5, batch.Features[0].NumberAt(0));
        Assert.Equal("DE", batch.Features[1].TextAt(0));
        Assert.Equal("true", batch.Features[2].TextAt(0));
        Assert.True(batch.Features[3].IsMissing(0));
        Assert.Equal(["region=eu", "shard=7", "canary=false"], batch.Tags.Select(column => $"{column.Name}={column.TextAt(0)}"));
        Assert.Null(batch.Labels);
    }

    [Fact]
    public void Decode_BareArray_IsTheSame() => Assert.Equal(Decode($$"""{"predictions":[{{Full}}]}""").Batch.Buffer.ToArray(), Decode($"[{Full}]").Batch.Buffer.ToArray());

    [Fact]
    public void Decode_OnlyPrediction_IsEnough()
    {
        var batch = Decode("""[{"prediction":2.5}]""").Batch;

        Assert.Equal(2.5, batch.Predictions.NumberAt(0));
        Assert.Null(batch.Ids);
        Assert.Null(batch.Versions);
        Assert.True(batch.Times.IsEmpty && batch.Scores.IsEmpty && batch.Latencies.IsEmpty && batch.Errors.IsEmpty);
        Assert.Empty(batch.Features);
    }

    [Fact]
    public void Decode_NullMembers_AreAbsent()
    {
        var plain = Decode("""[{"prediction":1}]""");
        var nulls = Decode("""
            [{"prediction":1,"id":null,"time":null,"version":null,"features":null,"probabilities":null,"score":null,"latency_ms":null,"error":null,"tags":null,"label":null}]
            """);

        Assert.Equal(plain.Batch.Buffer.ToArray(), nulls.Batch.Buffer.ToArray());
    }

    [Theory]
    [InlineData("true", "true")]
    [InlineData("false", "false")]
    [InlineData("\"1.0\"", "1.0")]
    [InlineData("\"NaN\"", "NaN")]
    [InlineData("\"\\u00e4\\ud83d\\ude00\"", "ä😀")]
    public void Decode_PredictedClass_StaysAsSent(string json, string text) => Assert.Equal(text, Decode($$"""[{"prediction":{{json}}}]""").Batch.Predictions.TextAt(0));

    [Theory]
    [InlineData("12.5", 12.5)]
    [InlineData("-0", 0.0)]
    [InlineData("1e400", double.PositiveInfinity)]
    [InlineData("-1e400", double.NegativeInfinity)]
    [InlineData("\"Infinity\"", double.PositiveInfinity)]
    [InlineData("\"-Infinity\"", double.NegativeInfinity)]
    [InlineData("1E-2", 0.01)]
    [InlineData("0.1", 0.1)]
    [InlineData("123456789012345678901234567890", 123456789012345678901234567890.0)]
    [InlineData("9007199254740993", 9007199254740992.0)]
    [InlineData("5e-324", double.Epsilon)]
    public void Decode_FeatureNumber_IsTheNearestFloat64(string json, double expected)
    {
        var feature = Decode($$$"""[{"prediction":1,"features":{"x":{{{json}}}}}]""").Batch.Features[0];

        Assert.Equal(expected, feature.NumberAt(0));
        Assert.False(feature.HasTexts);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("\"NaN\"")]
    public void Decode_MissingFeature_NamesItsColumn(string json)
    {
        var feature = Decode($$$"""[{"prediction":1,"features":{"x":{{{json}}}}}]""").Batch.Features[0];

        Assert.Equal("x", feature.Name);
        Assert.True(feature.IsMissing(0));
        Assert.False(feature.HasNumbers || feature.HasTexts);
    }

    [Fact]
    public void Decode_RandomNumbers_EqualFrameworkParse()
    {
        var random = new Random(7);
        var numbers = new List<string>();
        for (var i = 0; i < 20_000; i++)
        {
            numbers.Add((i % 5) switch
            {
                0 => BitConverter.Int64BitsToDouble(random.NextInt64()) is var any && double.IsFinite(any) ? Text(any, "R") : "0.5",
                1 => Text(random.NextDouble() * 1_000, "R"),
                2 => Text(random.NextDouble(), "F" + random.Next(30)),
                3 => $"{random.NextInt64(1L << 54)}.{random.Next(100_000):D5}{random.Next()}",
                _ => $"-{random.NextInt64()}e{random.Next(-330, 330)}",
            });
        }
        var document = "[" + string.Join(",", numbers.Select(number => $$$"""{"prediction":1,"features":{"x":{{{number}}}}}""")) + "]";

        var decoded = PredictionJson.Decode(Encoding.UTF8.GetBytes(document), new DecodeLimits { MaxItems = numbers.Count }).Batch.Features[0].Numbers.ToArray();

        Assert.Equal(numbers.Select(number => double.Parse(number, System.Globalization.CultureInfo.InvariantCulture)), decoded);
        static string Text(double value, string format) => value.ToString(format, System.Globalization.CultureInfo.InvariantCulture);
    }

    [Theory]
    [InlineData("""{}""", "prediction", "expected a string, a number or a bool, got nothing")]
    [InlineData("""{"prediction":null}""", "prediction", "expected a string, a number or a bool, got null")]
    [InlineData("""{"prediction":[1]}""", "prediction", "expected a string, a number or a bool, got an array")]
    [InlineData("""{"prediction":{"a":1}}""", "prediction", "expected a string, a number or a bool, got an object")]
    [InlineData("""{"prediction":""}""", "prediction", "expected 1 to 200 characters, got \"\"")]
    [InlineData("""{"prediction":1e999}""", "prediction", "expected a number within float64's range, got 1e999")]
    [InlineData("""{"prediction":1,"prediction":2}""", "prediction", "given twice")]
    [InlineData("""5""", "", "expected an object, got 5")]
    [InlineData("""null""", "", "expected an object, got null")]
    [InlineData("""[]""", "", "expected an object, got an array")]
    [InlineData("""{"prediction":1,"id":1.5}""", "id", "expected a string or an integer, got 1.5")]
    [InlineData("""{"prediction":1,"id":1e3}""", "id", "expected a string or an integer, got 1e3")]
    [InlineData("""{"prediction":1,"id":true}""", "id", "expected a string or an integer, got true")]
    [InlineData("""{"prediction":1,"id":""}""", "id", "expected 1 to 256 bytes, got \"\"")]
    [InlineData("""{"prediction":1,"time":"yesterday"}""", "time", "expected an RFC 3339 time from 1970 on, got \"yesterday\"")]
    [InlineData("""{"prediction":1,"time":"1969-12-31T23:59:59Z"}""", "time", "expected an RFC 3339 time from 1970 on, got \"1969-12-31T23:59:59Z\"")]
    [InlineData("""{"prediction":1,"time":1700000000}""", "time", "expected an RFC 3339 time from 1970 on, got 1700000000")]
    [InlineData("""{"prediction":1,"version":true}""", "version", "expected a string or a number, got true")]
    [InlineData("""{"prediction":1,"version":""}""", "version", "expected 1 to 200 characters, got \"\"")]
    [InlineData("""{"prediction":1,"features":[1]}""", "features", "expected an object, got an array")]
    [InlineData("""{"prediction":1,"features":{"a":{"b":1}}}""", "features.a", "expected a number, a string, a bool or null, got an object")]
    [InlineData("""{"prediction":1,"features":{"a":[1]}}""", "features.a", "expected a number, a string, a bool or null, got an array")]
    [InlineData("""{"prediction":1,"features":{"a":1,"b":2,"a":null}}""", "features.a", "given twice")]
    [InlineData("""{"prediction":1,"features":{"":1}}""", "features", "expected names of 1 to 200 characters, got \"\"")]
    [InlineData("""{"prediction":1,"features":{"\ud800":1}}""", "features", "expected names of 1 to 200 characters, got \"\\ud800\"")]
    [InlineData("""{"prediction":1,"features":{"a":"\ud800"}}""", "features.a", "expected whole characters, got \"\\ud800\"")]
    [InlineData("""{"prediction":"\udc00x"}""", "prediction", "expected whole characters, got \"\\udc00x\"")]
    [InlineData("""{"prediction":1,"probabilities":{"1":1.01}}""", "probabilities.1", "expected a number from 0 to 1, got 1.01")]
    [InlineData("""{"prediction":1,"probabilities":{"1":"0.5"}}""", "probabilities.1", "expected a number from 0 to 1, got \"0.5\"")]
    [InlineData("""{"prediction":1,"probabilities":{"1":null}}""", "probabilities.1", "expected a number from 0 to 1, got null")]
    [InlineData("""{"prediction":1,"probabilities":{"1":0.5,"1":0.5}}""", "probabilities.1", "given twice")]
    [InlineData("""{"prediction":1,"probabilities":0.5}""", "probabilities", "expected an object, got 0.5")]
    [InlineData("""{"prediction":1,"score":-0.2}""", "score", "expected a number from 0 to 1, got -0.2")]
    [InlineData("""{"prediction":1,"score":"0.5"}""", "score", "expected a number from 0 to 1, got \"0.5\"")]
    [InlineData("""{"prediction":1,"latency_ms":-1}""", "latency_ms", "expected a number of 0 or more, got -1")]
    [InlineData("""{"prediction":1,"latency_ms":1e999}""", "latency_ms", "expected a number of 0 or more, got 1e999")]
    [InlineData("""{"prediction":1,"error":1}""", "error", "expected a bool, got 1")]
    [InlineData("""{"prediction":1,"tags":{"a":[]}}""", "tags.a", "expected a string, a number or a bool, got an array")]
    [InlineData("""{"prediction":1,"tags":{"a":"x","a":"x"}}""", "tags.a", "given twice")]
    [InlineData("""{"prediction":1,"tags":"eu"}""", "tags", "expected an object, got \"eu\"")]
    [InlineData("""{"prediction":1,"features":{"a":"ok"},"score":"a very long value that nobody wants to read twice"}""", "score",
        "expected a number from 0 to 1, got \"a very long value that nobody wants to r…\"")]
    public void Decode_BadItem_IsRejectedAndLeavesNoTrace(string item, string field, string message)
    {
        const string First = """{"id":"a","prediction":"x","features":{"n":1,"t":"u"},"tags":{"k":"v"}}""";
        const string Last = """{"id":"b","prediction":"y","features":{"n":2}}""";
        var decoded = Decode($"[{First},{item},{Last}]");
        var alone = Decode($"[{First},{Last}]");

        Assert.Equal([new ItemError(1, field, message)], decoded.Errors);
        Assert.Equal((3, 1), (decoded.Items, decoded.Rejected));
        Assert.Equal([0, 2], decoded.Indices.ToArray());
        Assert.Equal(alone.Batch.Buffer.ToArray(), decoded.Batch.Buffer.ToArray());
    }

    [Fact]
    public void Decode_BadItemFirst_LeavesNoColumn()
    {
        var decoded = Decode("""
            [{"id":"x","version":1,"features":{"new":"text"},"tags":{"t":1},"probabilities":{"a":1},"score":1,"latency_ms":1,"error":true,"time":"2026-01-01","prediction":"c",
              "label":1,"id":2},
             {"prediction":1}]
            """);

        Assert.Equal(Decode("""[{"prediction":1}]""").Batch.Buffer.ToArray(), decoded.Batch.Buffer.ToArray());
    }

    [Fact]
    public void Decode_ProbabilityOfFloat32Rounding_IsClamped()
    {
        var batch = Decode("""[{"prediction":1,"score":1.0000001192092896,"probabilities":{"0":-1e-9,"1":1}}]""").Batch;

        Assert.Equal(1, batch.Scores[0]);
        Assert.Equal(0, batch.Probabilities[0].NumberAt(0));
    }

    [Fact]
    public void Decode_IntegerId_IsItsText() => Assert.Equal("-90071992547409931", Decode("""[{"prediction":1,"id":-90071992547409931}]""").Batch.Ids!.Text(0));

    [Fact]
    public void Decode_EscapedNamesAndIds_AreUnescaped()
    {
        var batch = Decode("""[{"\u0070rediction":"a","\u0069d":"x\u0079\"","features":{"gr\u00f6\u00dfe":1},"t\u0069me":"2026\u002d01-01"}]""").Batch;

        Assert.Equal("xy\"", batch.Ids!.Text(0));
        Assert.Equal("größe", batch.Features[0].Name);
        Assert.Equal("2026-01-01T00:00:00Z", UnixTime.Format(batch.Times[0]));
    }

    [Fact]
    public void Decode_FeaturesInAnyOrder_ReachTheirColumns()
    {
        var batch = Decode("""
            [{"prediction":1,"features":{"a":1,"b":2,"c":3}},{"prediction":1,"features":{"c":30,"a":10}},{"prediction":1,"features":{"b":200,"d":400,"c":300}}]
            """).Batch;

        Assert.Equal(["a", "b", "c", "d"], batch.Features.Select(column => column.Name));
        Assert.Equal([1, 10, double.NaN], batch.Features[0].Numbers.ToArray());
        Assert.Equal([2, double.NaN, 200], batch.Features[1].Numbers.ToArray());
        Assert.Equal([3, 30, 300], batch.Features[2].Numbers.ToArray());
        Assert.Equal([double.NaN, double.NaN, 400], batch.Features[3].Numbers.ToArray());
    }

    [Fact]
    public void Decode_NumberAndTextInOneFeature_KeepsBoth()
    {
        var feature = Decode("""[{"prediction":1,"features":{"a":1}},{"prediction":1,"features":{"a":"one"}}]""").Batch.Features[0];

        Assert.Equal(1, feature.NumberAt(0));
        Assert.Null(feature.TextAt(0));
        Assert.Equal("one", feature.TextAt(1));
        Assert.True(double.IsNaN(feature.NumberAt(1)));
    }

    [Fact]
    public void Decode_InvalidUtf8InOneItem_CostsOnlyThatItem()
    {
        byte[] document = [.. "[{\"prediction\":\"a\"},{\"prediction\":\"b"u8, 0xFF, .. "\"},{\"prediction\":\"ü\"}]"u8];
        var decoded = PredictionJson.Decode(document, DecodeLimits.Default);

        Assert.Equal([0, 2], decoded.Indices.ToArray());
        Assert.Equal(["a", "ü"], decoded.Batch.Predictions.Texts);
        Assert.Equal([new ItemError(1, "", "not valid UTF-8 (from byte 20)")], decoded.Errors);
    }

    [Theory]
    [InlineData("", "expected {\"predictions\":[…]} or an array, got an empty body")]
    [InlineData(" \r\n", "expected {\"predictions\":[…]} or an array, got an empty body")]
    [InlineData("5", "expected {\"predictions\":[…]} or an array, got 5")]
    [InlineData("{}", "expected {\"predictions\":[…]} or an array, got an object without members")]
    [InlineData("{\"prediction\":1}", "expected {\"predictions\":[…]} or an array, got an object with \"prediction\"")]
    [InlineData("{\"predictions\":{}}", "predictions: expected an array, got an object")]
    [InlineData("{\"predictions\":[],\"predictions\":[]}", "\"predictions\" is given twice")]
    public void Decode_OtherShape_IsRefused(string document, string message) => Assert.Equal(message, Assert.Throws<DocumentException>(() => Decode(document)).Message);

    [Theory]
    [InlineData("""[{"prediction":1},{"prediction":}]""", 1, 32)]
    [InlineData("[{\"prediction\":1},\n{\"prediction\":1}\n{", 2, 36)]
    [InlineData("""[{"prediction":1}""", 1, 17)]
    [InlineData("""[{"prediction":1}] x""", 1, 19)]
    [InlineData("""[{"prediction":01}]""", 0, 16)]
    [InlineData("""{"predictions":[{"prediction":"a""", 0, 32)]
    public void Decode_SyntaxError_NamesItemAndByte(string document, int item, int position)
    {
        var exception = Assert.Throws<DocumentException>(() => Decode(document));

        Assert.StartsWith($"item {item}, byte {position}: ", exception.Message, StringComparison.Ordinal);
        Assert.Equal(position, exception.ByteOffset);
        Assert.DoesNotContain("LineNumber", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Decode_ByteOrderMarkAndOtherMembers_AreIgnored()
    {
        var decoded = Decode("\uFEFF {\"model\":\"m\",\"meta\":{\"a\":[1,2]},\"predictions\":[{\"prediction\":1}],\"n\":1} \n");

        Assert.Equal(1, decoded.Batch.Count);
    }

    [Fact]
    public void Decode_EmptyList_IsAnEmptyBatch()
    {
        var decoded = Decode("""{"predictions":[]}""");

        Assert.Equal((0, 0, 0), (decoded.Items, decoded.Rejected, decoded.Batch.Count));
    }

    [Fact]
    public void Decode_TooDeep_IsRefused()
    {
        var exception = Assert.Throws<DocumentException>(() => Decode("[{\"x\":" + new string('[', 20) + new string(']', 20) + "}]"));

        Assert.Contains("depth of 16", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Decode_TooManyItems_IsALimit()
    {
        var limits = new DecodeLimits { MaxItems = 2 };
        Assert.Equal(2, PredictionJson.Decode("""[{"prediction":1},5]"""u8, limits).Items);

        var exception = Assert.Throws<LimitException>(() => PredictionJson.Decode("""[{"prediction":1},5,{"prediction":1}]"""u8, limits));
        Assert.Equal(("items", 2), (exception.Limit, exception.Max));
        Assert.Equal("more than 2 items", exception.Message);
    }

    [Fact]
    public void Decode_TooManyCells_IsALimit()
    {
        var limits = new DecodeLimits { MaxCells = 7 };
        Assert.Equal(2, PredictionJson.Decode("""[{"prediction":1,"features":{"a":1,"b":2,"c":3}},{"prediction":1}]"""u8, limits).Items);
        Assert.Throws<LimitException>(() => PredictionJson.Decode("""[{"prediction":1,"features":{"a":1,"b":2,"c":3}},{"prediction":1,"tags":{"t":1}}]"""u8, limits));
    }

    [Fact]
    public void Decode_TooManyNamesTogether_IsALimit()
    {
        var limits = new DecodeLimits { MaxColumns = 3 };
        var kept = PredictionJson.Decode("""[{"prediction":1,"features":{"a":1,"b":2}},{"prediction":1,"features":{"b":1,"c":2}},{"features":{"d":1}}]"""u8, limits);
        Assert.Equal(2, kept.Batch.Count);

        var exception = Assert.Throws<LimitException>(() =>
            PredictionJson.Decode("""[{"prediction":1,"features":{"a":1,"b":2}},{"prediction":1,"tags":{"c":1,"d":2}}]"""u8, limits));
        Assert.Equal("columns", exception.Limit);
    }

    [Fact]
    public void Decode_ItemsAtTheirLimits_AreKeptAndBeyondRejected()
    {
        var limits = new DecodeLimits { MaxFeatures = 2, MaxTags = 1, MaxClasses = 2, MaxText = 4, MaxName = 3, MaxId = 5 };
        string[] good =
        [
            """{"prediction":"äöü","id":"12345","version":"abc","features":{"äöü":"äö","b":1},"tags":{"ttt":"1234"},"probabilities":{"abc":1,"d":0}}""",
            """{"prediction":"\u00e4\u00f6\u00fc","features":{"\u00e4\u00f6\u00fc":"\u00e4\u00f6"}}""",
        ];
        (string Item, string Field)[] bad =
        [
            ("""{"prediction":"abcd"}""", "prediction"),
            ("""{"prediction":1,"id":"123456"}""", "id"), ("""{"prediction":1,"id":1234567}""", "id"), ("""{"prediction":1,"version":"abcd"}""", "version"),
            ("""{"prediction":1,"version":12.25}""", "version"),
            ("""{"prediction":1,"features":{"a":1,"b":2,"c":3}}""", "features"),
            ("""{"prediction":1,"features":{"abcd":1}}""", "features"), ("""{"prediction":1,"features":{"a":"äöü"}}""", "features.a"),
            ("""{"prediction":1,"features":{"a":"\u00e4\u00f6\u00fc"}}""", "features.a"), ("""{"prediction":1,"features":{"\u0061\u0061\u0061\u0061":1}}""", "features"),
            ("""{"prediction":1,"tags":{"a":1,"b":2}}""", "tags"), ("""{"prediction":1,"tags":{"a":"12345"}}""", "tags.a"), ("""{"prediction":1,"tags":{"a":123.5}}""", "tags.a"),
            ("""{"prediction":1,"probabilities":{"a":0,"b":0,"c":0}}""", "probabilities"), ("""{"prediction":1,"probabilities":{"abcd":0}}""", "probabilities"),
        ];
        var document = "[" + string.Join(",", good.Concat(bad.Select(item => item.Item))) + "]";

        var decoded = PredictionJson.Decode(Encoding.UTF8.GetBytes(document), limits);

        Assert.Equal([0, 1], decoded.Indices.ToArray());
        Assert.Equal(bad.Select((item, i) => (i + 2, item.Field)), decoded.Errors.Select(error => (error.Index, error.Field)));
        Assert.Equal("äöü", decoded.Batch.Predictions.TextAt(1));
    }

    [Fact]
    public void Decode_ManyErrors_DescribesSomeAndCountsAll()
    {
        var document = "[" + string.Join(",", Enumerable.Repeat("{}", 150)) + "]";

        var decoded = Decode(document);

        Assert.Equal((150, 100), (decoded.Rejected, decoded.Errors.Count));
        Assert.Equal(99, decoded.Errors[^1].Index);
    }

    private static Decoded<PredictionBatch> Decode(string document) => PredictionJson.Decode(Encoding.UTF8.GetBytes(document), DecodeLimits.Default);
}
