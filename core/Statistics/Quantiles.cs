using System.Diagnostics;

namespace FleetMonitor.Core.Statistics;

/// <summary>Exact quantiles of a sorted sample, interpolated linearly as <c>numpy.quantile</c> does, and bin edges made of them.</summary>
/// <remarks>
/// The quantile q of n values lies at the position q·(n − 1); between two neighbours a and b it is a + (b − a)·t below the middle and
/// b − (b − a)·(1 − t) from it on, which is numpy's formula to the last bit (Hyndman and Fan, 1996, type 7). O(1) a quantile, no allocation.
/// The sample may hold ±∞ but no NaN. A quantile strictly between a finite and an infinite value is the infinite one;
/// between −∞ and +∞ it is the nearer one. No result is ever NaN.
/// </remarks>
public static class Quantiles
{
    /// <summary>The quantile <paramref name="q"/> (0 to 1) of a non-empty sample in ascending order.</summary>
    public static double Linear(ReadOnlySpan<double> sorted, double q)
    {
        if (sorted.IsEmpty)
            throw new ArgumentException("A quantile needs at least one value.", nameof(sorted));
        if (q is not (>= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(q), q, "A quantile lies between 0 and 1.");
        Debug.Assert(!double.IsNaN(sorted[0]) && !double.IsNaN(sorted[^1]), "The boundary counts NaN as missing.");

        var position = q * (sorted.Length - 1);
        var below = (int)position;
        return below >= sorted.Length - 1 ? sorted[^1] : Interpolate(sorted[below], sorted[below + 1], position - below);
    }

    /// <summary>The inner deciles, k/10 for k = 1…9, ascending, duplicates removed: at most nine edges of at most ten bins. None of an empty sample.</summary>
    public static double[] DecileEdges(ReadOnlySpan<double> sorted) => Edges(sorted, 10);

    /// <summary>The quantiles i/<paramref name="k"/> for i = 1…k − 1, ascending, duplicates removed. None of an empty sample.</summary>
    public static double[] Edges(ReadOnlySpan<double> sorted, int k)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        if (sorted.IsEmpty)
            return [];

        var edges = new double[k - 1];
        var count = 0;
        for (var i = 1; i < k; i++)
        {
            var edge = Linear(sorted, (double)i / k);
            if (count == 0 || edge > edges[count - 1])
                edges[count++] = edge;
        }
        return edges[..count];
    }

    private static double Interpolate(double a, double b, double t)
    {
        if (t == 0 || a == b)
            return a;
        var span = b - a;
        if (double.IsFinite(span))
            return t < 0.5 ? a + span * t : b - span * (1 - t);
        // Two finite neighbours further apart than the largest double.
        if (double.IsFinite(a) && double.IsFinite(b))
            return a * (1 - t) + b * t;
        if (double.IsFinite(a))
            return b;
        return double.IsFinite(b) || t < 0.5 ? a : b;
    }
}
