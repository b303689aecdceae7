using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace FleetMonitor.Grains;

/// <summary>How grains keep their models.</summary>
public sealed class ModelGrainOptions
{
    /// <summary>How often a model is scored, its series and its row in the fleet's list renewed. 1 s to 10 min.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00", ParseLimitsInInvariantCulture = true)]
    public TimeSpan Tick { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Most models of the fleet, those retired among them; a new name beyond it is answered 429. 1 to 1,000,000.</summary>
    [Range(1, 1_000_000)]
    public int MaxModels { get; set; } = 20_000;

    /// <summary>New names a second that traffic may register on a silo, on average over ten seconds; beyond it 429. Specs and references are not held to it.
    /// 1 to 100,000.</summary>
    [Range(1, 100_000)]
    public int MaxNewModelsPerSecond { get; set; } = 500;

    /// <summary>A checkpoint is taken once the log since the last one is larger than it, and than this many bytes. 64 KiB to 1 GiB.</summary>
    [Range(64 * 1024, 1024 * 1024 * 1024)]
    public int MinCheckpointBytes { get; set; } = 1024 * 1024;

    /// <summary>
    /// How long rows with feature values are kept at most: in the log, before a checkpoint takes their place, and of a reference that is being
    /// captured, before the capture begins anew. 10 min to 365 d.
    /// </summary>
    [Range(typeof(TimeSpan), "00:10:00", "365.00:00:00", ParseLimitsInInvariantCulture = true)]
    public TimeSpan FeatureRetention { get; set; } = TimeSpan.FromDays(7);
}

/// <summary>Names every option that is out of its range.</summary>
[OptionsValidator]
internal sealed partial class ModelGrainOptionsValidator : IValidateOptions<ModelGrainOptions>;
