namespace FleetMonitor.Benchmarks.Evidence;

/// <summary>Draws from a few outcomes in O(1), to within 2⁻³² of their probabilities (Walker 1977, Vose 1991).</summary>
internal sealed class AliasTable
{
    private readonly uint[] _keep;
    private readonly byte[] _other;

    public AliasTable(ReadOnlySpan<double> probabilities)
    {
        var n = probabilities.Length;
        _keep = new uint[n];
        _other = new byte[n];
        var scaled = new double[n];
        Stack<int> small = new(), large = new();
        for (var i = 0; i < n; i++)
        {
            scaled[i] = probabilities[i] * n;
            (scaled[i] < 1 ? small : large).Push(i);
        }
        while (small.Count > 0 && large.Count > 0)
        {
            int less = small.Pop(), more = large.Pop();
            _keep[less] = (uint)(scaled[less] * uint.MaxValue);
            _other[less] = (byte)more;
            scaled[more] -= 1 - scaled[less];
            (scaled[more] < 1 ? small : large).Push(more);
        }
        foreach (var i in small.Concat(large)) (_keep[i], _other[i]) = (uint.MaxValue, (byte)i);
    }

    /// <summary>Counts <paramref name="draws"/> draws.</summary>
    public void Count(ref SplitMix random, int draws, Span<long> counts)
    {
        for (var i = 0; i < draws; i++)
        {
            var bits = random.Next();
            var outcome = (int)((bits >> 32) * (ulong)_keep.Length >> 32);
            counts[(uint)bits < _keep[outcome] ? outcome : _other[outcome]]++;
        }
    }
}
