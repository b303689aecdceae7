using System.Diagnostics;

namespace FleetMonitor.Core.Evidence;

/// <summary>The best bet against a ball of distributions, for who believes in one outside it: what a value pays, by cell.</summary>
/// <remarks>
/// The belief q pays the likelihood ratio q/p clipped to [a, b], with b = max q(A)/(p(A)+ε) and a = min q(A)/(p(A)−ε) over sets of cells A (p(A) &gt; ε for a): Huber's robust likelihood ratio (1965), which is the
/// growth-rate optimal e-variable of the total variation ball around p, q over its reverse information projection (Grünwald, de Heide and Koolen 2024; Larsson, Ramdas and Ruf 2024).
/// <para>It is an e-variable: of any p′ within ε of p it expects at most 1. The clipping levels satisfy Σ(q−b·p)⁺ = ε·b and Σ(a·p−q)⁺ = ε·a, so that Σp·clip = 1 − ε·(b−a); and moving from p to p′ shifts a
/// payoff that lies in [a, b] by at most ε·(b−a). Where q is within the ball there is nothing to bet on: every payoff is 1.</para>
/// O(cells²), no allocation; exact to rounding.
/// </remarks>
internal static class RobustBet
{
    /// <summary>Natural logarithms of the payoffs; false, and nothing written, when the belief lies within the ball.</summary>
    /// <param name="belief">Sums to 1.</param>
    /// <param name="center">The ball's center p; sums to 1.</param>
    /// <param name="radius">The ball's radius ε in total variation.</param>
    public static bool TryBet(ReadOnlySpan<double> belief, ReadOnlySpan<double> center, double radius, Span<double> logPayoffs)
    {
        Debug.Assert(belief.Length == center.Length && center.Length <= DriftNull.MaxCells, "Both are over the same few cells.");
        var distance = 0.0;
        for (var cell = 0; cell < belief.Length; cell++) distance += Math.Max(0, belief[cell] - center[cell]);
        if (distance <= radius) return false;

        Span<int> order = stackalloc int[DriftNull.MaxCells];
        order = order[..SortByRatio(belief, center, order)];
        // The extremes over all sets are reached on the cells of the largest (smallest) ratios.
        double most = 0, least = double.PositiveInfinity;
        double q = 0, p = radius;
        foreach (var cell in order)
        {
            q += belief[cell];
            p += center[cell];
            most = Math.Max(most, q / p);
        }
        (q, p) = (0, -radius);
        for (var i = order.Length - 1; i >= 0; i--)
        {
            q += belief[order[i]];
            p += center[order[i]];
            if (p > 0) least = Math.Min(least, q / p);
        }
        if (!(most > 1 && least < 1)) return false;
        for (var cell = 0; cell < belief.Length; cell++)
        {
            // Where neither has anything, any payoff between the levels is as fair.
            var ratio = center[cell] > 0 ? belief[cell] / center[cell] : belief[cell] > 0 ? most : 1;
            logPayoffs[cell] = Math.Log(Math.Clamp(ratio, least, most));
        }
        return true;
    }

    /// <summary>Cells by falling q/p; insertion, since they are few. Those of which neither has anything have no ratio, and are left out.</summary>
    /// <returns>How many there are.</returns>
    private static int SortByRatio(ReadOnlySpan<double> belief, ReadOnlySpan<double> center, Span<int> order)
    {
        var sorted = 0;
        for (var cell = 0; cell < belief.Length; cell++)
        {
            if (belief[cell] == 0 && center[cell] == 0) continue;
            var at = sorted++;
            for (; at > 0 && belief[cell] * center[order[at - 1]] > belief[order[at - 1]] * center[cell]; at--) order[at] = order[at - 1];
            order[at] = cell;
        }
        return sorted;
    }
}
