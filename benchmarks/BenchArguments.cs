using System.Globalization;

namespace FleetMonitor.Benchmarks;

/// <summary>A benchmark's command line: <c>[URL] [--name VALUE]…</c>.</summary>
internal static class BenchArguments
{
    /// <summary>Applies each pair of name and value in turn.</summary>
    /// <param name="options">What holds where nothing is said.</param>
    /// <param name="change">The options with that value; null where there is no such name, or the value is out of its range.</param>
    /// <returns>Null where the command line cannot be understood.</returns>
    public static T? Read<T>(ReadOnlySpan<string> pairs, T options, Func<T, string, string, T?> change) where T : class
    {
        if (pairs.Length % 2 != 0) return null;
        for (var i = 0; i < pairs.Length; i += 2)
        {
            if (change(options, pairs[i], pairs[i + 1]) is not { } changed) return null;
            options = changed;
        }
        return options;
    }

    /// <summary>The number; null where it is none.</summary>
    public static int? Number(string text) => int.TryParse(text, CultureInfo.InvariantCulture, out var number) ? number : null;

    public static IReadOnlyList<int> Processes(string text) => [.. text.Split(',').Select(pid => int.Parse(pid, CultureInfo.InvariantCulture))];

    /// <summary>How many models, from <c>[--models N]</c>; null where it says something else.</summary>
    public static int? Models(string[] args, int least) => args switch
    {
        [] => 10_000,
        ["--models", var text] when Number(text) is int models && models >= least => models,
        _ => null,
    };
}
