using System.Text.Json;
using System.Text.Json.Serialization;

namespace FleetMonitor.Core.Specs;

/// <summary>A spec as JSON: the body of <c>PUT /v1/models/{model}</c>, a spec file, and the form in which the log keeps it.</summary>
public static class SpecJson
{
    /// <summary>Reads a spec and checks it. Every mistake is listed; unknown members are mistakes.</summary>
    public static SpecParse Parse(ReadOnlySpan<byte> utf8)
    {
        ModelSpec? spec;
        try
        {
            spec = JsonSerializer.Deserialize(utf8, SpecJsonContext.Default.ModelSpec);
        }
        catch (JsonException exception)
        {
            return new SpecParse(null, [new SpecError(Field(exception.Path), Shorten(exception.Message))]);
        }
        if (spec is null) return new SpecParse(null, [new SpecError("", "expected an object, got null")]);
        spec = spec with { Features = spec.Features is { Count: 0 } ? null : spec.Features };
        var errors = SpecValidation.Validate(spec);
        return errors.Count == 0 ? new SpecParse(spec, []) : new SpecParse(null, errors);
    }

    public static byte[] Write(ModelSpec spec) => JsonSerializer.SerializeToUtf8Bytes(spec, SpecJsonContext.Default.ModelSpec);

    private static string Field(string? path) => path is null or "$" ? "" : path.TrimStart('$').TrimStart('.');

    private static string Shorten(string message)
    {
        var end = message.IndexOf(" Path:", StringComparison.Ordinal);
        return end < 0 ? message : message[..end];
    }
}

/// <summary>A mistake in a spec: the member's path and what was expected.</summary>
public readonly record struct SpecError(string Field, string Message)
{
    public override string ToString() => Field.Length == 0 ? Message : $"{Field}: {Message}";
}

/// <summary>A spec, or every mistake that keeps it from being one.</summary>
public readonly record struct SpecParse(ModelSpec? Spec, IReadOnlyList<SpecError> Errors);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = false,
    Converters = [typeof(DurationJsonConverter), typeof(JsonStringEnumConverter<TaskKind>), typeof(JsonStringEnumConverter<FeatureKind>)])]
[JsonSerializable(typeof(ModelSpec))]
internal sealed partial class SpecJsonContext : JsonSerializerContext;
