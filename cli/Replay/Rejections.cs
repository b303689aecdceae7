using System.Runtime.InteropServices;
using FleetMonitor.Core.Formats;

namespace FleetMonitor.Cli.Replay;

/// <summary>Rows of a file that were left out: how many, and the first few in words. With --strict the first one ends the command.</summary>
internal sealed class Rejections(string file, bool strict)
{
    public const int MaxExamples = 10;

    /// <summary>Examples of one column that expect the same: more say nothing new.</summary>
    private const int MaxAlike = 3;

    private readonly List<string> _examples = [];
    private readonly Dictionary<string, int> _alike = new(StringComparer.Ordinal);

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
            if (_examples.Count == MaxExamples) break;
            var line = $"line {error.Line}: ";
            var message = error.Message.StartsWith(line, StringComparison.Ordinal) ? error.Message[line.Length..] : error.Message;
            Describe(error.Line ?? 0, error.Field, message);
        }
        if (strict && count > 0) throw new CommandException(ExitCode.Data, _examples[0]);
    }

    public void Add(long line, string column, string message)
    {
        Count++;
        Describe(line, column, message);
        if (strict) throw new CommandException(ExitCode.Data, _examples[0]);
    }

    /// <summary>Ends the command where every row was wrong.</summary>
    /// <param name="taken">Rows that were not.</param>
    public void RequireAny(long taken)
    {
        if (taken == 0 && Count > 0) throw new CommandException(ExitCode.Data, FormattableString.Invariant($"{_examples[0]}; none of the {Count:N0} rows could be taken"));
    }

    private void Describe(long line, string column, string message)
    {
        if (_examples.Count == MaxExamples) return;
        var got = message.IndexOf(", got ", StringComparison.Ordinal);
        ref var alike = ref CollectionsMarshal.GetValueRefOrAddDefault(_alike, $"{column}: {(got < 0 ? message : message[..got])}", out _);
        if (alike++ < MaxAlike) _examples.Add(FormattableString.Invariant($"{file}: line {line}: {(column.Length == 0 ? "" : $"column {column}: ")}{message}"));
    }
}
