using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace FleetMonitor.Grains.Evidence;

/// <summary>How the fleet judges drift together.</summary>
public sealed class FleetEvidenceOptions
{
    /// <summary>The false discovery rate of drift over all features of all models: the expected share of false ones among what is called discovered. 1e-6 to 0.5.</summary>
    [Range(1e-6, 0.5)]
    public double Alpha { get; set; } = 0.05;

    /// <summary>How often a silo reports. 1 s to 10 min; its report is dropped after three periods without a new one.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00", ParseLimitsInInvariantCulture = true)]
    public TimeSpan Period { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Models that drift on one feature in the same hours from which on they are a group. 2 to 1,000.</summary>
    [Range(2, 1_000)]
    public int GroupModels { get; set; } = 3;

    /// <summary>The hours in which they must have begun to. 10 min to 7 days.</summary>
    [Range(typeof(TimeSpan), "00:10:00", "7.00:00:00", ParseLimitsInInvariantCulture = true)]
    public TimeSpan GroupSpan { get; set; } = TimeSpan.FromHours(3);
}

/// <summary>Names every option that is out of its range.</summary>
[OptionsValidator]
internal sealed partial class FleetEvidenceOptionsValidator : IValidateOptions<FleetEvidenceOptions>;
