using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace FleetMonitor.Grains.Specs;

/// <summary>Specs as files. Section <c>FleetMonitor:Specs</c>.</summary>
public sealed class SpecsOptions
{
    public const string Section = "FleetMonitor:Specs";

    /// <summary>The folder of spec files; null or empty: none. Silos of a cluster have the same.</summary>
    public string? Directory { get; set; }

    /// <summary>How often the folder is looked at; a change that the system tells of is seen at once. 100 ms to 1 h.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00", ParseLimitsInInvariantCulture = true)]
    public TimeSpan Poll { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the folder is left alone after a change, so that files that are written together are read together. 0 to 1 min.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00", ParseLimitsInInvariantCulture = true)]
    public TimeSpan Debounce { get; set; } = TimeSpan.FromMilliseconds(500);
}

/// <summary>Names every option that is out of its range.</summary>
[OptionsValidator]
internal sealed partial class SpecsOptionsValidator : IValidateOptions<SpecsOptions>;
