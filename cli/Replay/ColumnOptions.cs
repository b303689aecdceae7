using System.CommandLine;
using FleetMonitor.Core.Specs;

namespace FleetMonitor.Cli.Replay;

/// <summary>The options that say what a CSV's columns mean.</summary>
internal sealed class ColumnOptions
{
    public Option<TaskKind?> Task { get; } = new("--task")
    {
        HelpName = "binary|multiclass|regression",
        Description = "What the model predicts; by default told by its predictions.",
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (Enum.TryParse<TaskKind>(text, ignoreCase: true, out var task) && Enum.IsDefined(task) && !char.IsDigit(text[0])) return task;
            result.AddError($"--task: expected binary, multiclass or regression, got \"{text}\"");
            return null;
        },
    };

    public Option<string?> Timestamp { get; } = Options.Of<string?>("--timestamp", "COLUMN", "Event time: ISO 8601, in UTC unless it says otherwise, or seconds, ms, µs or ns since 1970.");

    public Option<string?> Id { get; } = Options.Of<string?>("--id", "COLUMN", "Prediction id; a second row with one is left out.");

    public Option<string> Prediction { get; } = Options.Of("--prediction", "COLUMN", "The predicted class or number.", "prediction");

    public Option<string[]> Probability { get; } = Options.Of<string[]>("--probability", "[CLASS=]COLUMN",
        "Probability of the positive class; of a multiclass model CLASS=COLUMN, once for each class.");

    public Option<string?> Label { get; } = Options.Of<string?>("--label", "COLUMN", "The true class or number; rows may lack it.");

    public Option<string?> Positive { get; } = Options.Of<string?>("--positive", "VALUE",
        "The positive class; by default a usual name for it (1, true, yes), otherwise the one whose predictions score higher, or the last in order.");

    public Option<string[]> Categorical { get; } = Options.Of<string[]>("--categorical", "COLUMN,…",
        "Features that are categories. Another is one too if fewer than nine in ten of its first values are numbers.");

    public Option<string[]> Features { get; } = Options.Of<string[]>("--features", "COLUMN,…", "The features; by default every column that is nothing else.");

    public Option<string[]> Ignore { get; } = Options.Of<string[]>("--ignore", "COLUMN,…", "Columns to leave out.");

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { Task, Timestamp, Id, Prediction, Probability, Label, Positive, Categorical, Features, Ignore }) command.Options.Add(option);
    }

    public ReplayOptions Apply(ParseResult parsed, ReplayOptions options) => options with
    {
        Task = parsed.GetValue(Task),
        Timestamp = parsed.GetValue(Timestamp),
        Id = parsed.GetValue(Id),
        Prediction = parsed.GetValue(Prediction)!,
        Probabilities = parsed.GetValue(Probability) ?? [],
        Label = parsed.GetValue(Label),
        Positive = parsed.GetValue(Positive),
        Categorical = [.. Split(parsed.GetValue(Categorical))],
        Features = parsed.GetValue(Features) is { Length: > 0 } features ? [.. Split(features)] : null,
        Ignore = [.. Split(parsed.GetValue(Ignore))],
    };

    private static IEnumerable<string> Split(string[]? lists) =>
        (lists ?? []).SelectMany(list => list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).Distinct();
}
