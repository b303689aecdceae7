using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using FleetMonitor.Core.References;

namespace FleetMonitor.Core.Evidence;

/// <summary>What evidence of drift speaks against: "a value's distribution over a few cells is within a total variation of the reference's".</summary>
/// <remarks>
/// Cells are unions of the reference's bins: deciles and the two ranges beyond its values for numbers, the <see cref="MaxNamed"/> most frequent categories and the rest for categories. Coarse on purpose:
/// every cell costs radius.
/// <para>The radius is the tolerance plus what the reference's own sampling can have been off by. With m values in n cells, P(total variation of sample and truth &gt; t) ≤ 2ⁿ·exp(−2·m·t²): Weissman et al.
/// 2003 for fixed cells (Hoeffding's inequality over every set of cells); for cells between quantiles of the same sample a set's true share is Beta-distributed, hence sub-Gaussian with the same constant
/// (Marchal and Arbel 2017), up to the gaps of 1/m in which the edges lie. So t = √((n·ln 2 + ln 1/δ) / 2m) + n/m with δ = 1e-9 a feature: a fleet of two million features spends 0.002 on it. Where the named
/// categories were chosen among more, ln 2ⁿ is ln of the number of such choices.</para>
/// Immutable. O(bins) to make.
/// </remarks>
public sealed class DriftNull
{
    /// <summary>Categories with a cell of their own.</summary>
    public const int MaxNamed = 9;

    /// <summary>Cells at most: ten deciles, and what lies beyond the reference on both sides.</summary>
    public const int MaxCells = 12;

    /// <summary>The probability δ, a feature, that the reference was further off than is allowed for.</summary>
    public const double Delta = 1e-9;

    private readonly double[] _shares;
    private readonly float[] _lanes = new float[MaxCells];
    private readonly byte[] _cellOfBin;

    private DriftNull(double[] shares, byte[] cellOfBin, double tolerance, long values, double logSets)
    {
        _shares = shares;
        _cellOfBin = cellOfBin;
        for (var cell = 0; cell < shares.Length; cell++) _lanes[cell] = (float)shares[cell];
        Radius = tolerance + SamplingError(values, shares.Length, logSets);
    }

    public int Cells => _shares.Length;

    /// <summary>The reference's share of each cell.</summary>
    public ReadOnlySpan<double> Shares => _shares;

    /// <summary>The shares as vectors, padded with zeros to <see cref="MaxCells"/>.</summary>
    internal ReadOnlySpan<Vector128<float>> Lanes => MemoryMarshal.Cast<float, Vector128<float>>(_lanes);

    /// <summary>Total variation to <see cref="Shares"/> up to which a distribution belongs to the null, 0 to 1 and beyond: from 1 on, everything does.</summary>
    public double Radius { get; }

    /// <summary>The null of a column; null when its reference has no value to compare with.</summary>
    /// <param name="tolerance">Total variation that does not matter, 0 to 1.</param>
    public static DriftNull? Of(ColumnReference reference, double tolerance) => reference switch
    {
        NumericReference { Edges.IsEmpty: false } numeric => Of(numeric, tolerance),
        CategoricalReference categorical when categorical.Rows > categorical.Missing => Of(categorical, tolerance),
        _ => null,
    };

    /// <summary>A null over given cells, fixed before the reference was drawn.</summary>
    public static DriftNull Of(ReadOnlySpan<long> referenceCounts, double tolerance)
    {
        Debug.Assert(referenceCounts.Length is > 0 and <= MaxCells, "Cells are few.");
        var identity = new byte[referenceCounts.Length];
        for (var cell = 0; cell < identity.Length; cell++) identity[cell] = (byte)cell;
        return Of(referenceCounts, identity, identity.Length, tolerance, identity.Length * Math.Log(2));
    }

    /// <summary>Sums counts over the reference's bins (and, for categories, the new ones behind them) into cells.</summary>
    public void Coarsen(ReadOnlySpan<long> bins, Span<long> cells)
    {
        cells.Clear();
        for (var bin = 0; bin < bins.Length; bin++) cells[CellOf(bin)] += bins[bin];
    }

    /// <summary>The cell of a bin; new categories, behind the reference's bins, are in the last one.</summary>
    public int CellOf(int bin) => bin < _cellOfBin.Length ? _cellOfBin[bin] : _shares.Length - 1;

    private static DriftNull Of(NumericReference reference, double tolerance)
    {
        // Inside, the deciles; a constant column has one. Outside, a cell on either side.
        var inner = reference.DecileEdges.Length + 1;
        var bins = reference.Counts.Length;
        var cellOfBin = new byte[bins];
        for (var bin = 1; bin < bins - 1; bin++) cellOfBin[bin] = (byte)(1 + reference.Deciles[bin]);
        cellOfBin[^1] = (byte)(inner + 1);
        return Of(reference.Counts, cellOfBin, inner + 2, tolerance, (inner + 2) * Math.Log(2));
    }

    private static DriftNull Of(CategoricalReference reference, double tolerance)
    {
        var named = Math.Min(reference.Categories.Count, MaxNamed);
        var cellOfBin = new byte[reference.Counts.Length];
        for (var bin = 0; bin < cellOfBin.Length; bin++) cellOfBin[bin] = (byte)Math.Min(bin, named);
        // Every set of cells is one of the named categories, or all but one: 2·Σ C(categories, 0 … named) ≤ 2·(e·categories/named)^named.
        var logSets = reference.Categories.Count <= named
            ? (named + 1) * Math.Log(2)
            : Math.Log(2) + (named * (1 + Math.Log((double)reference.Categories.Count / named)));
        return Of(reference.Counts, cellOfBin, named + 1, tolerance, logSets);
    }

    private static DriftNull Of(ReadOnlySpan<long> counts, byte[] cellOfBin, int cells, double tolerance, double logSets)
    {
        var shares = new double[cells];
        var total = 0L;
        for (var bin = 0; bin < counts.Length; bin++)
        {
            shares[cellOfBin[bin]] += counts[bin];
            total += counts[bin];
        }
        for (var cell = 0; cell < cells; cell++) shares[cell] /= total;
        return new DriftNull(shares, cellOfBin, tolerance, total, logSets);
    }

    private static double SamplingError(long values, int cells, double logSets) => Math.Sqrt((logSets - Math.Log(Delta)) / (2.0 * values)) + ((double)cells / values);
}
