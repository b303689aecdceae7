using FleetMonitor.Core.Formats;

namespace FleetMonitor.Cli.Replay;

/// <summary>Rows of a file that were left out: how many, and the first few in words. With --strict the first one ends the command.</summary>
internal sealed class Rejections(string file, bool strict)
{
    public const int MaxExamples = 10;

    private readonly List<string> _examples = [];

    public long Count { get; private set; }

    public IReadOnlyList<string> Examples => _examples;

    /// <summary>Values that count as missing since they are none of their column: a note a column.</summary>
    public IReadOnlyList<string> Notes { get; private set; } = [];

    public void Mistyped(IReadOnlyList<MistypedFeature> features) =>
        Notes = [.. features.Select(f => FormattableString.Invariant($"{file}: column {f.Feature}: {f.Values:N0} type {(f.Values == 1 ? "mismatch" : "mismatches")}, taken as missing, first in {f.First}"))];

    public void Add(int count, IReadOnlyList<ItemError> errors)
    {
        Count += count;
        foreach (var error in errors)
        {
            if (_examples.Count < MaxExamples) Describe(WithColumn(error));
        }
        if (strict && count > 0) throw new CommandException(ExitCode.Data, _examples[0]);
    }

    public void Add(long line, string column, string message)
    {
        Count++;
        if (_examples.Count < MaxExamples) Describe($"line {line}: column {column}: {message}");
        if (strict) throw new CommandException(ExitCode.Data, _examples[0]);
    }

    /// <summary>"line 17: expected …" with the column behind the line.</summary>
    private static string WithColumn(ItemError error)
    {
        var line = $"line {error.Line}: ";
        if (error.Field.Length == 0 || !error.Message.StartsWith(line, StringComparison.Ordinal)) return error.Message;
        return $"{line}column {error.Field}: {error.Message[line.Length..]}";
    }

    private void Describe(string text) => _examples.Add($"{file}: {text}");
}
