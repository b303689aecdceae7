using System.Buffers;
using System.Runtime.CompilerServices;

namespace FleetMonitor.Core.Statistics;

/// <summary>The ascending order of a column of doubles, by radix sort: least significant digit first, stable.</summary>
/// <remarks>
/// A double's bits, its sign folded in, order as the number does. Six passes of 11 bits at most, and none for a digit that all share; O(n) in time, 24 bytes
/// a row of work space from the pool.
/// −0 comes before 0. No NaN.
/// </remarks>
internal static class RadixOrder
{
    private const int DigitBits = 11, Digits = 6, Buckets = 1 << DigitBits;

    /// <summary>Fills <paramref name="order"/> with the rows of <paramref name="values"/> in ascending order of value, and <paramref name="sorted"/> with
    /// the values in that order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Of(ReadOnlySpan<double> values, Span<int> order, Span<double> sorted)
    {
        var n = values.Length;
        ulong[] keys = ArrayPool<ulong>.Shared.Rent(n), nextKeys = ArrayPool<ulong>.Shared.Rent(n);
        var nextOrder = ArrayPool<int>.Shared.Rent(n);
        var counts = new int[Digits * Buckets];
        try
        {
            for (var row = 0; row < n; row++)
            {
                var bits = BitConverter.DoubleToUInt64Bits(values[row]);
                var key = keys[row] = bits ^ ((ulong)((long)bits >> 63) | 0x8000_0000_0000_0000);
                order[row] = row;
                for (var digit = 0; digit < Digits; digit++) counts[(digit * Buckets) + DigitOf(key, digit)]++;
            }
            Span<ulong> from = keys.AsSpan(0, n), to = nextKeys.AsSpan(0, n);
            Span<int> fromOrder = order, toOrder = nextOrder.AsSpan(0, n);
            for (var digit = 0; digit < Digits; digit++)
            {
                var starts = counts.AsSpan(digit * Buckets, Buckets);
                if (n == 0 || starts[DigitOf(from[0], digit)] == n) continue;
                var start = 0;
                foreach (ref var count in starts) (count, start) = (start, start + count);
                for (var i = 0; i < n; i++)
                {
                    var key = from[i];
                    var place = starts[DigitOf(key, digit)]++;
                    to[place] = key;
                    toOrder[place] = fromOrder[i];
                }
                var spareKeys = from;
                from = to;
                to = spareKeys;
                var spareOrder = fromOrder;
                fromOrder = toOrder;
                toOrder = spareOrder;
            }
            if (fromOrder != order) fromOrder.CopyTo(order);
            for (var i = 0; i < n; i++) sorted[i] = values[order[i]];
        }
        finally
        {
            ArrayPool<ulong>.Shared.Return(keys);
            ArrayPool<ulong>.Shared.Return(nextKeys);
            ArrayPool<int>.Shared.Return(nextOrder);
        }
    }

    private static int DigitOf(ulong key, int digit) => (int)(key >> (digit * DigitBits)) & (Buckets - 1);
}
