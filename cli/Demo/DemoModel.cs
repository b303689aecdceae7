using FleetMonitor.Core.Specs;

namespace FleetMonitor.Cli.Demo;

/// <summary>What goes wrong with a simulated model.</summary>
internal enum Trouble
{
    /// <summary>The inputs of one feature move.</summary>
    Drift = 1,

    /// <summary>One feature's effect on the truth turns around, which the model does not know.</summary>
    Concept = 2,

    /// <summary>One feature is missing in most predictions.</summary>
    Missing = 3,
}

/// <summary>When something goes wrong, and what.</summary>
/// <param name="After">Time since the demo's start.</param>
internal sealed record DemoTrouble(Trouble Kind, string Feature, TimeSpan After)
{
    public string Story => Kind switch
    {
        Trouble.Drift => $"{Feature} starts to drift now",
        Trouble.Concept => $"the world changes now: {Feature} has the opposite effect, and accuracy will fall",
        _ => $"{Feature} is missing in most predictions from now on",
    };
}

/// <summary>A simulated model: logistic (softmax, linear) in its features, and calibrated until something goes wrong.</summary>
internal sealed record DemoModel(string Name, TaskKind Task, string Team, string Family, string Tier, IReadOnlyList<DemoFeature> Features)
{
    /// <summary>The negative and the positive class, or all classes; empty for a regression.</summary>
    public IReadOnlyList<string> Classes { get; init; } = [];

    /// <summary>Outputs with every feature at its middle (log odds; units of a regression).</summary>
    public required double[] Bias { get; init; }

    /// <summary>Standard deviation of a regression's truth around its prediction.</summary>
    public double Noise { get; init; }

    public double AccuracyThreshold { get; init; } = 0.8;

    public double ConfidenceThreshold { get; init; } = 0.7;

    /// <summary>Median, milliseconds.</summary>
    public double Latency { get; init; } = 5;

    /// <summary>Predictions a second, live.</summary>
    public int Rate { get; init; } = 30;

    public DemoTrouble? Trouble { get; init; }

    public ModelSpec Spec => new()
    {
        Task = Task,
        Positive = Task == TaskKind.Binary ? Classes[1] : null,
        Version = "1",
        Team = Team,
        Family = Family,
        Tier = Tier,
        Features = [.. Features.Select(f => new FeatureSpec(f.Name, f.Kind))],
        HeadlineWindow = TimeSpan.FromMinutes(5),
        MinSamples = 100,
        LabelDelay = DemoTraffic.LongestLabelDelay,
        LabelHorizon = TimeSpan.FromDays(1),
        LabelCapacity = 200_000,
        Thresholds = new Thresholds { Accuracy = AccuracyThreshold, Confidence = ConfidenceThreshold, LatencySeconds = 0.5 },
        Reference = new ReferenceSpec { Capture = 0 },
    };
}
