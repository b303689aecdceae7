using FleetMonitor.Api.Access;
using FleetMonitor.Api.Bounds;
using FleetMonitor.Api.Grpc;
using FleetMonitor.Api.Hosting;
using FleetMonitor.Api.Inference;
using FleetMonitor.Api.Metrics;
using FleetMonitor.Api.Sink;
using FleetMonitor.Clustering;
using FleetMonitor.Inference.Repository;

namespace FleetMonitor.Api.Configuration;

/// <summary>The sections that silos and gateways have in common.</summary>
public static class FleetOptions
{
    public static readonly IReadOnlyList<OptionsSection> Shared =
    [
        new(AccessOptions.Section, typeof(AccessOptions)),
        new(FleetApiOptions.Section, typeof(FleetApiOptions)),
        new(ServerOptions.Section, typeof(ServerOptions)),
        new(FleetGrpcOptions.Section, typeof(FleetGrpcOptions)),
        new(SinkOptions.Section, typeof(SinkOptions)),
        new(ModelRepositoryOptions.Section, typeof(ModelRepositoryOptions)),
        new(InferenceApiOptions.Section, typeof(InferenceApiOptions)),
        new(OtlpOptions.Section, typeof(OtlpOptions)),
        new(FleetClusterOptions.Section, typeof(FleetClusterOptions)),
        new($"{FleetClusterOptions.Section}:Kubernetes", typeof(KubernetesMembershipOptions)),
        new($"{FleetClusterOptions.Section}:Postgres", typeof(PostgresMembershipOptions)),
    ];
}
