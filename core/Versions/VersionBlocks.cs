using FleetMonitor.Core.Codec;
using FleetMonitor.Core.Windows;

namespace FleetMonitor.Core.Versions;

/// <summary>
/// A pane's versions: counters, squares of latencies, and a regression's absolute errors and their differences. Merging adds. About 100 bytes packed.
/// </summary>
internal sealed class VersionBlocks
{
    private CounterBlock _counts;
    private MomentBlock _latencySquares;

    public ref CounterBlock Counts => ref _counts;

    /// <summary>Σ latency², s², by slot.</summary>
    public ref MomentBlock LatencySquares => ref _latencySquares;

    /// <summary>Absolute errors of a regression: by slot, then by pair the first's less the second's. Null of a classifier.</summary>
    public MeanSums[]? Errors { get; private set; }

    public int Bytes => 96 + Counts.Bytes + LatencySquares.Bytes + ((Errors?.Length ?? 0) * 40);

    public ref MeanSums ErrorsOf(int slot) => ref (Errors ??= new MeanSums[VersionTable.MaxVersions + VersionPair.Count])[slot];

    public ref MeanSums DifferencesOf(int pair) => ref ErrorsOf(VersionTable.MaxVersions + pair);

    public void Pack()
    {
        Counts.Pack();
        LatencySquares.Pack();
    }

    public void Merge(VersionBlocks other)
    {
        if (!other.Counts.IsEmpty) other.Counts.AddTo(Counts.Open(VersionCounters.Length));
        if (!other.LatencySquares.IsEmpty) other.LatencySquares.AddTo(LatencySquares.Open(VersionTable.MaxVersions));
        for (var i = 0; i < (other.Errors?.Length ?? 0); i++) ErrorsOf(i).Merge(other.Errors![i]);
    }

    /// <summary>Forgets a version: its slot is another's from now on.</summary>
    public void Clear(int slot)
    {
        if (!Counts.IsEmpty) VersionCounters.Clear(Counts.Open(VersionCounters.Length), slot);
        if (!LatencySquares.IsEmpty) LatencySquares.Open(VersionTable.MaxVersions)[slot] = 0;
        if (Errors is null) return;
        Errors[slot] = default;
        for (var pair = 0; pair < VersionPair.Count; pair++)
        {
            if (VersionPair.All[pair].First == slot || VersionPair.All[pair].Second == slot) DifferencesOf(pair) = default;
        }
    }

    public void Write(CodecWriter writer)
    {
        Counts.Write(writer);
        LatencySquares.Write(writer);
        writer.Bool(Errors is not null);
        foreach (ref readonly var sums in Errors.AsSpan()) sums.Write(writer);
    }

    public static VersionBlocks Read(ref CodecReader reader)
    {
        var blocks = new VersionBlocks { _counts = CounterBlock.Read(ref reader, VersionCounters.Length), _latencySquares = MomentBlock.Read(ref reader, VersionTable.MaxVersions) };
        if (!reader.Bool()) return blocks;
        for (var i = 0; i < VersionTable.MaxVersions + VersionPair.Count; i++) blocks.ErrorsOf(i) = MeanSums.Read(ref reader);
        return blocks;
    }
}
