using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace FleetMonitor.Api.Sink;

/// <summary>What the sink of inference loggers may hold. Section <c>FleetMonitor:Sink</c>.</summary>
public sealed class SinkOptions
{
    public const string Section = "FleetMonitor:Sink";

    /// <summary>Halves of inferences that wait for their other half; beyond it the oldest are shed. 100 to 10,000,000.</summary>
    [Range(100, 10_000_000)]
    public int MaxWaiting { get; set; } = 100_000;

    /// <summary>What those halves may take together, in bytes, decoded. 1 MiB to 16 GiB.</summary>
    [Range(1L << 20, 16L << 30)]
    public long MaxWaitingBytes { get; set; } = 64L << 20;

    /// <summary>How long a half waits before it counts as expired. 1 s to 1 d.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00", ParseLimitsInInvariantCulture = true)]
    public TimeSpan WaitFor { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Inferences and labels on their way to their models; beyond it new ones are shed. 100 to 1,000,000.</summary>
    [Range(100, 1_000_000)]
    public int MaxQueued { get; set; } = 20_000;

    /// <summary>What those may take together, in bytes, decoded. 1 MiB to 16 GiB.</summary>
    [Range(1L << 20, 16L << 30)]
    public long MaxQueuedBytes { get; set; } = 64L << 20;

    /// <summary>Name models NAMESPACE.NAME instead of NAME, for clusters where services of one name in several namespaces are different models.</summary>
    public bool NamespaceInName { get; set; }
}

/// <summary>Names every option that is out of its range.</summary>
[OptionsValidator]
internal sealed partial class SinkOptionsValidator : IValidateOptions<SinkOptions>;
