namespace FleetMonitor.Core.Versions;

/// <summary>The pairs of a model's versions by their slots, each once, the lower slot first.</summary>
internal static class VersionPair
{
    public const int Count = VersionTable.MaxVersions * (VersionTable.MaxVersions - 1) / 2;

    public static readonly (int First, int Second)[] All = [.. Pairs()];

    public static int Of(int one, int other)
    {
        var (first, second) = one < other ? (one, other) : (other, one);
        return Array.IndexOf(All, (first, second));
    }

    private static IEnumerable<(int, int)> Pairs()
    {
        for (var first = 0; first < VersionTable.MaxVersions; first++)
        {
            for (var second = first + 1; second < VersionTable.MaxVersions; second++) yield return (first, second);
        }
    }
}
