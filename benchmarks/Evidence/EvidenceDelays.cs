using FleetMonitor.Core.Detectors;
using FleetMonitor.Core.References;
using FleetMonitor.Core.Statistics;

namespace FleetMonitor.Benchmarks.Evidence;

/// <summary>How many looks a change takes to be seen, on the first day and after half a year of looks a minute, beside rules that are in common use, and how often each of them cries when nothing has changed.</summary>
internal static class EvidenceDelays
{
    public const int DefaultColumns = 60;

    private const int Values = 50;
    private const int FirstDay = 1_000;
    private const int HalfAYear = 260_000;
    private const int Window = 60;

    // A look of these before the change is asked for false alarms.
    private const int Quiet = 900;
    private const int Patience = 5_000;
    private static readonly double[] Distances = [0.15, 0.2, 0.3, 0.5];
    private static readonly string[] Rules = ["evidence, 1/alpha", "evidence, 20,000/alpha", "PSI > 0.2 over 60 looks", "KS p < 0.05 over 60 looks",
        "ADWIN, every value"];

    // ADWIN compares the halves of a window that grows; what lies further back than so many looks before the change only makes its reference longer.
    private const int AdwinLooks = 20_000;

    public static void Run(int columns)
    {
        EvidenceBenchmarks.Print($"looks of {Values} values until a change is seen: median of {columns} columns a case");
        EvidenceBenchmarks.Print($"(share seen within {Patience:#,0} looks, if not all)");
        EvidenceBenchmarks.Print($"  {"",-28}{"cries in " + Quiet + " quiet looks",-26}{"first day",-44}{"after half a year",-44}");
        EvidenceBenchmarks.Print($"  {"total variation",-28}{"",-26}{Head(),-44}{Head(),-44}");
        var early = Distances.Select(d => Measure(columns, FirstDay, d)).ToArray();
        var late = Distances.Select(d => Measure(columns, HalfAYear, d)).ToArray();
        for (var rule = 0; rule < Rules.Length; rule++)
        {
            var cries = early.Concat(late).Average(m => m.FalseAlarms[rule]);
            EvidenceBenchmarks.Print($"  {Rules[rule],-28}{cries,-26:0.000}{Row(early, rule, columns),-44}{Row(late, rule, columns),-44}");
        }
    }

    private static string Head() => string.Concat(Distances.Select(d => FormattableString.Invariant($"{d,-11:0.00}")));

    private static string Row(Measured[] measured, int rule, int columns) => string.Concat(measured.Select(m =>
    {
        var seen = m.Delays[rule].Count(d => d < long.MaxValue) / (double)columns;
        var median = m.Delays[rule].Order().ElementAt(columns / 2);
        return $"{(median == long.MaxValue ? "-" : FormattableString.Invariant($"{median}")) + (seen < 1 ? FormattableString.Invariant($" ({seen:0.00})") : ""),-11}";
    }));

    private static Measured Measure(int columns, int change, double distance)
    {
        var delays = Rules.Select(_ => new long[columns]).ToArray();
        var cries = new int[Rules.Length];
        Parallel.For(0, columns, EvidenceBenchmarks.Cores, i =>
        {
            var column = new SimulatedColumn((ulong)(i + 1 + (change * 31L)) + (ulong)(distance * 1e6), Values, before: 0, change, distance);
            var watch = new Watch(column, Window);
            var first = new long[Rules.Length];
            first.AsSpan().Fill(long.MaxValue);
            var cried = new bool[Rules.Length];
            for (var look = 1; look < change + Patience && first.Contains(long.MaxValue); look++)
            {
                var alarms = watch.Look(withRules: look >= change - Quiet, withAdwin: look >= change - AdwinLooks);
                for (var rule = 0; rule < Rules.Length; rule++)
                {
                    if (!alarms[rule]) continue;
                    if (look < change) cried[rule] |= look >= change - Quiet;
                    else first[rule] = Math.Min(first[rule], look - change + 1);
                }
            }
            for (var rule = 0; rule < Rules.Length; rule++)
            {
                delays[rule][i] = first[rule];
                if (cried[rule]) Interlocked.Increment(ref cries[rule]);
            }
        });
        return new Measured(delays, [.. cries.Select(c => c / (double)columns)]);
    }

    private sealed record Measured(long[][] Delays, double[] FalseAlarms);

    /// <summary>A column under every rule at once.</summary>
    private sealed class Watch(SimulatedColumn column, int window)
    {
        private readonly long[][] _looks = [.. Enumerable.Range(0, window).Select(_ => new long[column.Reference.Counts.Length])];
        private readonly long[] _sum = new long[column.Reference.Counts.Length];
        private readonly bool[] _alarms = new bool[Rules.Length];
        private readonly Adwin _adwin = new();
        private SplitMix _order = new((ulong)column.Reference.Counts.Length + 17);
        private int _next;

        public bool[] Look(bool withRules, bool withAdwin)
        {
            var bins = _looks[_next];
            _next = (_next + 1) % window;
            for (var bin = 0; bin < bins.Length; bin++) _sum[bin] -= bins[bin];
            column.Draw(bins);
            for (var bin = 0; bin < bins.Length; bin++) _sum[bin] += bins[bin];
            Span<long> cells = stackalloc long[column.Null.Cells];
            column.Null.Coarsen(bins, cells);
            column.Evidence.Update(cells);
            _alarms[0] = column.Evidence.Value >= 1 / 0.05;
            _alarms[1] = column.Evidence.Value >= 20_000 / 0.05;
            _alarms[4] = withAdwin && AdwinCuts(bins);
            if (!withRules) return _alarms;
            _alarms[2] = PopulationStabilityIndex() > 0.2;
            var reference = column.Reference.Counts;
            var ks = HistogramDistance.KolmogorovSmirnov(reference, _sum)!.Value;
            _alarms[3] = KolmogorovSmirnov.PValueLimit(ks, SimulatedColumn.ReferenceRows, _sum.Sum()) < 0.05;
            return _alarms;
        }

        /// <summary>Feeds the look's values, in an order by lot, each as the middle of its bin; whether ADWIN cut its window.</summary>
        private bool AdwinCuts(long[] bins)
        {
            Span<double> values = stackalloc double[Values];
            var count = 0;
            for (var bin = 0; bin < bins.Length; bin++)
            {
                var above = bin == 0 ? 0 : column.Reference.Edges[bin - 1];
                var upTo = bin == bins.Length - 1 ? 1 : column.Reference.Edges[bin];
                for (var left = bins[bin]; left > 0; left--) values[count++] = (above + upTo) / 2;
            }
            var changed = false;
            for (var left = count; left > 0; left--)
            {
                var at = (int)(_order.NextDouble() * left);
                changed |= _adwin.Update(values[at]) == DetectorState.Changed;
                values[at] = values[left - 1];
            }
            return changed;
        }

        /// <summary>Over the deciles, as is usual.</summary>
        private double PopulationStabilityIndex()
        {
            var reference = column.Reference;
            Span<long> then = stackalloc long[10], now = stackalloc long[10];
            then.Clear();
            now.Clear();
            for (var bin = 0; bin < _sum.Length; bin++)
            {
                var decile = DecileOf(reference, bin);
                then[decile] += reference.Counts[bin];
                now[decile] += _sum[bin];
            }
            return HistogramDistance.PopulationStabilityIndex(then, now) ?? 0;
        }

        private static int DecileOf(NumericReference reference, int bin)
        {
            var decile = 0;
            while (bin > 0 && decile < reference.DecileEdges.Length && reference.DecileEdges[decile] <= reference.Edges[bin - 1]) decile++;
            return decile;
        }
    }
}
