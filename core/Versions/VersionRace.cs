using FleetMonitor.Core.Codec;
using FleetMonitor.Core.Comparisons;

namespace FleetMonitor.Core.Versions;

/// <summary>
/// All that two versions' labelled answers have shown since both were there: what a comparison at any time rests on, whatever panes are still kept.
/// </summary>
internal struct VersionRace
{
    /// <summary>Event time from which both were there.</summary>
    public long Since;

    public PairedCounts Pairs;

    public long FirstRight, First, SecondRight, Second;

    /// <summary>Absolute errors of a regression, and the first's less the second's to the same requests.</summary>
    public MeanSums FirstErrors, SecondErrors, Differences;

    public void Answered(bool isFirst, bool correct, int sign)
    {
        if (isFirst) (First, FirstRight) = (First + sign, FirstRight + (correct ? sign : 0));
        else (Second, SecondRight) = (Second + sign, SecondRight + (correct ? sign : 0));
    }

    public void BothAnswered(bool first, bool second, int sign) => Pairs = (first, second) switch
    {
        (true, true) => Pairs with { Both = Pairs.Both + sign },
        (true, false) => Pairs with { OnlyFirst = Pairs.OnlyFirst + sign },
        (false, true) => Pairs with { OnlySecond = Pairs.OnlySecond + sign },
        _ => Pairs with { Neither = Pairs.Neither + sign },
    };

    public readonly void Write(CodecWriter writer)
    {
        foreach (var value in (ReadOnlySpan<long>)[Since, Pairs.Both, Pairs.OnlyFirst, Pairs.OnlySecond, Pairs.Neither, FirstRight, First, SecondRight, Second]) writer.Int64(value);
        FirstErrors.Write(writer);
        SecondErrors.Write(writer);
        Differences.Write(writer);
    }

    public static VersionRace Read(ref CodecReader reader) => new()
    {
        Since = reader.Int64(),
        Pairs = new PairedCounts(reader.Int64(), reader.Int64(), reader.Int64(), reader.Int64()),
        FirstRight = reader.Int64(),
        First = reader.Int64(),
        SecondRight = reader.Int64(),
        Second = reader.Int64(),
        FirstErrors = MeanSums.Read(ref reader),
        SecondErrors = MeanSums.Read(ref reader),
        Differences = MeanSums.Read(ref reader),
    };
}
