using System.Text;
using System.Text.Json;

namespace FleetMonitor.Specs;

/// <summary>A JSON file's documents: an object, or an array of objects. Comments and trailing commas are welcome: people write these.</summary>
internal static class JsonSpecs
{
    private static readonly JsonReaderOptions Reading = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <exception cref="SpecFileException">It is no JSON.</exception>
    public static IReadOnlyList<PlacedJson> Read(byte[] utf8)
    {
        var reader = new Utf8JsonReader(utf8, Reading);
        try
        {
            var documents = new List<PlacedJson>();
            if (!reader.Read()) throw new SpecFileException(new Place(1, 1), "the file is empty");
            if (reader.TokenType != JsonTokenType.StartArray)
            {
                documents.Add(Document(utf8, ref reader));
            }
            else
            {
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) documents.Add(Document(utf8, ref reader));
            }
            while (reader.Read())
            {
            }
            return documents;
        }
        catch (JsonException exception)
        {
            var line = (int)(exception.LineNumber ?? 0);
            throw new SpecFileException(new Place(line + 1, Column(utf8, line, (int)(exception.BytePositionInLine ?? 0))), Message(exception));
        }
    }

    private static PlacedJson Document(byte[] utf8, ref Utf8JsonReader reader)
    {
        var places = new Dictionary<string, Place>(StringComparer.Ordinal);
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer)) Value(utf8, ref reader, writer, "", PlaceOf(utf8, reader.TokenStartIndex), places);
        return new PlacedJson(buffer.ToArray(), places);
    }

    private static void Value(byte[] utf8, ref Utf8JsonReader reader, Utf8JsonWriter writer, string path, Place place, Dictionary<string, Place> places)
    {
        places[path] = place;
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                writer.WriteStartObject();
                var members = new HashSet<string>(StringComparer.Ordinal);
                while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                {
                    var at = PlaceOf(utf8, reader.TokenStartIndex);
                    var name = Text(ref reader, at);
                    if (!members.Add(name)) throw new SpecFileException(at, $"\"{name}\" stands here twice");
                    writer.WritePropertyName(name);
                    reader.Read();
                    Value(utf8, ref reader, writer, path.Length == 0 ? name : $"{path}.{name}", at, places);
                }
                writer.WriteEndObject();
                break;
            case JsonTokenType.StartArray:
                writer.WriteStartArray();
                for (var index = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; index++)
                {
                    Value(utf8, ref reader, writer, FormattableString.Invariant($"{path}[{index}]"), PlaceOf(utf8, reader.TokenStartIndex), places);
                }
                writer.WriteEndArray();
                break;
            default:
                if (reader.TokenType == JsonTokenType.String && reader.ValueIsEscaped) Text(ref reader, PlaceOf(utf8, reader.TokenStartIndex));
                writer.WriteRawValue(utf8.AsSpan((int)reader.TokenStartIndex..(int)reader.BytesConsumed), skipInputValidation: true);
                break;
        }
    }

    /// <exception cref="SpecFileException">An escape stands for half a character.</exception>
    private static string Text(ref Utf8JsonReader reader, Place place)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw new SpecFileException(place, "expected whole characters, got half a pair of \\u escapes");
        }
    }

    public static Place PlaceOf(ReadOnlySpan<byte> utf8, long offset)
    {
        var before = utf8[..(int)offset];
        var line = before.Count((byte)'\n');
        return new Place(line + 1, Encoding.UTF8.GetCharCount(before[(before.LastIndexOf((byte)'\n') + 1)..]) + 1);
    }

    private static int Column(byte[] utf8, int line, int bytes)
    {
        var start = 0;
        for (; line > 0; line--) start += utf8.AsSpan(start).IndexOf((byte)'\n') + 1;
        return Encoding.UTF8.GetCharCount(utf8.AsSpan(start, Math.Min(bytes, utf8.Length - start))) + 1;
    }

    private static string Message(JsonException exception)
    {
        var end = exception.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return end < 0 ? exception.Message : exception.Message[..end];
    }
}
