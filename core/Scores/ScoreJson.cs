using System.Text.Json;
using System.Text.Json.Serialization;
using FleetMonitor.Core.Detectors;
using FleetMonitor.Core.Monitoring;
using FleetMonitor.Core.References;
using FleetMonitor.Core.Specs;

namespace FleetMonitor.Core.Scores;

/// <summary>Scores and descriptions as JSON: snake_case, durations as "5m", times as ISO 8601, null for what does not exist. NaN cannot be written.</summary>
public static class ScoreJson
{
    public static JsonSerializerOptions Options => ScoreJsonContext.Default.Options;
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    Converters = [typeof(DurationJsonConverter), typeof(JsonStringEnumConverter<TaskKind>), typeof(JsonStringEnumConverter<FeatureKind>), typeof(JsonStringEnumConverter<ChallengerTraffic>), typeof(JsonStringEnumConverter<Restart>), typeof(JsonStringEnumConverter<ComparedTraffic>), typeof(JsonStringEnumConverter<Verdict>), typeof(JsonStringEnumConverter<ColumnRole>), typeof(JsonStringEnumConverter<ReferenceSource>), typeof(JsonStringEnumConverter<DetectorKind>), typeof(JsonStringEnumConverter<PageHinkleyMode>)])]
[JsonSerializable(typeof(WindowScore))]
[JsonSerializable(typeof(ModelScores))]
[JsonSerializable(typeof(ModelHistory))]
[JsonSerializable(typeof(FeatureDetail))]
[JsonSerializable(typeof(SegmentScores))]
[JsonSerializable(typeof(VersionScores))]
[JsonSerializable(typeof(ModelDescription))]
internal sealed partial class ScoreJsonContext : JsonSerializerContext;
