using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace FleetMonitor.EndToEnd.Tests.Durability;

/// <summary>A model under load: what its predictions look like and how they travel.</summary>
/// <param name="Identified">Whether predictions carry ids, and get labels. Without ids only the batch's number keeps a repetition from being counted.</param>
internal sealed record LoadModel(string Name, string Task, bool Identified, bool Lines, bool Compressed)
{
    private const int ReferenceRows = 2_000;
    private static readonly string[] Countries = ["DE", "FR", "US", "BR"];
    private static readonly string[] Topics = ["billing", "sales", "support"];

    public static readonly IReadOnlyList<LoadModel> All =
    [
        new("binary-json", "binary", Identified: true, Lines: false, Compressed: false),
        new("binary-lines-anonymous", "binary", Identified: false, Lines: true, Compressed: false),
        new("multiclass-lines-gzip", "multiclass", Identified: true, Lines: true, Compressed: true),
        new("regression-json-gzip", "regression", Identified: true, Lines: false, Compressed: true),
    ];

    private string ContentType => Lines ? "application/x-ndjson" : "application/json";

    /// <summary>Registers the model with a reference, so that what follows is scored the same in whatever order it comes.</summary>
    public async Task RegisterAsync(HttpClient http)
    {
        var positive = Task == "binary" ? ",\"positive\":\"1\"" : "";
        await http.PutAsync($"v1/models/{Name}", $$"""
            {"task":"{{Task}}"{{positive}},"team":"tests","reference":{"capture":0},
             "features":[{"name":"amount","kind":"numeric"},{"name":"age","kind":"numeric"},{"name":"country","kind":"categorical"}]}
            """);
        var random = new Random(Name.Length);
        var rows = Encoding.UTF8.GetString(Write(true, "predictions", ReferenceRows, (json, _) => Prediction(json, random, null, null, shift: 0)));
        await http.PutAsync($"v1/models/{Name}/reference", rows, "application/x-ndjson");
    }

    /// <summary>The predictions of a writer's batch, always the same, with event times in the 20 minutes before <paramref name="start"/>.</summary>
    public Batch Predictions(string writer, int batch, int sequence, DateTimeOffset start)
    {
        var random = RandomOf(writer, batch);
        var rows = RowsOf(random);
        var body = Write(Lines, "predictions", rows, (json, row) =>
        {
            var time = start - TimeSpan.FromMilliseconds(random.Next(20 * 60_000));
            Prediction(json, random, Identified ? Id(writer, batch, row) : null, time, shift: batch % 3);
        });
        return new Batch(Name, "predictions", writer, sequence, batch, rows, body, ContentType, Compressed);
    }

    /// <summary>Their labels.</summary>
    public Batch Labels(string writer, int batch, int sequence, DateTimeOffset start)
    {
        var rows = RowsOf(RandomOf(writer, batch));
        var random = RandomOf(writer, -batch);
        var body = Write(Lines, "labels", rows, (json, row) =>
        {
            json.WriteString("id", Id(writer, batch, row));
            json.WriteString("time", start + TimeSpan.FromMilliseconds(random.Next(10_000)));
            switch (Task)
            {
                case "binary": json.WriteString("label", random.Next(2) == 0 ? "0" : "1"); break;
                case "multiclass": json.WriteString("label", Topics[random.Next(Topics.Length)]); break;
                default: json.WriteNumber("label", Math.Round(random.NextDouble() * 200, 3)); break;
            }
        });
        return new Batch(Name, "labels", writer, sequence, batch, rows, body, ContentType, Compressed);
    }

    private void Prediction(Utf8JsonWriter json, Random random, string? id, DateTimeOffset? time, int shift)
    {
        if (id is not null) json.WriteString("id", id);
        if (time is { } at) json.WriteString("time", at);
        json.WriteString("version", "7");
        json.WriteStartObject("features");
        json.WriteNumber("amount", Math.Round((random.NextDouble() * 100) + (5 * shift), 2));
        if (random.Next(20) > 0) json.WriteNumber("age", random.Next(18, 90));
        json.WriteString("country", Countries[random.Next(Countries.Length - (shift == 0 ? 1 : 0))]);
        json.WriteEndObject();
        json.WriteNumber("latency_ms", Math.Round(1 + (random.NextDouble() * 50), 2));
        if (random.Next(50) == 0) json.WriteBoolean("error", true);
        switch (Task)
        {
            case "binary":
                var score = Math.Round(random.NextDouble(), 4);
                json.WriteString("prediction", score >= 0.5 ? "1" : "0");
                json.WriteNumber("score", score);
                break;
            case "multiclass":
                var best = random.Next(Topics.Length);
                json.WriteString("prediction", Topics[best]);
                json.WriteStartObject("probabilities");
                for (var k = 0; k < Topics.Length; k++) json.WriteNumber(Topics[k], k == best ? 0.5 : 0.25);
                json.WriteEndObject();
                break;
            default:
                json.WriteNumber("prediction", Math.Round(random.NextDouble() * 200, 3));
                break;
        }
    }

    private static byte[] Write(bool lines, string list, int rows, Action<Utf8JsonWriter, int> write)
    {
        var body = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(body);
        if (!lines)
        {
            json.WriteStartObject();
            json.WriteStartArray(list);
        }
        for (var row = 0; row < rows; row++)
        {
            json.WriteStartObject();
            write(json, row);
            json.WriteEndObject();
            if (!lines) continue;
            json.Flush();
            json.Reset();
            body.Write("\n"u8);
        }
        if (!lines)
        {
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.Flush();
        return body.WrittenSpan.ToArray();
    }

    private static string Id(string writer, int batch, int row) => string.Create(CultureInfo.InvariantCulture, $"{writer}-{batch}-{row}");

    private static int RowsOf(Random random) => random.Next(1, 200);

    private Random RandomOf(string writer, int batch) => new(unchecked((writer[^1] * 1_000_003) + (batch * 101) + Name.Length));
}
