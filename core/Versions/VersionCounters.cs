using FleetMonitor.Core.Traffic;

namespace FleetMonitor.Core.Versions;

/// <summary>What a pane counts of each version, in integers, and behind them of each pair of versions.</summary>
internal static class VersionCounters
{
    public const int Predictions = 0, Errors = 1, LatencyCount = 2, LatencyMicros = 3, Confident = 4, ConfidenceSum = 5, ConfidenceSquares = 6, Labelled = 7, Correct = 8, PerVersion = 9;

    /// <summary>Requests that both answered and whose label is known, by who was right.</summary>
    public const int Both = 0, OnlyFirst = 1, OnlySecond = 2, Neither = 3, PerPair = 4;

    public const int Pairs = VersionTable.MaxVersions * PerVersion;

    public const int Length = Pairs + (VersionPair.Count * PerPair);

    public static ReadOnlySpan<long> Of(ReadOnlySpan<long> counters, int slot) => counters.Slice(slot * PerVersion, PerVersion);

    public static ReadOnlySpan<long> OfPair(ReadOnlySpan<long> counters, int pair) => counters.Slice(Pairs + (pair * PerPair), PerPair);

    public static void RecordTraffic(Span<long> counters, int slot, bool error, double latencySeconds, double confidence)
    {
        var own = counters.Slice(slot * PerVersion, PerVersion);
        own[Predictions]++;
        if (error) own[Errors]++;
        if (!double.IsNaN(latencySeconds))
        {
            own[LatencyCount]++;
            own[LatencyMicros] += LatencyBuckets.Micros(latencySeconds);
        }
        if (double.IsNaN(confidence)) return;
        own[Confident]++;
        own[ConfidenceSum] += FixedPoint.From(confidence);
        own[ConfidenceSquares] += FixedPoint.From(confidence * confidence);
    }

    /// <summary>Counts a labelled prediction, or takes it back with <paramref name="sign"/> -1.</summary>
    public static void RecordLabel(Span<long> counters, int slot, bool correct, int sign)
    {
        counters[(slot * PerVersion) + Labelled] += sign;
        if (correct) counters[(slot * PerVersion) + Correct] += sign;
    }

    public static void RecordPair(Span<long> counters, int pair, bool first, bool second, int sign) =>
        counters[Pairs + (pair * PerPair) + (first ? second ? Both : OnlyFirst : second ? OnlySecond : Neither)] += sign;

    /// <summary>Forgets a version: its slot is another's from now on.</summary>
    public static void Clear(Span<long> counters, int slot)
    {
        counters.Slice(slot * PerVersion, PerVersion).Clear();
        for (var pair = 0; pair < VersionPair.Count; pair++)
        {
            var (first, second) = VersionPair.All[pair];
            if (first == slot || second == slot) counters.Slice(Pairs + (pair * PerPair), PerPair).Clear();
        }
    }
}
