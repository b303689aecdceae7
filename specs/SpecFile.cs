using System.Text;
using System.Text.Json.Nodes;
using System.Text.Unicode;
using FleetMonitor.Core.Specs;

namespace FleetMonitor.Specs;

/// <summary>
/// One file: a model's spec, or several, each checked as <c>PUT /v1/models/{model}</c> checks it. Besides the spec's members a document has
/// <c>model</c>; in a file of one document the file's name says it otherwise.
/// </summary>
public sealed record SpecFile(IReadOnlyList<SpecDocument> Documents, IReadOnlyList<SpecMistake> Mistakes)
{
    private const string ModelMember = "model";

    public static bool IsOne(string path) => Path.GetExtension(path).ToLowerInvariant() is ".json" or ".yaml" or ".yml";

    /// <summary>Reads a file's bytes. With a mistake anywhere none of its documents stands: a file is taken whole or not at all.</summary>
    /// <param name="name">Its path inside its folder, with forward slashes.</param>
    public static SpecFile Read(string name, byte[] bytes)
    {
        try
        {
            return ReadDocuments(name, bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? bytes.AsSpan(Encoding.UTF8.Preamble.Length) : bytes);
        }
        catch (SpecFileException exception)
        {
            return new SpecFile([], [new SpecMistake(name, exception.Place.Line, exception.Place.Column, "", exception.Message)]);
        }
        catch (Exception exception)
        {
            // Content that nobody foresaw: this file's mistake, and no other's.
            return new SpecFile([], [new SpecMistake(name, 0, 0, "", exception.Message)]);
        }
    }

    private static SpecFile ReadDocuments(string name, ReadOnlySpan<byte> content)
    {
        if (!Utf8.IsValid(content)) throw new SpecFileException(JsonSpecs.PlaceOf(content, ValidBytes(content)), "expected UTF-8");
        var read = Path.GetExtension(name).Equals(".json", StringComparison.OrdinalIgnoreCase) ? JsonSpecs.Read(content.ToArray()) : YamlSpecs.Read(Encoding.UTF8.GetString(content));
        var documents = new List<SpecDocument>();
        var mistakes = new List<SpecMistake>();
        foreach (var document in read) Add(document, name, read.Count == 1, documents, mistakes);
        if (read.Count == 0) mistakes.Add(new SpecMistake(name, 1, 1, "", "the file is empty"));
        return new SpecFile(mistakes.Count == 0 ? documents : [], mistakes);
    }

    private static int ValidBytes(ReadOnlySpan<byte> content)
    {
        Utf8.ToUtf16(content, new char[content.Length], out var read, out _, replaceInvalidSequences: false);
        return read;
    }

    private static void Add(PlacedJson document, string file, bool single, List<SpecDocument> documents, List<SpecMistake> mistakes)
    {
        void Mistake(string field, string message)
        {
            var (line, column) = document.Of(field);
            mistakes.Add(new SpecMistake(file, line, column, field, message));
        }

        if (JsonNode.Parse(document.Json) is not JsonObject spec)
        {
            Mistake("", "expected a spec: members and their values");
            return;
        }
        var before = mistakes.Count;
        var name = spec[ModelMember] is JsonValue value && value.TryGetValue<string>(out var given) ? given : null;
        if (spec.ContainsKey(ModelMember) && name is null) Mistake(ModelMember, "expected a text");
        else if (name is null && !single) Mistake("", "expected \"model\", the model's name: the file has several specs");
        name ??= Path.GetFileNameWithoutExtension(file);
        if (!ModelNames.IsValid(name) && mistakes.Count == before) Mistake(ModelMember, $"{ModelNames.Expected}, got \"{name}\"");
        spec.Remove(ModelMember);
        var parse = SpecJson.Parse(Encoding.UTF8.GetBytes(spec.ToJsonString()));
        foreach (var error in parse.Errors) Mistake(error.Field, error.Message);
        if (mistakes.Count == before) documents.Add(new SpecDocument(name, parse.Spec!, file, document.Of("").Line));
    }
}
