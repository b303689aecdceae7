using FleetMonitor.Core.Codec;
using FleetMonitor.Core.Estimation;
using FleetMonitor.Core.Performance;
using FleetMonitor.Core.Segments;
using FleetMonitor.Core.Versions;

namespace FleetMonitor.Core.Windows;

/// <summary>What happened in one stretch of event time: traffic, columns, and the performance of its predictions as their labels come in.</summary>
/// <remarks>Every event is in exactly one pane. Merging two panes adds them; nothing depends on the order of events but sums of floats, which agree to 1e-9.</remarks>
internal sealed class Pane(long start)
{
    private CounterBlock _traffic;
    private CounterBlock _columns;
    private MomentBlock _moments;
    private CounterBlock _labels;
    private CounterBlock _scoreHistograms;
    private CounterBlock _scores;
    private CounterBlock _labelledScores;

    /// <summary>Start, Unix microseconds, a multiple of its size.</summary>
    public long Start { get; } = start;

    public ref CounterBlock Traffic => ref _traffic;

    public ref CounterBlock Columns => ref _columns;

    public ref MomentBlock Moments => ref _moments;

    public ref CounterBlock Labels => ref _labels;

    public ref CounterBlock ScoreHistograms => ref _scoreHistograms;

    // Of a regression only: most panes have none.
    private RegressionSums[]? _regression;

    /// <summary>The errors of its labelled predictions, of a regression.</summary>
    public RegressionSums Regression => _regression is null ? default : _regression[0];

    /// <summary>The same, to be counted into.</summary>
    public ref RegressionSums OpenRegression() => ref (_regression ??= new RegressionSums[1])[0];

    /// <summary>Its slices; null while no row of it is in one.</summary>
    public SliceBlocks? Slices { get; set; }

    /// <summary>Its versions side by side; null while none of its predictions is of one.</summary>
    public VersionBlocks? Versions { get; set; }

    /// <summary>Whether it was taken as evidence: what comes later is no part of it.</summary>
    public bool Witnessed { get; set; }

    /// <summary>Predictions by score cell.</summary>
    public ref CounterBlock Scores => ref _scores;

    /// <summary>Labelled predictions by score cell, then the right ones among them.</summary>
    public ref CounterBlock LabelledScores => ref _labelledScores;

    /// <summary>What the hours that went into a day said of the estimate.</summary>
    public WindowVerdicts Verdicts { get; set; }

    public int Bytes =>
        96 + Traffic.Bytes + Columns.Bytes + Moments.Bytes + Labels.Bytes + ScoreHistograms.Bytes + (Slices?.Bytes ?? 0) + (Versions?.Bytes ?? 0) + Scores.Bytes + LabelledScores.Bytes;

    /// <summary>Whether its traffic, and with it most of the others, is counted into as it is.</summary>
    public bool IsOpen => Traffic.IsOpen;

    public void Pack()
    {
        Traffic.Pack();
        Columns.Pack();
        Moments.Pack();
        Labels.Pack();
        ScoreHistograms.Pack();
        Slices?.Pack();
        Versions?.Pack();
        Scores.Pack();
        LabelledScores.Pack();
    }

    /// <summary>Forgets the columns: they were counted over another reference's bins.</summary>
    public void ClearColumns()
    {
        Columns.Clear();
        Moments.Clear();
        Slices?.Columns.Clear();
    }

    /// <summary>Adds a finer pane that closed.</summary>
    public void Merge(Pane other)
    {
        MergeCounters(other);
        Verdicts = Verdicts.Then(other.Verdicts);
        if (!other.Moments.IsEmpty) other.Moments.AddTo(Moments.Open(other.Moments.Length));
        if (other._regression is not null) OpenRegression().Merge(other.Regression);
        if (other.Slices is { } slices) (Slices ??= new SliceBlocks()).Merge(slices);
        if (other.Versions is { } versions) (Versions ??= new VersionBlocks()).Merge(versions);
    }

    /// <summary>Adds what a window's totals count: whole numbers, so that the order of adding cannot be seen.</summary>
    public void MergeCounters(Pane other)
    {
        Merge(ref Traffic, other.Traffic);
        Merge(ref Columns, other.Columns);
        Merge(ref Labels, other.Labels);
        Merge(ref ScoreHistograms, other.ScoreHistograms);
        Merge(ref Scores, other.Scores);
        Merge(ref LabelledScores, other.LabelledScores);
    }

    /// <summary>Forgets labels and scores: they were of another task, or of another positive class.</summary>
    public void ClearPerformance()
    {
        Labels.Clear();
        ScoreHistograms.Clear();
        Scores.Clear();
        LabelledScores.Clear();
        Verdicts = default;
        _regression = null;
    }

    public void Write(CodecWriter writer)
    {
        writer.Int64(Start);
        Traffic.Write(writer);
        Columns.Write(writer);
        Moments.Write(writer);
        Labels.Write(writer);
        ScoreHistograms.Write(writer);
        Regression.Write(writer);
    }

    public static Pane Read(ref CodecReader reader, PaneBounds bounds)
    {
        var pane = new Pane(reader.Int64())
        {
            _traffic = CounterBlock.Read(ref reader, bounds.Traffic),
            _columns = CounterBlock.Read(ref reader, bounds.Columns),
            _moments = MomentBlock.Read(ref reader, bounds.Moments),
            _labels = CounterBlock.Read(ref reader, bounds.Labels),
            _scoreHistograms = CounterBlock.Read(ref reader, bounds.ScoreHistograms),
        };
        var regression = RegressionSums.Read(ref reader);
        if (regression.Count != 0) pane._regression = [regression];
        return pane;
    }

    public void WriteScores(CodecWriter writer)
    {
        Scores.Write(writer);
        LabelledScores.Write(writer);
        writer.Bool(Verdicts.Contradicted);
        writer.Varint(Verdicts.Agreeing);
    }

    public void ReadScores(ref CodecReader reader, PaneBounds bounds)
    {
        Scores = CounterBlock.Read(ref reader, bounds.Scores);
        LabelledScores = CounterBlock.Read(ref reader, bounds.LabelledScores);
        Verdicts = new WindowVerdicts(reader.Bool(), reader.SmallInt());
    }

    private static void Merge(ref CounterBlock into, CounterBlock from)
    {
        if (!from.IsEmpty) from.AddTo(into.Open(from.Length));
    }
}

/// <summary>How large a pane's blocks can be under a spec and reference.</summary>
internal readonly record struct PaneBounds(int Traffic, int Columns, int Moments, int Labels, int ScoreHistograms, int Scores, int LabelledScores);
