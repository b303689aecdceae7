using FleetMonitor.Core.Detectors;

namespace FleetMonitor.Core.Specs;

/// <summary>What a model is and how it is watched. Immutable; a change replaces it whole. Every member has a default.</summary>
public sealed record ModelSpec
{
    /// <summary>Null until it is given or inferred from the first batch.</summary>
    public TaskKind? Task { get; init; }

    /// <summary>The positive class of a binary model; null until given or inferred.</summary>
    public string? Positive { get; init; }

    /// <summary>The version that the series carry; null follows the newest version seen in the predictions.</summary>
    public string? Version { get; init; }

    /// <summary>
    /// The version that others are compared with, and whose name the series carry unless <see cref="Version"/> says another; null: the one that came
    /// first.
    /// </summary>
    public string? Champion { get; init; }

    /// <summary>How the other versions' predictions count; null: split.</summary>
    public ChallengerTraffic? Challengers { get; init; }

    public string Team { get; init; } = "";

    public string Family { get; init; } = "";

    public string Tier { get; init; } = "";

    /// <summary>Null until given or inferred. A given list is closed: other features are counted and left out.</summary>
    public IReadOnlyList<FeatureSpec>? Features { get; init; }

    /// <summary>Sliding windows: whole minutes up to 1h, whole hours up to 48h, or whole days up to 31d.</summary>
    public IReadOnlyList<TimeSpan> Windows { get; init; } = [TimeSpan.FromMinutes(5), TimeSpan.FromHours(1), TimeSpan.FromHours(24), TimeSpan.FromDays(7)];

    /// <summary>The window that the exported series and the fleet list show; it need not be one of <see cref="Windows"/>.</summary>
    public TimeSpan HeadlineWindow { get; init; } = TimeSpan.FromHours(1);

    /// <summary>A window with fewer predictions (labels, for performance) gives no score. 1 to 1,000,000.</summary>
    public int MinSamples { get; init; } = 100;

    /// <summary>How long labels usually take; windows younger than it are expected to be unlabelled.</summary>
    public TimeSpan LabelDelay { get; init; }

    /// <summary>How long a prediction waits for its label, and a label for its prediction, by event time.</summary>
    public TimeSpan LabelHorizon { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Predictions and labels that wait for each other at a time; the oldest are evicted beyond it, and counted. About 60 bytes each. 0 to 50,000,000.</summary>
    public int LabelCapacity { get; init; } = 1_000_000;

    /// <summary>Tags or features by which the model is sliced.</summary>
    public IReadOnlyList<string> Segments { get; init; } = [];

    /// <summary>Whether rows are compared with the reference's as a whole, by PCA: about a fifth more work a prediction of 20 features. Takes effect with the next reference; at most 200 features.</summary>
    public bool Multivariate { get; init; }

    /// <summary>What watches the model's streams for changes; null: ADWIN on errors and on confidence, of a regression on absolute errors.</summary>
    public IReadOnlyList<DetectorSpec>? Detectors { get; init; }

    public Thresholds Thresholds { get; init; } = new();

    /// <summary>How payloads of an inference logger are read; null: by usual names and by shape.</summary>
    public PayloadSpec? Payload { get; init; }

    public ReferenceSpec Reference { get; init; } = new();

    /// <summary>The windows that panes are kept for: the headline one is among them.</summary>
    internal IReadOnlyList<TimeSpan> KeptWindows() => Windows.Contains(HeadlineWindow) ? Windows : [.. Windows, HeadlineWindow];
}

/// <summary>One input of a model.</summary>
/// <param name="Name">As clients send it.</param>
/// <param name="Kind">Numeric or categorical.</param>
/// <param name="Min">Numeric values below it count as out of range; null: no bound.</param>
/// <param name="Max">Numeric values above it count as out of range; null: no bound.</param>
public sealed record FeatureSpec(string Name, FeatureKind Kind, double? Min = null, double? Max = null);

/// <summary>When a score is bad. Each is also exported as a series, so that one alert rule serves a fleet.</summary>
public sealed record Thresholds
{
    /// <summary>Accuracy below it is bad. 0 to 1.</summary>
    public double Accuracy { get; init; } = 0.85;

    /// <summary>Mean confidence below it is bad. 0 to 1.</summary>
    public double Confidence { get; init; } = 0.7;

    /// <summary>A prediction whose confidence is below it counts as a low one. 0 to 1.</summary>
    public double LowConfidence { get; init; } = 0.6;

    /// <summary>Inference latency above it is bad, in seconds.</summary>
    public double LatencySeconds { get; init; } = 1;

    public DriftThresholds Drift { get; init; } = new();
}

/// <summary>A feature has drifted when the difference is significant (<see cref="PValue"/>) and large (any of the others).</summary>
public sealed record DriftThresholds
{
    /// <summary>Kolmogorov-Smirnov statistic above it is a large difference. 0 to 1.</summary>
    public double Ks { get; init; } = 0.1;

    /// <summary>Population stability index above it is a large difference, in nats. Above 0.</summary>
    public double Psi { get; init; } = 0.2;

    /// <summary>p-value below it is significant. 0 to 1.</summary>
    public double PValue { get; init; } = 0.001;

    /// <summary>A missing share that changed by more is a large difference. 0 to 1.</summary>
    public double Missing { get; init; } = 0.1;

    /// <summary>Total variation to the reference that does not matter: nothing up to it is ever evidence of drift. 0 to 1.</summary>
    public double Tolerance { get; init; } = 0.05;
}

/// <summary>Where a reference comes from when none is uploaded.</summary>
public sealed record ReferenceSpec
{
    /// <summary>The first so many predictions become it. 0: none is captured, one must be uploaded. 0 or 100 to 100,000.</summary>
    public int Capture { get; init; } = 5_000;
}
