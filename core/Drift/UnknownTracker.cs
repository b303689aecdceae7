using FleetMonitor.Core.Codec;
using FleetMonitor.Core.Scores;
using FleetMonitor.Core.Sketches;

namespace FleetMonitor.Core.Drift;

/// <summary>The categories of a column that its reference has no bin for, since the reference came into force: how many there are, and which come most.</summary>
/// <remarks>Bins of a window know the first 64 by name; this knows the frequent ones of any number. At most <see cref="Names"/> names of <see cref="MaxLength"/> characters and 2 kB; O(1) a value.</remarks>
internal sealed class UnknownTracker
{
    public const int Names = 32;

    /// <summary>Names are cut to it; how many there are is counted over the whole ones.</summary>
    public const int MaxLength = 100;

    private HeavyHitters _hitters = new(Names);
    private DistinctCounter _distinct = new();

    public UnknownCategories Report => new(
        _hitters.Total, _distinct.Estimate, _distinct.StandardError,
        [.. _hitters.Top(Names).Select(h => new UnknownCategory(h.Name, h.AtLeast, h.AtMost))]);

    public void Update(string category)
    {
        _distinct.Update(category);
        _hitters.Update(category.Length <= MaxLength ? category : string.Concat(category.AsSpan(0, MaxLength - 1), "…"));
    }

    public void Write(CodecWriter writer)
    {
        _hitters.Save(writer);
        _distinct.Save(writer);
    }

    public static UnknownTracker Read(ref CodecReader reader) => new() { _hitters = HeavyHitters.Load(ref reader), _distinct = DistinctCounter.Load(ref reader) };
}
