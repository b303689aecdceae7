namespace FleetMonitor.Core.Formats;

/// <summary>Which columns of a CSV of predictions mean what.</summary>
/// <remarks>
/// Null: the conventional name (<c>score</c>, <c>label</c>, <c>id</c>, <c>time</c>, <c>probability:CLASS</c>), where the file has it and <see cref="Conventional"/>
/// is not switched off. Every other column is a feature unless <see cref="Features"/> says which are; one without a name (an index that pandas wrote) is left out.
/// </remarks>
public sealed record CsvMapping
{
    internal const string ProbabilityPrefix = "probability:";

    /// <summary>The predicted class or number. Every row has one.</summary>
    public string Prediction { get; init; } = "prediction";

    /// <summary>The score of the positive class.</summary>
    public string? Score { get; init; }

    /// <summary>The true class or number; rows may lack it.</summary>
    public string? Label { get; init; }

    public string? Id { get; init; }

    /// <summary>The event's time, as <see cref="CsvValue.TryTime"/> reads it. Where the file has this column, every row has one.</summary>
    public string? Time { get; init; }

    /// <summary>Gives a row without an id its number among the rows of the file, as <c>#17</c> (from 0), so that its label finds it.</summary>
    public bool RowIds { get; init; }

    /// <summary>Class to column of its probability.</summary>
    public IReadOnlyDictionary<string, string>? Probabilities { get; init; }

    /// <summary>Features that are categorical even if they look like numbers.</summary>
    public IReadOnlyList<string> Categorical { get; init; } = [];

    /// <summary>The features; null: every column that is nothing else.</summary>
    public IReadOnlyList<string>? Features { get; init; }

    /// <summary>Columns to leave out.</summary>
    public IReadOnlyList<string> Ignore { get; init; } = [];

    /// <summary>Takes a value of a numeric feature that is no number as missing, and counts it (<see cref="PredictionCsv.Mistyped"/>), instead of rejecting its row.</summary>
    public bool MistypedAsMissing { get; init; }

    /// <summary>Whether conventional names have their meaning without being given here. Off: only given ones have, the rest are features.</summary>
    public bool Conventional { get; init; } = true;

    /// <summary>Times for rows of a file without a time column; null leaves them without.</summary>
    public EvenTimes? Even { get; init; }

    /// <summary>Throws <see cref="DocumentException"/> with every name that a header does not have, <see cref="LimitException"/> with too many features or classes.</summary>
    public void Check(IReadOnlyList<string> header, DecodeLimits limits) => CsvSchema.Resolve(header, this, null, limits);
}

/// <summary>Evenly spaced times: kept row n of a file, from 0, has <c>Start + n·Step</c>, in Unix microseconds.</summary>
public readonly record struct EvenTimes(long Start, long Step);
