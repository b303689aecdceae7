using System.Diagnostics;
using System.Globalization;
using FleetMonitor.Benchmarks.Evidence;

namespace FleetMonitor.Benchmarks;

/// <summary>What is claimed of drift evidence, simulated: false alarms and false discoveries when it is looked at all the time, and how soon it sees a change. Seeded: the same figures every time.</summary>
internal static class EvidenceBenchmarks
{
    private const double Alpha = 0.05;
    private const int Values = 50;

    /// <summary>One thread a core: more would only take turns.</summary>
    internal static readonly ParallelOptions Cores = new() { MaxDegreeOfParallelism = Environment.ProcessorCount };

    public static async Task<int> RunAsync(string[] args)
    {
        int models = 1_000, features = 20, looks = 10_000, delays = EvidenceDelays.DefaultColumns;
        var part = args is [{ Length: > 0 } first, ..] && first[0] != '-' ? first : "";
        if (part is not ("" or "null" or "edge" or "drift" or "delays")) return await UsageAsync();
        args = part.Length > 0 ? args[1..] : args;
        for (var i = 0; i < args.Length; i += 2)
        {
            if (i + 1 == args.Length || !int.TryParse(args[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number == 0) return await UsageAsync();
            switch (args[i])
            {
                case "--models": models = Math.Max(FleetOfColumns.ModelsOfPart, number / FleetOfColumns.ModelsOfPart * FleetOfColumns.ModelsOfPart); break;
                case "--features": features = number; break;
                case "--looks": looks = number; break;
                case "--columns": delays = number; break;
                default: return await UsageAsync();
            }
        }
        Print($"{models:#,0} models x {features} features x {looks:#,0} looks of {Values} values; references of {SimulatedColumn.ReferenceRows:#,0} rows, tolerance {SimulatedColumn.Tolerance}, alpha {Alpha}");
        if (part is "" or "null") GlobalNull("nothing drifts; every second column lies the tolerance away from the truth, for good", models, features,
            looks, i => i % 2 == 0 ? 0 : SimulatedColumn.Tolerance);
        if (part is "" or "edge") GlobalNull("nothing drifts, but every column lies as far from its reference as the null goes", models, features, looks,
            _ => null);
        if (part is "" or "drift") SomeDrift(models, features, looks);
        if (part is "" or "delays") EvidenceDelays.Run(delays);
        return 0;
    }

    private static async Task<int> UsageAsync()
    {
        await Console.Error.WriteLineAsync("evidence [null|edge|drift|delays] [--models N] [--features N] [--looks N] [--columns N]");
        return 2;
    }

    /// <summary>Nothing has drifted.</summary>
    private static void GlobalNull(string title, int models, int features, int looks, Func<int, double?> before)
    {
        var started = Stopwatch.GetTimestamp();
        var columns = Make(models * features, i => new SimulatedColumn((ulong)i + 1, Values, before(i)));
        var fleet = new FleetOfColumns(columns, features, Alpha);
        fleet.Run(looks);
        Print($"{title,-86} {Seconds(started)}");
        Print($"  {"columns whose evidence ever reached 1/alpha",-82} {fleet.ColumnsEver:0.00000}   at most {Alpha}");
        Print($"  {$"models with any rejection ever, each on its own ({features} hypotheses)",-82} {fleet.ModelsEver:0.00000}   at most {Alpha}");
        Print($"  {$"fleets of {FleetOfColumns.ModelsOfPart} models with any rejection ever",-82} {fleet.Parts.Ever:0.00000}   at most {Alpha}");
        Print($"  {"the whole fleet: any rejection ever",-82} {(fleet.Whole.Ever > 0 ? "yes" : "no")}");
    }

    /// <summary>A tenth of the columns drifts, each from a look of its own on, by a total variation of 0.13 to 0.5; of the others every second lies the tolerance away, every fourth as far as the null goes.</summary>
    private static void SomeDrift(int models, int features, int looks)
    {
        var started = Stopwatch.GetTimestamp();
        var columns = Make(models * features, i =>
        {
            var random = new SplitMix((ulong)i + 1_000_000_007);
            var drifts = random.NextDouble() < 0.1;
            var change = drifts ? 1 + (long)(random.NextDouble() * looks * 0.9) : long.MaxValue;
            return new SimulatedColumn((ulong)i + 50_000_000, Values, i % 4 == 0 && !drifts ? null : i % 2 == 0 ? 0 : SimulatedColumn.Tolerance, change, after: 0.13 + (0.37 * random.NextDouble()));
        });
        var fleet = new FleetOfColumns(columns, features, Alpha);
        fleet.Run(looks);
        Print($"{"a tenth of the columns drifts, at times of its own",-86} {Seconds(started)}");
        Print($"  {$"false discovery rate in fleets of {FleetOfColumns.ModelsOfPart} models, at the worst of all looks",-82} {fleet.Parts.WorstLook:0.00000}   at most {Alpha}");
        foreach (var (rule, mean) in fleet.Parts.StoppingRules()) Print($"  {"the same, stopped " + rule,-82} {mean:0.00000}   at most {Alpha}");
        Print($"  {"false discovery share in the whole fleet, at the worst of all looks",-82} {fleet.Whole.WorstLook:0.00000}   at most {Alpha}");
        Print($"  {"drifted columns that the whole fleet has found at the end",-82} {fleet.Found:0.000}");
    }

    private static SimulatedColumn[] Make(int count, Func<int, SimulatedColumn> make)
    {
        var columns = new SimulatedColumn[count];
        Parallel.For(0, count, Cores, i => columns[i] = make(i));
        return columns;
    }

    private static string Seconds(long started) => string.Create(CultureInfo.InvariantCulture, $"{Stopwatch.GetElapsedTime(started).TotalSeconds:0} s");

    internal static void Print(FormattableString line) => Console.WriteLine(FormattableString.Invariant(line));
}
