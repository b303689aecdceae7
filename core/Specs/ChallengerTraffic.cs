using System.Text.Json.Serialization;

namespace FleetMonitor.Core.Specs;

/// <summary>Which traffic the versions beside the champion get.</summary>
public enum ChallengerTraffic
{
    /// <summary>Each version answers requests of its own, or the same ones: the first answer to a request counts as the model's.</summary>
    [JsonStringEnumMemberName("split")] Split = 1,

    /// <summary>Others answer the champion's requests, and nobody acts on them: they count beside the model, never as its own.</summary>
    [JsonStringEnumMemberName("shadow")] Shadow = 2,
}
