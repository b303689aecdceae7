using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace FleetMonitor.Inference.Repository;

/// <summary>Where models lie. Section <c>FleetMonitor:Inference</c>.</summary>
public sealed class ModelRepositoryOptions
{
    public const string Section = "FleetMonitor:Inference";

    /// <summary>The folder with a folder a model, and a folder a version in that; null or empty: no models are served.</summary>
    public string? Repository { get; set; }

    /// <summary>Whether the folder's changes are followed.</summary>
    public bool Watch { get; set; } = true;

    /// <summary>How long the folder has to be quiet before a change is taken: files that are being copied are not read halfway. 10 ms to a minute.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")]
    public TimeSpan Debounce { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How often the folder is looked at all the same, where the file system tells no changes. A second to a day.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan Poll { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Most models; the rest of the folder is left out and said so. 1 to 10,000.</summary>
    [Range(1, 10_000)]
    public int MaxModels { get; set; } = 1_000;
}

/// <summary>Names every option that is out of its range.</summary>
[OptionsValidator]
public sealed partial class ModelRepositoryOptionsValidator : IValidateOptions<ModelRepositoryOptions>;
