using System.Diagnostics;
using System.Numerics;
using System.Runtime.InteropServices;

namespace FleetMonitor.Core.Statistics;

/// <summary>Counts values into right-closed bins: the bin of x is the number of edges below x.</summary>
/// <remarks>
/// n edges make n + 1 bins; the outer two have no outer border, so −∞ and +∞ fall into them. NaN is in no bin.
/// Up to <see cref="ScannedEdges"/> edges are compared with several values at a time, more are searched: O(values · min(edges / lanes, log edges)).
/// No allocation; no branch depends on a value but the test for NaN.
/// </remarks>
public static class Histogram
{
    /// <summary>Up to here comparing with every edge is faster than a search.</summary>
    internal const int ScannedEdges = 64;

    /// <summary>
    /// Adds each value to the count of its bin. <paramref name="edges"/> ascend; <paramref name="counts"/> has one more element than
    /// <paramref name="edges"/> and is added to, so that a sample may come in parts.
    /// </summary>
    public static void Count(ReadOnlySpan<double> values, ReadOnlySpan<double> edges, Span<long> counts)
    {
        if (counts.Length != edges.Length + 1)
            throw new ArgumentException("There is one more bin than edges.", nameof(counts));

        var scanned = 0;
        if (Vector.IsHardwareAccelerated && edges.Length <= ScannedEdges)
            scanned = Scan(values, edges, counts);
        foreach (var value in values[scanned..])
        {
            if (!double.IsNaN(value))
                counts[Bin(edges, value)]++;
        }
    }

    /// <summary>The number of edges below <paramref name="value"/>, by a binary search without branches.</summary>
    internal static int Bin(ReadOnlySpan<double> edges, double value)
    {
        var below = 0;
        var length = edges.Length;
        while (length > 0)
        {
            var half = (length + 1) >> 1;
            // A product, since a conditional sum compiles to a branch that random values mispredict.
            below += half * (edges[below + half - 1] < value ? 1 : 0);
            length -= half;
        }
        Debug.Assert(below == edges.Length || !(edges[below] < value), "Edges ascend.");
        return below;
    }

    private static int Scan(ReadOnlySpan<double> values, ReadOnlySpan<double> edges, Span<long> counts)
    {
        var vectors = MemoryMarshal.Cast<double, Vector<double>>(values);
        foreach (var value in vectors)
        {
            // A comparison that holds is −1.
            var bins = Vector<long>.Zero;
            foreach (var edge in edges)
                bins -= Vector.LessThan(new Vector<double>(edge), value);
            if (Vector.EqualsAll(value, value))
            {
                for (var lane = 0; lane < Vector<double>.Count; lane++)
                    counts[(int)bins[lane]]++;
                continue;
            }
            for (var lane = 0; lane < Vector<double>.Count; lane++)
            {
                if (!double.IsNaN(value[lane]))
                    counts[(int)bins[lane]]++;
            }
        }
        return vectors.Length * Vector<double>.Count;
    }
}
