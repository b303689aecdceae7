namespace FleetMonitor.Benchmarks.Evidence;

/// <summary>SplitMix64 (Steele, Lea and Flood 2014): a stream of numbers of its own for every simulated column, whatever thread draws them.</summary>
internal struct SplitMix(ulong seed)
{
    private ulong _state = seed * 0x9E3779B97F4A7C15;

    public ulong Next()
    {
        var z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>Uniform on [0, 1).</summary>
    public double NextDouble() => (Next() >> 11) * (1.0 / (1UL << 53));
}
