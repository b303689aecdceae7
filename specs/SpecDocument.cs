using FleetMonitor.Core.Specs;

namespace FleetMonitor.Specs;

/// <summary>A model's spec as a file says it.</summary>
/// <param name="File">The file's path inside its folder, with forward slashes.</param>
/// <param name="Line">Where the document begins, from 1.</param>
public sealed record SpecDocument(string Model, ModelSpec Spec, string File, int Line);

/// <summary>A mistake in a file, and its place.</summary>
/// <param name="File">The file's path inside its folder, with forward slashes.</param>
/// <param name="Line">From 1; 0 where the file as a whole is meant, as is <paramref name="Column"/>.</param>
/// <param name="Field">The member's path; empty where it is none.</param>
public sealed record SpecMistake(string File, int Line, int Column, string Field, string Message)
{
    /// <summary>As compilers write it: "fraud.yaml:7:3: thresholds.accuracy: expected 0 to 1, got 7".</summary>
    public override string ToString()
    {
        var place = Line == 0 ? File : FormattableString.Invariant($"{File}:{Line}:{Column}");
        return Field.Length == 0 ? $"{place}: {Message}" : $"{place}: {Field}: {Message}";
    }
}
