using FleetMonitor.Core.Evidence;
using FleetMonitor.Core.References;
using FleetMonitor.Core.Scores;

namespace FleetMonitor.Benchmarks.Evidence;

/// <summary>A column whose truth is known: a reference drawn from the uniform distribution, and values drawn from it, or from one that lies a given total variation away.</summary>
/// <remarks>Uniform without loss: bins at quantiles know a continuous distribution by its ranks only. The reference's bins come of its own sample, as live, so that its sampling error is in what is measured.</remarks>
internal sealed class SimulatedColumn
{
    public const int ReferenceRows = 5_000;
    public const double Tolerance = 0.05;
    private const double Proven = 1e12;

    private readonly double[] _truth;
    private readonly int _values;
    private readonly double _after;
    private SplitMix _random;
    private AliasTable _table;
    private long _look;

    /// <param name="values">Values of a look.</param>
    /// <param name="before">Total variation of what is drawn to the truth behind the reference; null: as far from the reference as the null goes, for an enemy who knows it.</param>
    /// <param name="change">The look from which on it is <paramref name="after"/>.</param>
    public SimulatedColumn(ulong seed, int values, double? before, long change = long.MaxValue, double after = 0)
    {
        _random = new SplitMix(seed);
        _values = values;
        Change = change;
        _after = after;
        var sample = new double[ReferenceRows];
        foreach (ref var value in sample.AsSpan()) value = _random.NextDouble();
        Reference = NumericReference.Build("x", ColumnRole.Feature, sample);
        Null = DriftNull.Of(Reference, Tolerance)!;
        _truth = new double[Reference.Counts.Length];
        for (var bin = 0; bin < _truth.Length; bin++)
        {
            var above = bin == 0 ? 0 : Reference.Edges[bin - 1];
            var upTo = bin == _truth.Length - 1 ? 1 : Reference.Edges[bin];
            _truth[bin] = Math.Clamp(upTo, 0, 1) - Math.Clamp(above, 0, 1);
        }
        if (before is null)
        {
            for (var bin = 0; bin < _truth.Length; bin++) _truth[bin] = Reference.Counts[bin] / (double)ReferenceRows;
        }
        _table = new AliasTable(Moved(before ?? Null.Radius));
        Evidence = new DriftEvidence(Null);
    }

    public NumericReference Reference { get; }

    public DriftNull Null { get; }

    public DriftEvidence Evidence { get; }

    /// <summary>The look from which on it has drifted.</summary>
    public long Change { get; }

    public bool Changed => _look >= Change;

    /// <summary>The counts of the next look over the reference's bins.</summary>
    public void Draw(Span<long> bins)
    {
        if (++_look == Change) _table = new AliasTable(Moved(_after));
        bins.Clear();
        _table.Count(ref _random, _values, bins);
    }

    /// <summary>Draws a look and takes it as evidence. Once a drift is proven beyond any threshold nothing more is drawn: it lasts, so the evidence would
    /// only grow.</summary>
    public double Look()
    {
        if (Changed && Evidence.Value >= Proven)
        {
            _look++;
            return Evidence.Value;
        }
        Span<long> bins = stackalloc long[NumericReference.MaxEdges + 1], cells = stackalloc long[DriftNull.MaxCells];
        bins = bins[.._truth.Length];
        cells = cells[..Null.Cells];
        Draw(bins);
        Null.Coarsen(bins, cells);
        Evidence.Update(cells);
        return Evidence.Value;
    }

    /// <summary>The truth with <paramref name="distance"/> of its mass taken evenly from its lower half and added to its upper half: that total variation away, and what a shift of the mean looks like.</summary>
    private double[] Moved(double distance)
    {
        var half = 0.0;
        var middle = 0;
        while (half < 0.5) half += _truth[middle++];
        var moved = new double[_truth.Length];
        for (var bin = 0; bin < moved.Length; bin++) moved[bin] = _truth[bin] * (bin < middle ? 1 - (distance / half) : 1 + (distance / (1 - half)));
        return moved;
    }
}
