using FleetMonitor.Core.Codec;
using FleetMonitor.Core.Windows;

namespace FleetMonitor.Core.Performance;

/// <summary>The residuals that a regression's windows are compared with.</summary>
/// <remarks>Those of an uploaded reference that brings labels; otherwise of the first labels that join, as many as a reference is captured from. Over <see cref="ResidualBuckets"/>; a few hundred bytes once complete.</remarks>
internal sealed class ResidualBaseline
{
    /// <summary>Labels that it waits for when none is captured.</summary>
    public const int DefaultRows = 5_000;

    private CounterBlock _counts;

    /// <summary>Residuals in it.</summary>
    public long Rows { get; private set; }

    /// <summary>Whether windows are compared with it already.</summary>
    public bool Complete { get; private set; }

    public void Add(double residual, int wanted)
    {
        if (Complete) return;
        _counts.Open(ResidualBuckets.Count)[ResidualBuckets.Of(residual)]++;
        if (++Rows >= wanted) Close();
    }

    public void Close()
    {
        Complete = true;
        _counts.Pack();
    }

    public long[] Counts()
    {
        var counts = new long[ResidualBuckets.Count];
        _counts.AddTo(counts);
        return counts;
    }

    public void Write(CodecWriter writer)
    {
        writer.Int64(Rows);
        writer.Bool(Complete);
        _counts.Write(writer);
    }

    public static ResidualBaseline Read(ref CodecReader reader) =>
        new() { Rows = reader.Int64(), Complete = reader.Bool(), _counts = CounterBlock.Read(ref reader, ResidualBuckets.Count) };
}
