using System.Text.RegularExpressions;

namespace FleetMonitor.Api.Access;

/// <summary>Which models a caller is limited to: patterns of names in which <c>*</c> stands for anything. Immutable.</summary>
internal sealed partial class ModelPatterns
{
    /// <summary>More are no limit, but a second list of models.</summary>
    public const int MaxPatterns = 100;

    /// <summary>Every model.</summary>
    public static readonly ModelPatterns All = new([]);

    private readonly string[] _patterns;

    private ModelPatterns(string[] patterns) => _patterns = patterns;

    /// <summary>Null: no limit.</summary>
    public IReadOnlyList<string>? Limits => IsAll ? null : _patterns;

    public bool IsAll => _patterns.Length == 0;

    /// <summary>Patterns between commas; an error where one cannot be a name's.</summary>
    public static (ModelPatterns? Patterns, string? Error) Parse(string text)
    {
        var patterns = text.Split(',');
        if (patterns.Length > MaxPatterns) return (null, $"expected at most {MaxPatterns} patterns of models, got {patterns.Length}");
        foreach (var pattern in patterns)
        {
            if (!Valid().IsMatch(pattern)) return (null, "expected patterns of models such as credit-*,fraud-*: letters, digits, '.', '_', '-' and '*'");
        }
        return (patterns.Contains("*") ? All : new ModelPatterns(patterns), null);
    }

    public bool Match(string model) => IsAll || Array.Exists(_patterns, pattern => Match(pattern, model));

    public override string ToString() => IsAll ? "*" : string.Join(',', _patterns);

    /// <summary>Goes back to the last <c>*</c> alone, so it is never worse than pattern times name.</summary>
    private static bool Match(ReadOnlySpan<char> pattern, ReadOnlySpan<char> name)
    {
        int p = 0, n = 0, star = -1, taken = 0;
        while (n < name.Length)
        {
            if (p < pattern.Length && pattern[p] == '*') (star, taken) = (p++, n);
            else if (p < pattern.Length && pattern[p] == name[n]) (p, n) = (p + 1, n + 1);
            else if (star >= 0) (p, n) = (star + 1, ++taken);
            else return false;
        }
        return pattern[p..].TrimStart('*').IsEmpty;
    }

    [GeneratedRegex(@"\A[A-Za-z0-9._*-]{1,128}\z")]
    private static partial Regex Valid();
}
