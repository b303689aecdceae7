namespace FleetMonitor.Grains.Evidence;

/// <summary>Finds models that began to drift on one feature in the same hours.</summary>
internal static class DriftGroups
{
    /// <summary>Groups a fleet has at most; the largest are kept.</summary>
    public const int Most = 1_000;

    /// <summary>A feature's onsets in order: from each, those within <paramref name="span"/> are a group if they are enough, and the next one is looked for behind them. O(n log n).</summary>
    public static IEnumerable<DriftGroup> Find(IEnumerable<FeatureOnset> onsets, int models, TimeSpan span)
    {
        var groups = new List<DriftGroup>();
        var micros = (long)span.TotalMicroseconds;
        foreach (var feature in onsets.GroupBy(o => o.Feature, o => o.Since, StringComparer.Ordinal))
        {
            long[] since = [.. feature.Order()];
            for (var first = 0; first < since.Length;)
            {
                var next = first;
                while (next < since.Length && since[next] - since[first] <= micros) next++;
                if (next - first < models)
                {
                    first++;
                    continue;
                }
                groups.Add(new DriftGroup(feature.Key, since[first], since[next - 1], next - first));
                first = next;
            }
        }
        return groups.OrderByDescending(g => g.Models).ThenBy(g => g.Feature, StringComparer.Ordinal).ThenBy(g => g.From).Take(Most);
    }
}
