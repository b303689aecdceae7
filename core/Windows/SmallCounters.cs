using System.Buffers;

namespace FleetMonitor.Core.Windows;

/// <summary>Sums of at most 257 packed blocks' small counters, in 16 bits each: a quarter of what the totals would move. Its array is pooled.</summary>
internal sealed class SmallCounters : IDisposable
{
    // 257 · 255 = 65,535.
    private const int MostBlocks = ushort.MaxValue / byte.MaxValue;

    private readonly ushort[] _sums;
    private readonly int _length;
    private int _blocks;

    public SmallCounters(int length)
    {
        _length = (length + PackedCounters.Group - 1) / PackedCounters.Group * PackedCounters.Group;
        _sums = ArrayPool<ushort>.Shared.Rent(_length);
        Span.Clear();
    }

    public Span<ushort> Span => _sums.AsSpan(0, _length);

    /// <summary>Adds a block; <paramref name="totals"/> take what is wide, and now and then what was gathered.</summary>
    public void Add(CounterBlock block, Span<long> totals)
    {
        if (_blocks++ == MostBlocks)
        {
            MoveTo(totals);
            _blocks = 1;
        }
        block.AddTo(totals, Span);
    }

    public void MoveTo(Span<long> totals)
    {
        for (var i = 0; i < totals.Length; i++) totals[i] += _sums[i];
        Span.Clear();
    }

    public void Dispose() => ArrayPool<ushort>.Shared.Return(_sums);
}
