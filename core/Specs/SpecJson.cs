using System.Text.Json;
using System.Text.Json.Serialization;
using FleetMonitor.Core.Detectors;

namespace FleetMonitor.Core.Specs;

/// <summary>A spec as JSON: the body of <c>PUT /v1/models/{model}</c>, a spec file, and the form in which the log keeps it.</summary>
public static class SpecJson
{
    // By reflection: generated metadata would set members that are left out to nothing, instead of leaving their defaults.
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        RespectNullableAnnotations = true,
        Converters = { new DurationJsonConverter(), new JsonStringEnumConverter<TaskKind>(allowIntegerValues: false), new JsonStringEnumConverter<FeatureKind>(allowIntegerValues: false), new JsonStringEnumConverter<DetectorKind>(allowIntegerValues: false), new JsonStringEnumConverter<PageHinkleyMode>(allowIntegerValues: false) },
    };

    /// <summary>Reads a spec and checks it. Every mistake is listed; unknown members are mistakes.</summary>
    public static SpecParse Parse(ReadOnlySpan<byte> utf8)
    {
        ModelSpec? spec;
        try
        {
            spec = JsonSerializer.Deserialize<ModelSpec>(utf8, Options);
        }
        catch (JsonException exception)
        {
            return new SpecParse(null, [new SpecError(Field(exception.Path), Explain(Field(exception.Path), exception.Message))]);
        }
        if (spec is null) return new SpecParse(null, [new SpecError("", "expected an object, got null")]);
        spec = spec with { Features = spec.Features is { Count: 0 } ? null : spec.Features };
        var errors = SpecValidation.Validate(spec);
        return errors.Count == 0 ? new SpecParse(spec, []) : new SpecParse(null, errors);
    }

    /// <summary>No features are written as none: still to be inferred.</summary>
    public static byte[] Write(ModelSpec spec) => JsonSerializer.SerializeToUtf8Bytes(spec with { Features = spec.Features is { Count: 0 } ? null : spec.Features }, Options);

    private static string Field(string? path) => path is null or "$" ? "" : path.TrimStart('$').TrimStart('.');

    /// <summary>The serializer's message without its type names and paths.</summary>
    private static string Explain(string field, string message)
    {
        // The serializer names the feature's type here, not its kind's.
        if (field.EndsWith("].kind", StringComparison.Ordinal)) return "expected \"numeric\" or \"categorical\"";
        if (field.EndsWith("].detector", StringComparison.Ordinal)) return $"expected {SpecValidation.DetectorNames}";
        if (field.EndsWith("].mode", StringComparison.Ordinal)) return "expected \"up\", \"down\" or \"both\"";
        foreach (var (type, expected) in Expected)
        {
            if (message.Contains("could not be converted to", StringComparison.Ordinal) && message.Contains(type, StringComparison.Ordinal)) return $"expected {expected}";
        }
        if (message.StartsWith("The JSON property '", StringComparison.Ordinal)) return "is no member of a spec";
        if (message.Contains("doesn't allow setting null", StringComparison.Ordinal) || message.Contains("null", StringComparison.Ordinal)) return "expected a value, got null";
        var end = message.IndexOf(" Path:", StringComparison.Ordinal);
        return end < 0 ? message : message[..end];
    }

    // The innermost type decides, so lists come last.
    private static readonly (string Type, string Expected)[] Expected =
    [
        (nameof(TaskKind), "\"binary\", \"multiclass\" or \"regression\""),
        ("IReadOnlyList", "an array"),
        ("System.Int32", "a whole number"),
        ("System.UInt64", "a whole number of 0 or more"),
        ("System.Boolean", "true or false"),
        ("System.Double", "a number"),
        ("System.String", "a text"),
        ("FleetMonitor.", "an object"),
    ];
}

/// <summary>A mistake in a spec: the member's path and what was expected.</summary>
public readonly record struct SpecError(string Field, string Message)
{
    public override string ToString() => Field.Length == 0 ? Message : $"{Field}: {Message}";
}

/// <summary>A spec, or every mistake that keeps it from being one.</summary>
public readonly record struct SpecParse(ModelSpec? Spec, IReadOnlyList<SpecError> Errors);
