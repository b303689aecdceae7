using System.Diagnostics;
using FleetMonitor.Core.Codec;
using FleetMonitor.Core.Drift;
using FleetMonitor.Core.Scores;
using FleetMonitor.Core.Specs;
using FleetMonitor.Core.Statistics;

namespace FleetMonitor.Core.References;

/// <summary>A numeric column's reference: bins, moments and percentiles.</summary>
/// <remarks>
/// Right-closed bins: the bin of x is the number of <see cref="Edges"/> below x. A column of at most 48 distinct values has an edge at each, so that its live statistics are exact; others have
/// an edge at every 1/40 quantile, and four more towards each end at 1/80 to 1/640. Deciles always are edges, so that PSI, Jensen-Shannon and Hellinger over the deciles are exact live. The first bin lies below the reference's minimum and the last
/// above its maximum: both are empty in the reference. At most 63 edges, so that two steps of eight comparisons find a bin. Built in O(n log n); about 2.2 kB.
/// Missing values are left out; infinite ones are counted in the outer bins and enter neither edges nor moments.
/// </remarks>
public sealed class NumericReference : ColumnReference
{
    public const int MaxEdges = 63;
    private const int Quantiles = 40;
    private const int MaxDistinct = 48;
    private static readonly double[] Tails = [1.0 / 80, 1.0 / 160, 1.0 / 320, 1.0 / 640];

    private readonly int _edgeCount;
    private readonly long[] _counts;
    private readonly double[] _binMeans;
    private readonly double[] _decileEdges;
    private readonly double[] _percentiles;

    private NumericReference(string name, ColumnRole role, long rows, long missing, double[] edges, long[] counts, double[] binMeans, double[] decileEdges, double[] percentiles, double mean, double std, long negativeInfinite, long positiveInfinite)
        : base(name, role, rows, missing)
    {
        _edgeCount = edges.Length;
        EdgeTable = BinSearch.Table(edges);
        _counts = counts;
        _binMeans = binMeans;
        _decileEdges = decileEdges;
        _percentiles = percentiles;
        Mean = mean;
        Std = std;
        NegativeInfinite = negativeInfinite;
        PositiveInfinite = positiveInfinite;
        Deciles = new byte[edges.Length + 1];
        for (var bin = 1; bin < Deciles.Length; bin++)
        {
            Deciles[bin] = Deciles[bin - 1];
            if (Deciles[bin] < decileEdges.Length && decileEdges[Deciles[bin]] <= edges[bin - 1]) Deciles[bin]++;
        }
    }

    public override FeatureKind Kind => FeatureKind.Numeric;

    public override ReadOnlySpan<long> Counts => _counts;

    /// <summary>Ascending, distinct; empty when the reference has no finite value.</summary>
    public ReadOnlySpan<double> Edges => EdgeTable.AsSpan(0, _edgeCount);

    /// <summary>The edges, to be searched (<see cref="BinSearch"/>).</summary>
    internal double[] EdgeTable { get; }

    /// <summary>The inner deciles by <c>numpy.quantile</c>, duplicates removed: the bins of PSI, Jensen-Shannon, Hellinger and total variation.</summary>
    public ReadOnlySpan<double> DecileEdges => _decileEdges;

    /// <summary>Quantiles at 0, 0.01, …, 1; empty when there is no finite value.</summary>
    public IReadOnlyList<double> Percentiles => _percentiles;

    public double Mean { get; }

    /// <summary>Population standard deviation.</summary>
    public double Std { get; }

    public double Min => _percentiles[0];

    public double Max => _percentiles[^1];

    public long NegativeInfinite { get; }

    public long PositiveInfinite { get; }

    /// <summary>Mean of the reference's values in each bin; the upper edge where it has none.</summary>
    internal ReadOnlySpan<double> BinMeans => _binMeans;

    /// <summary>The decile that each bin belongs to.</summary>
    internal byte[] Deciles { get; }

    /// <summary>Builds the reference of a column; NaN is a missing value.</summary>
    public static NumericReference Build(string name, ColumnRole role, ReadOnlySpan<double> values)
    {
        var finite = new double[values.Length];
        int count = 0, missing = 0, negative = 0, positive = 0;
        foreach (var value in values)
        {
            if (double.IsNaN(value)) missing++;
            else if (double.IsNegativeInfinity(value)) negative++;
            else if (double.IsPositiveInfinity(value)) positive++;
            else finite[count++] = value;
        }
        Array.Sort(finite, 0, count);
        var sorted = finite.AsSpan(0, count);
        if (count == 0) return new NumericReference(name, role, values.Length, missing, [], [negative + positive], [0], [], [], 0, 0, negative, positive);

        var deciles = Statistics.Quantiles.DecileEdges(sorted);
        var edges = EdgesOf(sorted, deciles);
        var counts = new long[edges.Length + 1];
        Histogram.Count(sorted, edges, counts);
        counts[0] += negative;
        counts[^1] += positive;
        var percentiles = new double[101];
        for (var i = 0; i <= 100; i++) percentiles[i] = Statistics.Quantiles.Linear(sorted, i / 100.0);
        // A mean or deviation beyond the largest double cannot normalise anything: as if the column were constant.
        var mean = Moments.Mean(sorted) ?? 0;
        var std = Moments.PopulationStandardDeviation(sorted) ?? 0;
        return new NumericReference(name, role, values.Length, missing, edges, counts, MeansOf(sorted, edges), deciles, percentiles, mean, std, negative, positive);
    }

    private static double[] EdgesOf(ReadOnlySpan<double> sorted, double[] deciles)
    {
        var edges = new SortedSet<double>(deciles) { Math.BitDecrement(sorted[0]), sorted[^1] };
        var distinct = new List<double>();
        foreach (var value in sorted)
        {
            if (distinct.Count > 0 && distinct[^1] == value) continue;
            distinct.Add(value);
            if (distinct.Count > MaxDistinct) break;
        }
        if (distinct.Count <= MaxDistinct)
        {
            edges.UnionWith(distinct);
        }
        else
        {
            edges.UnionWith(Statistics.Quantiles.Edges(sorted, Quantiles));
            foreach (var tail in Tails)
            {
                edges.Add(Statistics.Quantiles.Linear(sorted, tail));
                edges.Add(Statistics.Quantiles.Linear(sorted, 1 - tail));
            }
        }
        edges.RemoveWhere(double.IsInfinity);
        Debug.Assert(edges.Count <= MaxEdges, "48 distinct values, 9 deciles and the lower border; or 39 quantiles, 8 in the tails and two borders.");
        return [.. edges];
    }

    private static double[] MeansOf(ReadOnlySpan<double> sorted, double[] edges)
    {
        var means = new double[edges.Length + 1];
        var next = 0;
        for (var bin = 0; bin < edges.Length; bin++)
        {
            var start = next;
            while (next < sorted.Length && sorted[next] <= edges[bin]) next++;
            means[bin] = next == start ? edges[bin] : Math.Clamp(Moments.Mean(sorted[start..next]) ?? edges[bin], sorted[start], sorted[next - 1]);
        }
        means[^1] = edges.Length == 0 ? 0 : edges[^1];
        return means;
    }

    internal override void Write(CodecWriter writer)
    {
        WriteHead(writer);
        writer.Varint(_edgeCount);
        writer.Raw(Edges);
        writer.Raw<long>(_counts);
        writer.Raw<double>(_binMeans);
        writer.Varint(_decileEdges.Length);
        writer.Raw<double>(_decileEdges);
        writer.Varint(_percentiles.Length);
        writer.Raw<double>(_percentiles);
        writer.Double(Mean);
        writer.Double(Std);
        writer.Int64(NegativeInfinite);
        writer.Int64(PositiveInfinite);
    }

    internal static NumericReference Read(ref CodecReader reader, string name, ColumnRole role, long rows, long missing)
    {
        var edges = reader.Raw<double>(reader.Length(sizeof(double))).ToArray();
        if (edges.Length > MaxEdges) throw new CodecException($"A reference of {edges.Length} edges.");
        var counts = reader.Raw<long>(edges.Length + 1).ToArray();
        var binMeans = reader.Raw<double>(edges.Length + 1).ToArray();
        var deciles = reader.Raw<double>(reader.Length(sizeof(double))).ToArray();
        var percentiles = reader.Raw<double>(reader.Length(sizeof(double))).ToArray();
        return new NumericReference(name, role, rows, missing, edges, counts, binMeans, deciles, percentiles, reader.Double(), reader.Double(), reader.Int64(), reader.Int64());
    }
}
