using System.Globalization;
using System.Text.Json;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace FleetMonitor.Specs;

/// <summary>A YAML file's documents, as JSON: mappings, sequences, and scalars by YAML 1.2's core schema; what is quoted is a text.</summary>
internal static class YamlSpecs
{
    private const int MaxDepth = 32;

    /// <summary>Nodes of a document, those that an alias repeats counted each time.</summary>
    private const int MaxNodes = 100_000;

    /// <exception cref="SpecFileException">It is no YAML, or has what JSON cannot say.</exception>
    public static IReadOnlyList<PlacedJson> Read(string text)
    {
        var stream = new YamlStream();
        try
        {
            using var reader = new StringReader(text);
            stream.Load(reader);
        }
        catch (YamlException exception)
        {
            throw new SpecFileException(PlaceOf(exception.Start), exception.InnerException?.Message ?? exception.Message);
        }
        // A document of nothing but comments is none.
        return [.. stream.Documents.Where(document => document.RootNode is not YamlScalarNode { Style: ScalarStyle.Plain, Value: null or "" }).Select(document => Document(document.RootNode))];
    }

    private static PlacedJson Document(YamlNode root)
    {
        var places = new Dictionary<string, Place>(StringComparer.Ordinal);
        var nodes = 0;
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer)) Value(root, writer, "", PlaceOf(root.Start), places, depth: 0, ref nodes);
        return new PlacedJson(buffer.ToArray(), places);
    }

    private static void Value(YamlNode node, Utf8JsonWriter writer, string path, Place place, Dictionary<string, Place> places, int depth, ref int nodes)
    {
        if (depth > MaxDepth || ++nodes > MaxNodes) throw new SpecFileException(place, FormattableString.Invariant($"expected at most {MaxDepth} levels and {MaxNodes} values"));
        places[path] = place;
        switch (node)
        {
            case YamlMappingNode mapping:
                writer.WriteStartObject();
                foreach (var (key, value) in mapping.Children)
                {
                    var at = PlaceOf(key.Start);
                    if (key is not YamlScalarNode { Value: { } name }) throw new SpecFileException(at, "expected a member's name");
                    writer.WritePropertyName(name);
                    Value(value, writer, path.Length == 0 ? name : $"{path}.{name}", at, places, depth + 1, ref nodes);
                }
                writer.WriteEndObject();
                break;
            case YamlSequenceNode sequence:
                writer.WriteStartArray();
                for (var index = 0; index < sequence.Children.Count; index++)
                {
                    Value(sequence.Children[index], writer, FormattableString.Invariant($"{path}[{index}]"), PlaceOf(sequence.Children[index].Start), places, depth + 1, ref nodes);
                }
                writer.WriteEndArray();
                break;
            case YamlScalarNode scalar:
                Scalar(scalar, writer);
                break;
            default:
                throw new SpecFileException(place, "expected a value");
        }
    }

    private static void Scalar(YamlScalarNode scalar, Utf8JsonWriter writer)
    {
        var text = scalar.Value ?? "";
        if (scalar.Style != ScalarStyle.Plain || scalar.Tag == "tag:yaml.org,2002:str")
        {
            writer.WriteStringValue(text);
            return;
        }
        switch (text)
        {
            case "" or "~" or "null" or "Null" or "NULL":
                writer.WriteNullValue();
                break;
            case "true" or "True" or "TRUE":
                writer.WriteBooleanValue(true);
                break;
            case "false" or "False" or "FALSE":
                writer.WriteBooleanValue(false);
                break;
            default:
                if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole)) writer.WriteNumberValue(whole);
                else if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) && !text.EndsWith(' ')) writer.WriteNumberValue(number);
                else writer.WriteStringValue(text);
                break;
        }
    }

    private static Place PlaceOf(Mark mark) => new((int)mark.Line, (int)mark.Column);
}
