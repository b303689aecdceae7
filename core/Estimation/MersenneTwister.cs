namespace FleetMonitor.Core.Estimation;

/// <summary>MT19937, seeded and drawn from as numpy's RandomState does, so that a shuffle here is the shuffle there.</summary>
/// <remarks>
/// Matsumoto, Nishimura: Mersenne Twister, a 623-dimensionally equidistributed uniform pseudorandom number generator, 1998. A bounded draw masks 32 bits and
/// rejects what is too large; a shuffle swaps from the end. 2.5 kB.
/// </remarks>
internal sealed class MersenneTwister
{
    private const int Length = 624, Middle = 397;

    private readonly uint[] _state = new uint[Length];
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
        var mask = uint.MaxValue >> System.Numerics.BitOperations.LeadingZeroCount((uint)max);
        while (true)
        {
            var value = Next() & mask;
            if (value <= (uint)max) return (int)value;
        }
    }

    public void Shuffle(Span<int> values)
    {
        for (var i = values.Length - 1; i > 0; i--)
        {
            var j = Below(i);
            (values[i], values[j]) = (values[j], values[i]);
        }
    }

    /// <summary>Draws what a shuffle of so many values draws.</summary>
    public void SkipShuffle(int count)
    {
        for (var i = count - 1; i > 0; i--) Below(i);
    }

    private uint Next()
    {
        if (_next == Length) Refill();
        var value = _state[_next++];
        value ^= value >> 11;
        value ^= (value << 7) & 0x9D2C5680;
        value ^= (value << 15) & 0xEFC60000;
        return value ^ (value >> 18);
    }

    private void Refill()
    {
        for (var i = 0; i < Length; i++)
        {
            var joined = (_state[i] & 0x80000000) | (_state[i + 1 == Length ? 0 : i + 1] & 0x7FFFFFFF);
            var twisted = _state[i + Middle < Length ? i + Middle : i + Middle - Length] ^ (joined >> 1);
            _state[i] = (joined & 1) == 0 ? twisted : twisted ^ 0x9908B0DF;
        }
        _next = 0;
    }
}
