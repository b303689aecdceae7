namespace FleetMonitor.Inference.Models;

/// <summary>How a model is served and watched: what its <c>config.pbtxt</c> and <c>model.yaml</c> say. Immutable; everything has a default.</summary>
public sealed record ModelSettings
{
    public VersionPolicy Versions { get; init; } = VersionPolicy.All;

    public BatchingSettings Batching { get; init; } = new();

    /// <summary>Requests of a version that wait at a time; the next is refused. 1 to 1,000,000.</summary>
    public int MaxQueue { get; init; } = 1_000;

    /// <summary>How long a request waits at most before it runs. Above 0, at most an hour.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Runs with made-up inputs before the model is ready. 0 to 1,000.</summary>
    public int WarmUp { get; init; } = 3;

    /// <summary>Threads within one run; null: 1 for model files under 8 MiB, as many as there are cores for others. 1 to 256.</summary>
    public int? Threads { get; init; }

    /// <summary>Runs at the same time; null: as many as there are cores, by their threads. 1 to 64.</summary>
    public int? Instances { get; init; }

    /// <summary>The monitor that the predictions go to; null: the model's name.</summary>
    public string? Monitor { get; init; }

    /// <summary>Whether its inferences are monitored.</summary>
    public bool Monitored { get; init; } = true;

    /// <summary>What the outputs are; null: found out from the model file.</summary>
    public PredictionKind? Task { get; init; }

    /// <summary>The classes in the order of the probabilities; null: found out.</summary>
    public IReadOnlyList<string>? Labels { get; init; }

    /// <summary>The class that a single probability is of; null: the second label.</summary>
    public string? Positive { get; init; }

    /// <summary>The outputs that say the class, the probabilities (or the one of the positive class) and a regression's value; null: found out.</summary>
    public string? LabelOutput { get; init; }

    public string? ProbabilityOutput { get; init; }

    public string? ValueOutput { get; init; }

    /// <summary>The features' names by input, one an element of a row.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Features { get; init; } = new Dictionary<string, IReadOnlyList<string>>();
}

/// <summary>Which requests run together.</summary>
public sealed record BatchingSettings
{
    /// <summary>Whether requests are merged; null: where the model has a batch dimension. True does not make one.</summary>
    public bool? Enabled { get; init; }

    /// <summary>Rows of one run, over all requests in it. A larger request runs by itself. 1 to 65,536.</summary>
    public int MaxRows { get; init; } = 64;

    /// <summary>How long a request waits for company while others come. 0 to a second; 0: no longer than the work that is under way anyhow takes.</summary>
    public TimeSpan MaxDelay { get; init; }

    /// <summary>Rows at which a run starts without waiting further.</summary>
    public IReadOnlyList<int> PreferredRows { get; init; } = [];
}

/// <summary>Which versions of a model are served.</summary>
/// <param name="Newest">Only so many of the newest; null: no such bound.</param>
/// <param name="Only">Only these; null: any.</param>
public sealed record VersionPolicy(int? Newest, IReadOnlyList<long>? Only)
{
    public static readonly VersionPolicy All = new(null, null);

    public IEnumerable<long> Choose(IEnumerable<long> versions)
    {
        var chosen = versions.Where(v => Only is null || Only.Contains(v)).OrderDescending();
        return Newest is { } newest ? chosen.Take(newest) : chosen;
    }
}

/// <summary>What a model predicts.</summary>
public enum PredictionKind
{
    Binary = 1,
    Multiclass = 2,
    Regression = 3,
}
