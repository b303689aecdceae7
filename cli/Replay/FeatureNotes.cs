namespace FleetMonitor.Cli.Replay;

/// <summary>Features that look like something else: an identifier, a counter, a forgotten column of times, scores or labels. As features they drift, whatever the model does.</summary>
internal static class FeatureNotes
{
    private const int MaxNamed = 5;

    private static readonly string[] LabelNames = ["label", "target", "y_true", "ground_truth"];

    /// <param name="features">Columns of the file that are taken for features.</param>
    public static IEnumerable<string> Of(ReplayOptions options, IEnumerable<string> features, FileSample file, FileSample? reference)
    {
        var rest = features.ToList();
        string[] Take(Predicate<string> looks)
        {
            string[] found = [.. rest.Where(name => looks(name))];
            rest.RemoveAll(looks);
            return found;
        }

        string Ignore(string[] names, string? instead = null) => $"({(instead is null ? "" : $"{instead} {names[0]}, or ")}--ignore {string.Join(',', names.Take(MaxNamed))})";

        foreach (var name in Take(file.IsTime)) yield return $"feature {name} holds times {Ignore([name], options.Timestamp is null ? "--timestamp" : null)}";
        if (Take(file.IsUnique) is { Length: > 0 } unique)
        {
            yield return $"{Features(unique)} another value in each row, as an identifier has {Ignore(unique, options.Id is null ? "--id" : null)}";
        }
        if (Take(file.IsRising) is { Length: > 0 } rising) yield return $"{Features(rising)} values that never fall from row to row, as a counter has {Ignore(rising)}";
        if (reference is not null && Take(name => file.Constant(name) is { } value && reference.Constant(name) is { } other && value != other) is { Length: > 0 } parts)
        {
            yield return $"{Features(parts)} one value in the reference and another in the file {Ignore(parts)}";
        }
        foreach (var name in Take(name => name.Contains("proba", StringComparison.OrdinalIgnoreCase) && file.IsShare(name)))
        {
            yield return $"feature {name} looks like a probability {Ignore([name], "--probability")}";
        }
        if (options.Label is not null) yield break;
        foreach (var name in Take(LabelNames.Contains)) yield return $"feature {name} may be the label {Ignore([name], "--label")}";
    }

    private static string Features(string[] names) =>
        $"{(names.Length == 1 ? "feature" : "features")} {string.Join(", ", names.Take(MaxNamed))}{(names.Length > MaxNamed ? FormattableString.Invariant($" and {names.Length - MaxNamed} more") : "")} {(names.Length == 1 ? "has" : "have")}";
}
