using System.Text.Json;
using System.Text.Json.Serialization;
using FleetMonitor.Api.Health;
using FleetMonitor.Api.Inference.V2;
using FleetMonitor.Api.Ingest;
using FleetMonitor.Api.Models;
using FleetMonitor.Api.References;
using FleetMonitor.Core.Scores;
using FleetMonitor.Core.Specs;
using FleetMonitor.Grains.Specs;
using FleetMonitor.Storage;

namespace FleetMonitor.Api;

/// <summary>The API's JSON is core's: snake_case, durations as "5m", null for what does not exist. This adds the shapes that only the API has.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(PredictionsResult))]
[JsonSerializable(typeof(LabelsResult))]
[JsonSerializable(typeof(List<ItemProblem>))]
[JsonSerializable(typeof(IReadOnlyList<ItemProblem>))]
[JsonSerializable(typeof(IReadOnlyList<SpecError>))]
[JsonSerializable(typeof(List<SpecError>))]
[JsonSerializable(typeof(SpecError[]))]
[JsonSerializable(typeof(ReferenceResult))]
[JsonSerializable(typeof(ModelOverview))]
[JsonSerializable(typeof(ModelPage))]
[JsonSerializable(typeof(PerformanceReport))]
[JsonSerializable(typeof(DriftReport))]
[JsonSerializable(typeof(FeaturesReport))]
[JsonSerializable(typeof(HealthReport))]
[JsonSerializable(typeof(SpecResult))]
[JsonSerializable(typeof(SpecsReport))]
[JsonSerializable(typeof(MaintenanceRequest))]
[JsonSerializable(typeof(RebaselineRequest))]
[JsonSerializable(typeof(ServerMetadata))]
[JsonSerializable(typeof(ServerHealth))]
[JsonSerializable(typeof(ModelReadiness))]
[JsonSerializable(typeof(ModelMetadata))]
[JsonSerializable(typeof(RepositoryModel[]))]
[JsonSerializable(typeof(V2Error))]
[JsonSerializable(typeof(InferAnswer))]
internal sealed partial class ApiJson : JsonSerializerContext
{
    public static void Configure(JsonSerializerOptions options)
    {
        var core = ScoreJson.Options;
        options.PropertyNamingPolicy = core.PropertyNamingPolicy;
        options.NumberHandling = core.NumberHandling;
        options.DefaultIgnoreCondition = core.DefaultIgnoreCondition;
        foreach (var converter in core.Converters) options.Converters.Add(converter);
        options.TypeInfoResolverChain.Insert(0, Default);
        options.TypeInfoResolverChain.Insert(1, core.TypeInfoResolver!);
    }
}
