namespace FleetMonitor.Storage;

/// <summary>A question to the fleet's list. Filters that are set must all match; models without a value for the sort key come last, equals go by name.</summary>
public sealed record ModelQuery
{
    public const int MaxPageSize = 500;

    /// <summary>What to sort by, each in its own direction.</summary>
    public ModelSort Sort { get; init; } = ModelSort.Trouble;

    /// <summary>The other direction.</summary>
    public bool Reverse { get; init; }

    /// <summary>Part of the name; upper and lower case are the same for ASCII letters.</summary>
    public string? Search { get; init; }

    /// <summary>Only models whose names match one of these: <c>*</c> stands for anything, all else for itself. Null: all.</summary>
    public IReadOnlyList<string>? Names { get; init; }

    public string? Team { get; init; }

    public string? Family { get; init; }

    public string? Tier { get; init; }

    public string? Task { get; init; }

    public string? State { get; init; }

    /// <summary>From 1.</summary>
    public int Page { get; init; } = 1;

    /// <summary>1 to <see cref="MaxPageSize"/>.</summary>
    public int PageSize { get; init; } = 50;
}

/// <summary>Orders of the fleet's list.</summary>
public enum ModelSort
{
    /// <summary>The worst first.</summary>
    Trouble,

    /// <summary>By name, ascending, byte by byte.</summary>
    Name,

    /// <summary>The most recently used first.</summary>
    LastPrediction,

    /// <summary>The most used first.</summary>
    Predictions,
}

/// <summary>One page of the fleet's list.</summary>
/// <param name="Models">In the order asked for; empty beyond the last page.</param>
/// <param name="Total">How many models match, over all pages.</param>
/// <param name="Page">As asked.</param>
/// <param name="PageSize">As asked.</param>
public sealed record ModelPage(IReadOnlyList<ModelRow> Models, long Total, int Page, int PageSize);

/// <summary>A model as the list shows it.</summary>
/// <param name="Name">The model's name.</param>
/// <param name="Registered">When it was opened for the first time.</param>
/// <param name="Summary">The newest summary; null until the first one is written.</param>
public sealed record ModelRow(string Name, DateTimeOffset Registered, ModelSummary? Summary);
