using System.Globalization;
using System.Text;
using FleetMonitor.Core.Batches;
using FleetMonitor.Core.Formats;
using Xunit;

namespace FleetMonitor.Core.Tests.Formats;

/// <summary>The decoder against <see cref="PlainPredictions"/>, on documents that random edits broke in every way they could.</summary>
public class PredictionJsonLawTests
{
    private static readonly string[] Splices =
    [
        "\"", "{", "}", "[", "]", ",", ":", "null", "true",
        "1e999", "-1", "\"NaN\"", "\\ud800", "\\u0061", "\\", "\n", " ", "\"id\":",
        "\"prediction\":", "\"features\":{", "0", ".5", "\u00e4", "\"score\":2,", "\"\"",
        "\"tags\":{\"a\":[]},", "\"x\":{\"y\":[1,{}]},", "\"predictions\":[", "\"Infinity\"", "\"prediction\":\"z\"", "{\"prediction\":1},",
    ];

    private static readonly string[] Odd =
    [
        "\"id\":1.5", "\"id\":\"\"", "\"time\":\"noon\"", "\"version\":true", "\"features\":{\"a\":[1]}",
        "\"features\":{\"a\":1,\"b\":2,\"a\":3}", "\"score\":1.5", "\"latency_ms\":-1", "\"error\":0",
        "\"tags\":{\"t\":{}}", "\"probabilities\":{\"1\":2}", "\"prediction\":1", "\"id\":null",
        "\"features\":{\"z\":\"Infinity\",\"y\":\"\\ud83d\\ude00\"}", "\"features\":{\"z\":\"\\ud83d\"}", "\"tags\":{\"t\":null}", "\"label\":[]",
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Decode_MutatedDocument_AgreesWithThePlainReading(int seed)
    {
        var random = new Random(seed);
        int documents = 0, refused = 0, kept = 0, rejected = 0;
        for (var round = 0; round < 3_000; round++)
        {
            var document = Mutate(random, Encoding.UTF8.GetBytes(round % 2 == 0 ? $"[{Items(random)}]" : $"{{\"predictions\":[{Items(random)}]}}"));
            var expected = PlainPredictions.Items(document);
            if (expected is null)
            {
                Assert.Throws<DocumentException>(() => PredictionJson.Decode(document, DecodeLimits.Default));
                refused++;
                continue;
            }
            var decoded = PredictionJson.Decode(document, DecodeLimits.Default);
            var rows = new PredictionBatchBuilder();
            int[] indices = [.. Enumerable.Range(0, expected.Count).Where(i => PlainPredictions.TryAdd(expected[i], rows))];

            Assert.Equal(expected.Count, decoded.Items);
            Assert.Equal(indices, decoded.Indices.ToArray());
            Assert.Equal(rows.Build().Buffer.ToArray(), decoded.Batch.Buffer.ToArray());
            Assert.Equal(Enumerable.Range(0, expected.Count).Except(indices), decoded.Errors.Select(error => error.Index));
            documents++;
            kept += indices.Length;
            rejected += decoded.Rejected;
        }
        // The law says something only if all of it happens.
        Assert.True(documents > 500 && refused > 500 && kept > 1_000 && rejected > 300, $"{documents} documents, {refused} refused, {kept} items kept, {rejected} rejected");
    }

    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    public void DecodeLines_MutatedLines_EachLineStandsAlone(int seed)
    {
        var random = new Random(seed);
        int kept = 0, rejected = 0;
        for (var round = 0; round < 2_000; round++)
        {
            var lines = Enumerable.Range(0, 1 + random.Next(6)).Select(i => Item(random, i)).Select(Encoding.UTF8.GetBytes)
                .Select(line => random.Next(2) == 0 ? line : [.. Mutate(random, line).Where(b => b is not ((byte)'\n' or (byte)'\r'))])
                .Where(line => line.AsSpan().Trim(" \t"u8).Length > 0).ToArray();
            var rows = new PredictionBatchBuilder();
            int[] indices = [.. Enumerable.Range(0, lines.Length)
                .Where(i => PlainPredictions.Items([(byte)'[', .. lines[i], (byte)']']) is [var item] && PlainPredictions.TryAdd(item, rows))];

            var decoded = PredictionJson.DecodeLines(lines.SelectMany(line => line.Append((byte)'\n')).ToArray(), DecodeLimits.Default);

            Assert.Equal(indices, decoded.Indices.ToArray());
            Assert.Equal(rows.Build().Buffer.ToArray(), decoded.Batch.Buffer.ToArray());
            Assert.Equal(Enumerable.Range(0, lines.Length).Except(indices).Select(i => (i, (long?)i + 1)), decoded.Errors.Select(error => (error.Index, error.Line)));
            kept += indices.Length;
            rejected += decoded.Rejected;
        }
        Assert.True(kept > 1_000 && rejected > 1_000, $"{kept} kept, {rejected} rejected");
    }

    [Fact]
    public void Decode_EveryTruncation_IsRefused()
    {
        var document = Encoding.UTF8.GetBytes($"{{\"predictions\":[{Items(new Random(9))}]}}");

        for (var length = 0; length < document.Length; length++)
        {
            var cut = document[..length];
            Assert.Throws<DocumentException>(() => PredictionJson.Decode(cut, DecodeLimits.Default));
        }
    }

    private static string Items(Random random) => string.Join(",", Enumerable.Range(0, random.Next(5)).Select(i => Item(random, i)));

    private static string Item(Random random, int i)
    {
        string[] members =
        [
            $"\"id\":{(random.Next(2) == 0 ? $"\"p-{i}\"" : i)}", "\"time\":\"2026-11-22T10:00:00.25Z\"", "\"version\":\"3\"",
            $"\"latency_ms\":{random.Next(50)}", "\"error\":true", "\"tags\":{\"region\":\"eu\",\"n\":1}",
            string.Create(CultureInfo.InvariantCulture,
                $"\"features\":{{\"a\":{random.NextDouble():R},\"b\":\"{(char)('a' + random.Next(4))}\",\"c\":{(random.Next(2) == 0 ? "null" : "false")}}}"),
            "\"probabilities\":{\"0\":0.25,\"1\":0.75}", "\"score\":0.75", "\"other\":[{\"id\":1}]",
        ];
        random.Shuffle(members);
        if (random.Next(3) == 0) members[0] = Odd[random.Next(Odd.Length)];
        return $"{{{string.Join(",", members.Take(random.Next(members.Length + 1)).Append($"\"prediction\":\"{random.Next(3)}\""))}}}";
    }

    private static byte[] Mutate(Random random, byte[] bytes)
    {
        var edited = bytes.ToList();
        for (var edits = random.Next(4); edits > 0 && edited.Count > 0; edits--)
        {
            var at = random.Next(edited.Count);
            switch (random.Next(6))
            {
                case 0: edited[at] = (byte)random.Next(256); break;
                case 1: edited.RemoveAt(at); break;
                case 2: edited.RemoveRange(at, Math.Min(random.Next(12), edited.Count - at)); break;
                case 3: edited.InsertRange(at, edited.GetRange(at, Math.Min(random.Next(20), edited.Count - at))); break;
                default: edited.InsertRange(at, Encoding.UTF8.GetBytes(Splices[random.Next(Splices.Length)])); break;
            }
        }
        return [.. edited];
    }
}
