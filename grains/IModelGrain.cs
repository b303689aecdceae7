using FleetMonitor.Core.Ingest;
using FleetMonitor.Core.Monitoring;
using FleetMonitor.Core.Scores;
using FleetMonitor.Grains.Messages;
using Orleans.CodeGeneration;
using Orleans.Concurrency;

namespace FleetMonitor.Grains;

/// <summary>One model's monitor in the cluster; the key is the model's name.</summary>
/// <remarks>
/// Every method throws <see cref="ModelUnavailableException"/> when it cannot be done now and may be retried, and queries throw <see cref="ModelNotFoundException"/> for a name that nobody registered.
/// The version is that of the saved formats. While two builds run in one cluster, models move to silos of the newer one as these call them, and never back: a build reads what older ones wrote, not
/// what newer ones did.
/// </remarks>
[Alias("fleetmonitor.model")]
[Version(3)]
public interface IModelGrain : IGrainWithStringKey
{
    /// <summary>Applies a command: validates, appends it to the log, applies it, acknowledges. It is durable when this returns.</summary>
    /// <exception cref="ModelCommandException">The command is not what its kind says.</exception>
    /// <exception cref="ModelRetiredException">The model takes no more traffic.</exception>
    [Alias("apply")]
    Task<ApplyResult> Apply(ModelCommand command);

    /// <summary>Brings the model to life, if it is registered, so that its series are exported without traffic.</summary>
    [Alias("touch")]
    [AlwaysInterleave]
    Task Touch();

    [Alias("describe")]
    [AlwaysInterleave]
    Task<ModelDescription> Describe();

    /// <summary>Scores one window; null: every window of the spec.</summary>
    [Alias("score")]
    [AlwaysInterleave]
    Task<ModelScores> Score(TimeSpan? window);

    /// <summary>A column in full over a window (null: the headline one); null when there is no such column.</summary>
    [Alias("feature")]
    [AlwaysInterleave]
    Task<FeatureDetail?> Feature(string name, TimeSpan? window);

    /// <summary>A window (null: the headline one) slice by slice, the worst first.</summary>
    [Alias("segments")]
    [AlwaysInterleave]
    Task<SegmentScores> Segments(TimeSpan? window);

    /// <param name="step">A minute, an hour or a day.</param>
    /// <param name="steps">1 to 1,440.</param>
    [Alias("history")]
    [AlwaysInterleave]
    Task<ModelHistory> History(TimeSpan step, int steps);

    /// <summary>A window (null: the headline one) version by version: which is better, and whether that is more than noise.</summary>
    [Alias("versions")]
    [AlwaysInterleave]
    Task<VersionScores> Versions(TimeSpan? window);

    /// <summary>Deletes the model with its log, checkpoint and series.</summary>
    [Alias("delete")]
    Task Delete();

    /// <summary>The same, with who asked for it in the log.</summary>
    [Alias("delete-by")]
    Task Delete(string? by);
}
