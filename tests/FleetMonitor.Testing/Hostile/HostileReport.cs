using System.Globalization;

namespace FleetMonitor.Testing.Hostile;

/// <summary>What a server made of hostile traffic.</summary>
/// <param name="Answers">How many of each kind were answered how: by a status of HTTP, of gRPC, or what became of the connection (<see cref="Http2Connection"/>).</param>
/// <param name="Errors">Answers of 5xx.</param>
/// <param name="Kept">Good items of mixed batches that were acknowledged and counted.</param>
/// <param name="PoliteSeconds">How long a polite batch took to be acknowledged, the longest last.</param>
/// <param name="Dribbled">Slow senders that the server ended.</param>
/// <param name="Memory">The server's resident bytes from hundredth to hundredth of the run; empty when nobody looked.</param>
/// <param name="Faults">What must not be: other 5xx than 503 with Retry-After, good items lost, no answer at all.</param>
public sealed record HostileReport(
    int Requests, double Seconds, IReadOnlyList<(string Kind, string Answer, int Count)> Answers, int Errors, int Kept, int Polite, int PoliteRetries, IReadOnlyList<double> PoliteSeconds, int Dribbled,
    IReadOnlyList<long> Memory, IReadOnlyList<string> Faults)
{
    /// <summary>The most that the server held in the first half of the run, and in the second, in bytes.</summary>
    public (long First, long Second) MemoryPeaks => Memory.Count < 2 ? (0, 0) : (Memory.Take(Memory.Count / 2).Max(), Memory.Skip(Memory.Count / 2).Max());

    public override string ToString()
    {
        var lines = Answers.GroupBy(a => a.Kind).Select(kind => $"  {kind.Key,-24} {string.Join("  ", kind.Select(a => $"{a.Answer}: {a.Count}"))}").ToList();
        lines.Insert(0, Text($"{Requests:N0} hostile requests in {Seconds:0.0} s ({Requests / Seconds:N0}/s), {Errors} answered 5xx, {Faults.Count} faults"));
        lines.Add(Text($"good items of mixed batches kept: {Kept:N0}, none lost or doubled unless it says so below; slow senders ended: {Dribbled}"));
        if (PoliteSeconds.Count > 0)
        {
            var (half, most) = (PoliteSeconds[PoliteSeconds.Count / 2], PoliteSeconds[PoliteSeconds.Count * 99 / 100]);
            lines.Add(Text($"polite client beside it: {Polite:N0} predictions acknowledged and counted, p50 {half * 1e3:0} ms, p99 {most * 1e3:0} ms, {PoliteRetries} retries"));
        }
        if (Memory.Count > 1) lines.Add(Text($"server's memory: at most {MemoryPeaks.First >> 20} MiB in the first half, {MemoryPeaks.Second >> 20} MiB in the second"));
        lines.AddRange(Faults.Take(20));
        return string.Join('\n', lines);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
