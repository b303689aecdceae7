using System.Diagnostics;

namespace FleetMonitor.Core.Performance;

/// <summary>The bins in which scores of either class are counted for the live AUROC: 200 equal ones, the outermost split at each halving down to 10⁻⁶.</summary>
/// <remarks>The live AUROC is off by at most half the share of (positive, negative) pairs that meet in one bin, which the ties ½ rule splits evenly.</remarks>
internal static class ScoreGrid
{
    private const int Even = 200;
    private static readonly double[] Edges = MakeEdges();

    public static readonly int Bins = Edges.Length + 1;

    // For each of 1,024 equal cells how many edges lie in the cells before it.
    private const int Cells = 1_024;
    private static readonly int[] Before = [.. Enumerable.Range(0, Cells + 1).Select(cell => Edges.Count(edge => (int)(edge * Cells) < cell))];

    /// <summary>The bin of a score of 0…1: the number of edges below it.</summary>
    public static int BinOf(double score)
    {
        Debug.Assert(score is >= 0 and <= 1, "The boundary keeps other scores out.");
        var bin = Before[(int)(score * Cells)];
        while (bin < Edges.Length && Edges[bin] < score) bin++;
        return bin;
    }

    /// <summary>The score that stands for a bin.</summary>
    public static double MiddleOf(int bin) => bin == 0 ? 0 : bin == Edges.Length ? 1 : (Edges[bin - 1] + Edges[bin]) / 2;

    private static double[] MakeEdges()
    {
        var edges = new SortedSet<double>();
        for (var i = 1; i < Even; i++) edges.Add((double)i / Even);
        for (var edge = 0.5 / Even; edge > 1e-6; edge /= 2)
        {
            edges.Add(edge);
            edges.Add(1 - edge);
        }
        edges.Add(0);
        edges.Add(Math.BitDecrement(1.0));
        return [.. edges];
    }
}
