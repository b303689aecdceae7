using System.Globalization;

namespace FleetMonitor.Benchmarks.Simulator;

/// <summary>CPU time of processes and of all their children, those that ended included, as Linux counts it.</summary>
internal static class ProcessCpu
{
    private const double TicksPerSecond = 100;

    /// <summary>Seconds of user and system time so far.</summary>
    public static double Seconds(IReadOnlyList<int> roots)
    {
        var all = Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).Where(name => int.TryParse(name, CultureInfo.InvariantCulture, out _))
            .Select(name => Read(int.Parse(name!, CultureInfo.InvariantCulture))).OfType<Entry>().ToDictionary(entry => entry.Pid);
        var seconds = 0.0;
        foreach (var entry in all.Values)
        {
            if (IsBelow(entry, roots, all)) seconds += entry.Ticks / TicksPerSecond;
        }
        return seconds;
    }

    private static bool IsBelow(Entry entry, IReadOnlyList<int> roots, Dictionary<int, Entry> all)
    {
        for (var at = entry; ; at = all[at.Parent])
        {
            if (roots.Contains(at.Pid)) return true;
            if (!all.ContainsKey(at.Parent)) return false;
        }
    }

    /// <summary>Null for a process that ended meanwhile.</summary>
    private static Entry? Read(int pid)
    {
        try
        {
            var stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"));
            // The name, in parentheses, may hold anything: the fields are counted from behind it.
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return new Entry(pid, int.Parse(fields[1], CultureInfo.InvariantCulture), fields[11..15].Sum(field => long.Parse(field, CultureInfo.InvariantCulture)));
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <param name="Ticks">User, system, and the same of children that ended.</param>
    private sealed record Entry(int Pid, int Parent, long Ticks);
}
