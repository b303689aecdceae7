using FleetMonitor.Core.Codec;
using FleetMonitor.Core.Comparisons;
using FleetMonitor.Core.Statistics;

namespace FleetMonitor.Core.Versions;

/// <summary>Count, sum and sum of squares of some numbers, in double-double arithmetic: what is taken back leaves no trace.</summary>
internal struct MeanSums
{
    private CompensatedSum _sum, _squares;

    public long Count { get; private set; }

    public readonly MeanSample Sample => MeanSample.Of(Count, _sum.Value, _squares.Value);

    /// <summary>Counts a number, or takes it back with <paramref name="sign"/> -1.</summary>
    public void Add(double value, int sign)
    {
        Count += sign;
        _sum.Add(sign * value);
        _squares.Add(sign * value * value);
        if (Count == 0) this = default;
    }

    public void Merge(in MeanSums other)
    {
        Count += other.Count;
        _sum.Merge(other._sum);
        _squares.Merge(other._squares);
    }

    public readonly void Write(CodecWriter writer)
    {
        writer.Varint((ulong)Count);
        if (Count == 0) return;
        foreach (var sum in (ReadOnlySpan<CompensatedSum>)[_sum, _squares])
        {
            writer.Double(sum.Hi);
            writer.Double(sum.Lo);
        }
    }

    public static MeanSums Read(ref CodecReader reader)
    {
        var sums = new MeanSums { Count = (long)reader.Varint() };
        if (sums.Count == 0) return sums;
        sums._sum = new(reader.Double(), reader.Double());
        sums._squares = new(reader.Double(), reader.Double());
        return sums;
    }
}
