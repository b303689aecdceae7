namespace FleetMonitor.Core.Statistics;

/// <summary>A small generator whose whole state is one number, for draws that must be the same on every replay of a log.</summary>
/// <remarks>Steele, Lea, Flood: Fast splittable pseudorandom number generators, OOPSLA 2014. Period 2⁶⁴; 8 bytes; about 1 ns a draw. Not for secrets.</remarks>
internal struct SplitMix64(ulong state)
{
    public ulong State { get; private set; } = state;

    public ulong Next()
    {
        State += 0x9E3779B97F4A7C15;
        var z = State;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>Uniform in [0, 1), a multiple of 2⁻⁵³.</summary>
    public double NextDouble() => (Next() >> 11) * (1.0 / (1UL << 53));
}
