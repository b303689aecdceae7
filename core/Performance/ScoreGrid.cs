namespace FleetMonitor.Core.Performance;

/// <summary>The bins in which scores of either class are counted for the live AUROC: 200 equal ones, the outermost split at each halving down to 10⁻⁶.</summary>
/// <remarks>The live AUROC is off by at most half the share of (positive, negative) pairs that meet in one bin, which the ties ½ rule splits evenly.</remarks>
internal static class ScoreGrid
{
    private const int Even = 200;
    private static readonly double[] Edges = MakeEdges();

    public static readonly int Bins = Edges.Length + 1;

    public static int BinOf(double score)
    {
        var index = Array.BinarySearch(Edges, score);
        return index < 0 ? ~index : index;
    }

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
