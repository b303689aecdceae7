using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace FleetMonitor.Core.Estimation;

/// <summary>MT19937, seeded and drawn from as numpy's RandomState does, so that a shuffle here is the shuffle there.</summary>
/// <remarks>
/// Matsumoto, Nishimura: Mersenne Twister, a 623-dimensionally equidistributed uniform pseudorandom number generator, 1998. A bounded draw masks 32 bits and
/// rejects what is too large; a shuffle swaps from the end. 5 kB.
/// </remarks>
internal sealed class MersenneTwister
{
    private const int Length = 624, Middle = 397;

    private readonly uint[] _state = new uint[Length];
    private readonly uint[] _words = new uint[Length];
    private int _next = Length;

    public MersenneTwister(uint seed)
    {
        for (var i = 0; i < Length; i++)
        {
            _state[i] = seed;
            seed = (1_812_433_253u * (seed ^ (seed >> 30))) + (uint)i + 1;
        }
    }

    /// <summary>Uniform on 0…<paramref name="max"/>.</summary>
    public int Below(int max)
    {
        if (max == 0) return 0;
        var mask = Mask(max);
        while (true)
        {
            if (_next == Length) Refill();
            var value = _words[_next++] & mask;
            if (value <= (uint)max) return (int)value;
        }
    }

    public void Shuffle(Span<int> values) => ShuffleEnd(values, 0);

    /// <summary>Shuffles, but leaves those before <paramref name="settled"/> in no order: a shuffle swaps from the end, so the others have their place by
    /// then. Draws what a whole shuffle draws.</summary>
    public void ShuffleEnd(Span<int> values, int settled)
    {
        var i = values.Length - 1;
        for (; i > 0 && i >= settled; i--)
        {
            var j = Below(i);
            (values[i], values[j]) = (values[j], values[i]);
        }
        SkipShuffle(i + 1);
    }

    /// <summary>Draws what a shuffle of so many values draws.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void SkipShuffle(int count)
    {
        var i = count - 1;
        while (i > 0)
        {
            if (_next == Length) Refill();
            // While the mask is the same, a word that is accepted takes the bound down by one; counted without a branch, which could not be foreseen.
            var mask = Mask(i);
            var lower = (int)(mask >> 1);
            var next = _next;
            while (next < Length && i > lower) i -= (_words[next++] & mask) <= (uint)i ? 1 : 0;
            _next = next;
        }
    }

    private static uint Mask(int max) => uint.MaxValue >> BitOperations.LeadingZeroCount((uint)max);

    /// <summary>The next words of the generator, and what is drawn of them, many at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Refill()
    {
        // Each word rests on the next one as it was, and on one further on: as it was, or, behind the end, as it is by now.
        Twist(0, Length - Middle, Middle);
        Twist(Length - Middle, Length - 1, Middle - Length);
        _state[Length - 1] = Twisted(_state[Length - 1], _state[0], _state[Middle - 1]);
        var i = 0;
        for (; i + Vector<uint>.Count <= Length; i += Vector<uint>.Count)
        {
            var value = new Vector<uint>(_state, i);
            value ^= value >>> 11;
            value ^= (value << 7) & new Vector<uint>(0x9D2C5680);
            value ^= (value << 15) & new Vector<uint>(0xEFC60000);
            (value ^ (value >>> 18)).CopyTo(_words, i);
        }
        Debug.Assert(i == Length, "624 words are whole vectors, of whatever width.");
        _next = 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Twist(int from, int to, int distance)
    {
        var i = from;
        for (; i + Vector<uint>.Count <= to; i += Vector<uint>.Count)
        {
            var joined = (new Vector<uint>(_state, i) & new Vector<uint>(0x80000000)) | (new Vector<uint>(_state, i + 1) & new Vector<uint>(0x7FFFFFFF));
            var odd = Vector<uint>.Zero - (joined & Vector<uint>.One);
            (new Vector<uint>(_state, i + distance) ^ (joined >>> 1) ^ (odd & new Vector<uint>(0x9908B0DF))).CopyTo(_state, i);
        }
        for (; i < to; i++) _state[i] = Twisted(_state[i], _state[i + 1], _state[i + distance]);
    }

    private static uint Twisted(uint value, uint next, uint far)
    {
        var joined = (value & 0x80000000) | (next & 0x7FFFFFFF);
        return far ^ (joined >> 1) ^ ((joined & 1) == 0 ? 0 : 0x9908B0DF);
    }
}
