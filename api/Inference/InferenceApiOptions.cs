using System.ComponentModel.DataAnnotations;
using FleetMonitor.Inference.Repository;
using Microsoft.Extensions.Options;

namespace FleetMonitor.Api.Inference;

/// <summary>What an inference may cost and how it is monitored. Section <c>FleetMonitor:Inference</c>, beside where the models lie.</summary>
public sealed class InferenceApiOptions
{
    public const string Section = ModelRepositoryOptions.Section;

    /// <summary>Most elements of a request's tensors together. 1 to 268,435,456.</summary>
    [Range(1, 1 << 28)]
    public int MaxElements { get; set; } = 1 << 24;

    /// <summary>Whether inferences are monitored.</summary>
    public bool Monitor { get; set; } = true;

    /// <summary>Memory for inferences of one model version that wait for their monitor, in bytes; beyond it they are not monitored, and counted. Twice: one
    /// is filled while one is handed over. 64 KiB to 1 GiB.</summary>
    [Range(1 << 16, 1 << 30)]
    public int MonitorBuffer { get; set; } = 8 << 20;

    /// <summary>How long inferences are gathered before they are handed to their monitor. 1 ms to a minute.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:01:00")]
    public TimeSpan MonitorDelay { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>How long a monitor that cannot be reached is tried again before what waits for it is given up, and counted. 0 to an hour.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan MonitorPatience { get; set; } = TimeSpan.FromSeconds(30);
}

/// <summary>Names every option that is out of its range.</summary>
[OptionsValidator]
internal sealed partial class InferenceApiOptionsValidator : IValidateOptions<InferenceApiOptions>;
