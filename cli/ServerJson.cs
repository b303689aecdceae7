using System.Text.Json;
using System.Text.Json.Serialization;
using FleetMonitor.Core.Scores;
using FleetMonitor.Core.Specs;

namespace FleetMonitor.Cli;

/// <summary>How a server writes core's values: snake case, durations such as "5m", enumerations by name.</summary>
internal static class ServerJson
{
    public static JsonSerializerOptions Options { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters =
        {
            new DurationConverter(),
            new JsonStringEnumConverter<Verdict>(),
            new JsonStringEnumConverter<ColumnRole>(),
            new JsonStringEnumConverter<FeatureKind>(),
            new JsonStringEnumConverter<TaskKind>(),
        },
    };

    private sealed class DurationConverter : JsonConverter<TimeSpan>
    {
        public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String && Duration.TryParse(reader.GetString(), out var duration) ? duration : throw new JsonException("expected a duration such as \"5m\"");

        public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) => writer.WriteStringValue(Duration.Format(value));
    }
}
