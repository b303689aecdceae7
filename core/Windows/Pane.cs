using FleetMonitor.Core.Codec;
using FleetMonitor.Core.Drift;
using FleetMonitor.Core.Performance;

namespace FleetMonitor.Core.Windows;

/// <summary>What happened in one stretch of event time: traffic, columns, and the performance of its predictions as their labels come in.</summary>
/// <remarks>Every event is in exactly one pane. Merging two panes adds them; nothing depends on the order of events but sums of floats, which agree to 1e-9.</remarks>
internal sealed class Pane(long start)
{
    /// <summary>Start, Unix microseconds, a multiple of its size.</summary>
    public long Start { get; } = start;

    public CounterBlock Traffic { get; private set; } = new();

    public CounterBlock Columns { get; private set; } = new();

    /// <summary>Empty, or <see cref="ColumnLayout.Moments"/> long.</summary>
    public double[] Moments { get; private set; } = [];

    public CounterBlock Labels { get; private set; } = new();

    public CounterBlock ScoreHistograms { get; private set; } = new();

    public RegressionSums Regression;

    public int Bytes => 96 + Traffic.Bytes + Columns.Bytes + (Moments.Length * sizeof(double)) + Labels.Bytes + ScoreHistograms.Bytes;

    public Span<double> OpenMoments(int length)
    {
        if (Moments.Length == 0) Moments = EmptyMoments(length);
        return Moments;
    }

    public void Pack()
    {
        Traffic.Pack();
        Columns.Pack();
        Labels.Pack();
        ScoreHistograms.Pack();
    }

    /// <summary>Forgets the columns: they were counted over another reference's bins.</summary>
    public void ClearColumns()
    {
        Columns.Clear();
        Moments = [];
    }

    /// <summary>Adds a finer pane that closed.</summary>
    public void Merge(Pane other)
    {
        Merge(Traffic, other.Traffic);
        Merge(Columns, other.Columns);
        Merge(Labels, other.Labels);
        Merge(ScoreHistograms, other.ScoreHistograms);
        if (other.Moments.Length > 0) MergeMoments(OpenMoments(other.Moments.Length), other.Moments);
        Regression.Merge(other.Regression);
    }

    public static double[] EmptyMoments(int length)
    {
        var moments = new double[length];
        for (var i = 0; i < length; i += ColumnLayout.MomentCount)
        {
            moments[i + ColumnLayout.Min] = double.PositiveInfinity;
            moments[i + ColumnLayout.Max] = double.NegativeInfinity;
        }
        return moments;
    }

    public static void MergeMoments(Span<double> into, ReadOnlySpan<double> from)
    {
        for (var i = 0; i < from.Length; i += ColumnLayout.MomentCount)
        {
            into[i + ColumnLayout.Sum] += from[i + ColumnLayout.Sum];
            into[i + ColumnLayout.SumOfSquares] += from[i + ColumnLayout.SumOfSquares];
            into[i + ColumnLayout.Min] = Math.Min(into[i + ColumnLayout.Min], from[i + ColumnLayout.Min]);
            into[i + ColumnLayout.Max] = Math.Max(into[i + ColumnLayout.Max], from[i + ColumnLayout.Max]);
            into[i + ColumnLayout.BelowRange] += from[i + ColumnLayout.BelowRange];
            into[i + ColumnLayout.AboveRange] += from[i + ColumnLayout.AboveRange];
        }
    }

    public void Write(CodecWriter writer)
    {
        writer.Int64(Start);
        Traffic.Write(writer);
        Columns.Write(writer);
        writer.Varint(Moments.Length);
        writer.Raw<double>(Moments);
        Labels.Write(writer);
        ScoreHistograms.Write(writer);
        Regression.Write(writer);
    }

    public static Pane Read(ref CodecReader reader, PaneBounds bounds)
    {
        var pane = new Pane(reader.Int64())
        {
            Traffic = CounterBlock.Read(ref reader, bounds.Traffic),
            Columns = CounterBlock.Read(ref reader, bounds.Columns),
            Moments = reader.Raw<double>(reader.Length(sizeof(double))).ToArray(),
            Labels = CounterBlock.Read(ref reader, bounds.Labels),
            ScoreHistograms = CounterBlock.Read(ref reader, bounds.ScoreHistograms),
            Regression = RegressionSums.Read(ref reader),
        };
        if (pane.Moments.Length != 0 && pane.Moments.Length != bounds.Moments) throw new CodecException($"A pane of {pane.Moments.Length} moments where {bounds.Moments} were expected.");
        return pane;
    }

    private static void Merge(CounterBlock into, CounterBlock from)
    {
        if (!from.IsEmpty) from.AddTo(into.Open(from.Length));
    }
}

/// <summary>How large a pane's blocks can be under a spec and reference.</summary>
internal readonly record struct PaneBounds(int Traffic, int Columns, int Moments, int Labels, int ScoreHistograms);
