namespace FleetMonitor.Core.Formats;

/// <summary>Guesses what a mistyped name was meant to be.</summary>
public static class Spelling
{
    /// <summary>The name with the fewest edits; null when none is near.</summary>
    /// <remarks>Levenshtein distance, letters' case aside; near is at most 2 edits, or a third of the length. O(names · length²).</remarks>
    public static string? Nearest(string name, IEnumerable<string> names)
    {
        string? nearest = null;
        var fewest = Math.Max(2, name.Length / 3) + 1;
        foreach (var candidate in names)
        {
            if (candidate.Length == 0 || Math.Abs(candidate.Length - name.Length) >= fewest) continue;
            var edits = Distance(name.ToUpperInvariant(), candidate.ToUpperInvariant());
            if (edits >= fewest || edits >= Math.Max(name.Length, candidate.Length)) continue;
            fewest = edits;
            nearest = candidate;
        }
        return nearest;
    }

    private static int Distance(string a, string b)
    {
        var row = new int[b.Length + 1];
        for (var j = 0; j < row.Length; j++) row[j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j < row.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(above, row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }
        return row[^1];
    }
}
