using System.Globalization;
using System.Text.Json.Nodes;

namespace FleetMonitor.Api.Tests.OpenApi;

/// <summary>Values that a schema of the API's description allows, and values that are wrong in one place; the same seed gives the same.</summary>
/// <param name="schemas">The document's schemas by name.</param>
internal sealed class SchemaValues(JsonObject schemas, Random random)
{
    private const string Reference = "#/components/schemas/";

    private static readonly string[] Texts = ["a", "x-1", "Straße", "名前", "😀", "with space", "'quoted'", "<b>", "0", "null", "../..", "a\\b", "\u0001", "e\u0301"];
    private static readonly double[] Numbers = [0, 1, -1, 0.5, 12.5, 1e-9, -1e9, 1e300, -1e300, 9_007_199_254_740_993, 5e-324];

    /// <summary>A value that the schema allows.</summary>
    public JsonNode? Make(JsonObject schema)
    {
        schema = Resolve(schema);
        if (schema["const"] is { } only) return only.DeepClone();
        if (schema["enum"] is JsonArray values) return Any(values)?.DeepClone();
        if (schema["oneOf"] is JsonArray variants) return Make((JsonObject)Any(variants)!);
        return Kind(schema) switch
        {
            "object" => Object(schema),
            "array" => Array(schema),
            "string" => Text(schema),
            "integer" => Integer(schema),
            "number" => Number(schema),
            "boolean" => random.Next(2) == 0,
            "null" => null,
            _ => Loose(3),
        };
    }

    /// <summary>A value of the schema with something wrong in it, or something that belongs nowhere instead of it.</summary>
    public JsonNode? Spoil(JsonObject schema)
    {
        var value = Make(schema);
        // Somewhere inside, and now and then the whole.
        var places = Places(value).ToList();
        if (places.Count == 0 || random.Next(8) == 0) return Stranger();
        var (parent, key) = places[random.Next(places.Count)];
        switch (parent)
        {
            case JsonObject members when random.Next(4) == 0:
                members.Remove(key);
                if (random.Next(2) == 0) members["no_such_member"] = Stranger();
                break;
            case JsonObject members:
                members[key] = Stranger();
                break;
            case JsonArray items:
                items[int.Parse(key, CultureInfo.InvariantCulture)] = Stranger();
                break;
        }
        return value;
    }

    public JsonObject Resolve(JsonObject schema) => (string?)schema["$ref"] is { } name ? (JsonObject)schemas[name[Reference.Length..]]! : schema;

    private string? Kind(JsonObject schema) => schema["type"] switch
    {
        JsonArray types => (string?)Any(types),
        { } type => (string?)type,
        null => null,
    };

    private JsonObject Object(JsonObject schema)
    {
        var (made, required) = (new JsonObject(), (schema["required"] as JsonArray ?? []).Select(name => (string)name!).ToHashSet());
        foreach (var (name, member) in schema["properties"] as JsonObject ?? [])
        {
            if (required.Contains(name) || random.Next(2) == 0) made[name] = Make((JsonObject)member!);
        }
        if (schema["additionalProperties"] is not JsonObject others) return made;
        for (var i = random.Next(4); i > 0; i--) made[Texts[random.Next(Texts.Length)]] = Make(others);
        return made;
    }

    private JsonArray Array(JsonObject schema)
    {
        var least = (int?)schema["minItems"] ?? 0;
        var items = new JsonArray();
        for (var i = random.Next(least, Math.Min(least + 3, (int?)schema["maxItems"] ?? int.MaxValue) + 1); i > 0; i--) items.Add(Make(schema["items"] as JsonObject ?? []));
        return items;
    }

    private string Text(JsonObject schema)
    {
        if ((string?)schema["pattern"] is { } pattern) return new PatternText(pattern, random).Make();
        if ((string?)schema["format"] == "date-time")
        {
            var time = DateTimeOffset.UnixEpoch.AddSeconds(random.NextInt64(1_700_000_000)).AddTicks(random.Next(3) == 0 ? random.Next(10_000_000) : 0);
            return time.ToString(random.Next(2) == 0 ? "yyyy-MM-ddTHH:mm:ss.FFFFFFK" : "yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
        }
        var (least, most) = ((int?)schema["minLength"] ?? 0, (int?)schema["maxLength"] ?? 1_000);
        return random.Next(10) switch
        {
            0 => new string('m', Math.Min(most, 1_000)),
            1 => new string('l', least),
            _ => Texts[random.Next(Texts.Length)],
        };
    }

    private JsonNode Integer(JsonObject schema)
    {
        var (least, most) = ((decimal?)schema["minimum"] ?? -1_000_000, (decimal?)schema["maximum"] ?? 1_000_000);
        return random.Next(4) switch { 0 => least, 1 => most, _ => least + decimal.Floor((decimal)random.NextDouble() * (most - least)) };
    }

    private JsonNode Number(JsonObject schema)
    {
        var least = (double?)schema["minimum"] ?? ((double?)schema["exclusiveMinimum"] is { } above ? above + 1e-6 : null);
        var most = (double?)schema["maximum"];
        if (least is null && most is null) return Numbers[random.Next(Numbers.Length)];
        var (from, to) = (least ?? -1e12, most ?? 1e12);
        return random.Next(4) switch { 0 => from, 1 => to, _ => from + (random.NextDouble() * (to - from)) };
    }

    /// <summary>Any JSON at all.</summary>
    private JsonNode? Loose(int depth) => random.Next(depth == 0 ? 4 : 6) switch
    {
        0 => null,
        1 => Numbers[random.Next(Numbers.Length)],
        2 => Texts[random.Next(Texts.Length)],
        3 => true,
        4 => new JsonArray(Loose(depth - 1), Loose(depth - 1)),
        _ => new JsonObject { [Texts[random.Next(Texts.Length)]] = Loose(depth - 1) },
    };

    private JsonNode? Stranger() => random.Next(9) switch
    {
        0 => null,
        1 => "",
        2 => new string('x', 5_000),
        3 => -1e300,
        4 => 1.5,
        5 => true,
        6 => new JsonArray(1, "a", null),
        7 => new JsonObject { ["a"] = 1 },
        _ => "no such value",
    };

    private static IEnumerable<(JsonNode Parent, string Key)> Places(JsonNode? node) => node switch
    {
        JsonObject members => members.SelectMany(m => Places(m.Value).Prepend((members, m.Key))),
        JsonArray items => items.SelectMany((item, i) => Places(item).Prepend((items, i.ToString(CultureInfo.InvariantCulture)))),
        _ => [],
    };

    private JsonNode? Any(JsonArray from) => from[random.Next(from.Count)];
}
