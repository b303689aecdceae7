using FleetMonitor.Core.Specs;

namespace FleetMonitor.Cli.Replay;

/// <summary>The classes of a classification, told by the first rows of reference and file, so that no row decides it by coming first.</summary>
/// <remarks>Of a binary model those that options name, then the most frequent ones. Rows of a third class are left out.</remarks>
internal static class ModelClasses
{
    /// <summary>Where a third class has more than this share of a binary model's predictions and labels, it is no slip: the model is another.</summary>
    private const double MaxStray = 0.1;

    private const int MaxNamed = 5;

    /// <summary>A binary model's classes, the positive one first; alone where no other is known.</summary>
    public static string[] OfBinary(ReplayOptions options, IEnumerable<string> withProbability, IReadOnlyList<FileSample> samples, List<string> notes)
    {
        string[] seen = [.. samples.SelectMany(s => s.Classes.All).Distinct().OrderByDescending(label => samples.Sum(s => s.Classes.Count(label)))];
        var given = options.Positive is { } name ? ClassLabel.Canonical(name) : null;
        string[] named = [.. (given is null ? withProbability : withProbability.Prepend(given)).Distinct()];
        ReplayPlan.Require(named.Length <= 2, $"expected two classes, got {Named(named)} (--task multiclass takes more)");
        var unknown = named.FirstOrDefault(label => !seen.Contains(label) && samples.SelectMany(s => s.Classes.Usual).Distinct().Count() > 1);
        ReplayPlan.Require(unknown is null, $"{(unknown == given ? "--positive" : "--probability")} {unknown}: the classes are {Named(seen)}");
        string[] pair = [.. named.Concat(seen).Distinct().Take(2)];
        var positive = given ?? Positive(pair, samples, notes);
        return [positive, .. pair.Where(label => label != positive)];
    }

    /// <summary>The classes that a multiclass model has probabilities of. One that no row has, while another class has none, is a mistake.</summary>
    public static string[] OfMulticlass(IReadOnlyCollection<string> withProbability, IReadOnlyList<FileSample> samples, List<string> notes)
    {
        if (withProbability.Count == 0) return [];
        string[] without = [.. samples.SelectMany(s => s.Classes.Usual).Distinct().Except(withProbability).Order(StringComparer.Ordinal)];
        if (without.Length == 0) return [.. withProbability];
        var unknown = withProbability.FirstOrDefault(label => samples.All(s => s.Classes.Count(label) == 0));
        ReplayPlan.Require(unknown is null, $"--probability {unknown}: no row has this class; without a probability are {Named(without)}");
        notes.Add($"{(without.Length == 1 ? "class" : "classes")} {Named(without)} {(without.Length == 1 ? "has" : "have")} no probability, which AUROC, log loss and the estimate take for 0");
        return [.. withProbability];
    }

    /// <summary>Refuses files that a binary model would lose a good part of, or that have other classes than their reference.</summary>
    public static void RequireTwo(IReadOnlyList<string> classes, ReplayOptions options, IReadOnlyList<FileSample> samples)
    {
        if (samples.All(sample => sample.Classes.Share(classes) >= 1 - MaxStray)) return;
        var found = samples.Select(sample =>
        {
            var labels = sample.Classes.Labelled.Any() ? $" and {Named(sample.Classes.Labelled)} in {options.Label}" : "";
            return $"{sample.Name} has {Named(sample.Classes.Predicted)} in {options.Prediction}{labels}";
        });
        ReplayPlan.Require(false, $"expected two classes, spelled alike everywhere: {string.Join("; ", found)} (--task multiclass takes more)");
    }

    /// <summary>A usual name of it; otherwise the one whose predictions have the higher scores; without scores not a usual no, and the last in order.</summary>
    private static string Positive(string[] pair, IReadOnlyList<FileSample> samples, List<string> notes)
    {
        if (pair.FirstOrDefault(ClassLabel.IsPositiveName) is { } usual) return usual;
        if (pair.Length < 2)
        {
            var only = ClassLabel.Positive(pair) ?? "1";
            if (pair.Contains(only)) notes.Add($"the only class found, \"{only}\", is taken to be the positive one (--positive says otherwise)");
            return only;
        }
        double? Mean(string label)
        {
            var (sum, rows) = samples.Select(s => s.Classes.Scores(label)).Aggregate((a, b) => (a.Sum + b.Sum, a.Rows + b.Rows));
            return rows == 0 ? null : sum / rows;
        }

        var byScore = Mean(pair[0]) is { } first && Mean(pair[1]) is { } second && first != second ? first > second ? pair[0] : pair[1] : null;
        var positive = byScore ?? ClassLabel.Positive(pair.Where(label => !ClassLabel.IsNegativeName(label)).DefaultIfEmpty(pair[0]))!;
        var reason = byScore is null ? "" : ", whose predictions have the higher scores";
        notes.Add($"the positive class is taken to be \"{positive}\"{reason} (--positive says otherwise)");
        return positive;
    }

    private static string Named(IEnumerable<string> labels)
    {
        string[] all = [.. labels];
        return string.Join(", ", all.Take(MaxNamed).Select(label => $"\"{label}\"")) + (all.Length > MaxNamed ? FormattableString.Invariant($" and {all.Length - MaxNamed} more") : "");
    }
}
