using System.Text.Json;
using System.Text.Json.Nodes;
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
        Converters = { new DurationJsonConverter(), new JsonStringEnumConverter<TaskKind>(allowIntegerValues: false), new JsonStringEnumConverter<FeatureKind>(allowIntegerValues: false), new JsonStringEnumConverter<ChallengerTraffic>(allowIntegerValues: false), new JsonStringEnumConverter<DetectorKind>(allowIntegerValues: false), new JsonStringEnumConverter<PageHinkleyMode>(allowIntegerValues: false) },
    };

    private const int MaxErrors = 100;

    /// <summary>Reads a spec and checks it. Every mistake is listed, of those inside one list the first; unknown members are mistakes.</summary>
    public static SpecParse Parse(ReadOnlySpan<byte> utf8) => Parse(utf8, completed: false);

    /// <summary>Reads the spec of a checkpoint, which has what was inferred too.</summary>
    internal static SpecParse ParseCompleted(ReadOnlySpan<byte> utf8) => Parse(utf8, completed: true);

    private static SpecParse Parse(ReadOnlySpan<byte> utf8, bool completed)
    {
        var errors = new List<SpecError>();
        while (true)
        {
            try
            {
                return Checked(JsonSerializer.Deserialize<ModelSpec>(utf8, Options), completed, errors);
            }
            catch (JsonException exception)
            {
                // The serializer stops at the first mistake: what is left without it may have others.
                var field = Field(exception.Path);
                errors.Add(new SpecError(field, Explain(field, exception.Message)));
                if (errors.Count == MaxErrors || Without(utf8, field) is not { } rest) return new SpecParse(null, errors);
                utf8 = rest;
            }
        }
    }

    private static SpecParse Checked(ModelSpec? spec, bool completed, List<SpecError> errors)
    {
        if (spec is null) return new SpecParse(null, [.. errors, new SpecError("", "expected an object, got null")]);
        spec = Settled(spec);
        // What a member that could not be read would have been is not known, so neither is what depends on it.
        var unread = errors.Select(error => Member(error.Field)).ToHashSet(StringComparer.Ordinal);
        if (unread.Contains("task") || unread.Contains("features")) unread.Add("detectors");
        errors.AddRange(SpecValidation.Validate(spec, completed).Where(error => unread.Count == 0 || !unread.Contains(Member(error.Field))));
        return errors.Count == 0 ? new SpecParse(spec, []) : new SpecParse(null, errors);
    }

    /// <summary>What can be meant in one way only is taken so: no features are none known, bounds are a range in either order, and a label that usually comes later than the horizon is waited for.</summary>
    private static ModelSpec Settled(ModelSpec spec) => spec with
    {
        Features = spec.Features is { Count: 0 } ? null : spec.Features?.Select(f => f is { Min: { } min, Max: { } max } && min > max ? f with { Min = max, Max = min } : f).ToList(),
        LabelHorizon = spec.LabelDelay > spec.LabelHorizon && spec.LabelHorizon > TimeSpan.Zero ? spec.LabelDelay : spec.LabelHorizon,
    };

    private static string Member(string field) => field.Split('.', '[')[0];

    /// <summary>The document without a member; null where there is none to leave out.</summary>
    private static byte[]? Without(ReadOnlySpan<byte> utf8, string field)
    {
        var path = field.Split('[')[0].Split('.');
        try
        {
            var node = JsonNode.Parse(utf8) as JsonObject;
            var parent = node;
            foreach (var step in path[..^1]) parent = parent?[step] as JsonObject;
            return parent?.Remove(path[^1]) == true ? JsonSerializer.SerializeToUtf8Bytes(node) : null;
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException)
        {
            // Not JSON, or a member that is there twice.
            return null;
        }
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
        (nameof(ChallengerTraffic), "\"split\" or \"shadow\""),
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
