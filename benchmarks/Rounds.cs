using System.Diagnostics;
using System.Globalization;

namespace FleetMonitor.Benchmarks;

/// <summary>Times pieces of work in turn, round by round, and prints the median of each and of its ratio to the first: machines drift, ratios within a round do not.</summary>
internal static class Rounds
{
    /// <param name="unit">What is counted, a second.</param>
    /// <param name="work">Name, how much one call does, and the call. The first is the baseline.</param>
    public static void Compare(string title, string unit, int rounds, params (string Name, long Amount, Action Call)[] work)
    {
        var rates = work.Select(_ => new double[rounds]).ToArray();
        var allocated = new long[work.Length];
        foreach (var (_, _, call) in work) call();
        for (var round = 0; round < rounds; round++)
        {
            for (var i = 0; i < work.Length; i++)
            {
                var before = GC.GetAllocatedBytesForCurrentThread();
                var started = Stopwatch.GetTimestamp();
                work[i].Call();
                rates[i][round] = work[i].Amount / Stopwatch.GetElapsedTime(started).TotalSeconds;
                allocated[i] = GC.GetAllocatedBytesForCurrentThread() - before;
            }
        }
        Console.WriteLine(title);
        for (var i = 0; i < work.Length; i++)
        {
            var ratios = rates[i].Zip(rates[0], (rate, baseline) => rate / baseline).ToArray();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"  {work[i].Name,-44} {Short(Median(rates[i])),10} {unit,-10} x{Median(ratios),-6:0.00} {(double)allocated[i] / work[i].Amount,9:0.00} B each"));
        }
    }

    public static string Short(double value) => value switch
    {
        >= 1e6 => string.Create(CultureInfo.InvariantCulture, $"{value / 1e6:0.0} M"),
        >= 1e3 => string.Create(CultureInfo.InvariantCulture, $"{value / 1e3:0.0} k"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{value:0.0}"),
    };

    public static double Median(double[] values)
    {
        var sorted = values.Order().ToArray();
        return sorted[sorted.Length / 2];
    }
}
