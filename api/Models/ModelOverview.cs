using System.Text.Json.Serialization;
using FleetMonitor.Core.Monitoring;
using FleetMonitor.Core.Scores;

namespace FleetMonitor.Api.Models;

/// <summary>A model's description, and how it is doing now.</summary>
public sealed record ModelOverview : ModelDescription
{
    private ModelOverview(ModelDescription description, WindowScore headline) : base(description) => Headline = headline;

    /// <summary>The headline window's score.</summary>
    [JsonPropertyOrder(1)]
    public WindowScore Headline { get; }

    public static ModelOverview Of(ModelDescription description, WindowScore headline) => new(description, headline);
}
