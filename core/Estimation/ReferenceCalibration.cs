using FleetMonitor.Core.Codec;
using FleetMonitor.Core.Performance;

namespace FleetMonitor.Core.Estimation;

/// <summary>What a monitor keeps of its reference's calibration: a probability for each bin of the score, and what the accuracy was.</summary>
/// <remarks>
/// From a labelled reference: isotonic calibration over its rows where it is needed (<see cref="ScoreCalibration"/>), each bin then taking the mean over the
/// reference's scores in it, so that windows whose scores lie as the reference's do lose nothing to the bins. Otherwise from the first labels that come:
/// isotonic over the bins. About 5 kB. Immutable.
/// </remarks>
internal sealed class ReferenceCalibration
{
    /// <summary>Parts of a reference whose realised accuracies say how far it moves by itself.</summary>
    private const int Chunks = 10;

    private ReferenceCalibration(double[] probabilities, long[] rows, long[] positives, double deviation, PerformanceThreshold? accuracy, bool fromLabels)
    {
        (Probabilities, BinRows, BinPositives, Deviation, Accuracy, FromLabels) = (probabilities, rows, positives, deviation, accuracy, fromLabels);
        foreach (var count in rows) Rows += count;
    }

    /// <summary>Of the outcome, by bin; never descending.</summary>
    public double[] Probabilities { get; }

    /// <summary>Rows behind it, by bin.</summary>
    public long[] BinRows { get; }

    /// <summary>Those whose outcome was true.</summary>
    public long[] BinPositives { get; }

    public long Rows { get; }

    /// <summary>Standard deviation of a row's being right.</summary>
    public double Deviation { get; }

    /// <summary>Where the accuracy leaves what it was in the reference; null when there was none to cut into parts.</summary>
    public PerformanceThreshold? Accuracy { get; }

    /// <summary>Fitted on labels that came later, since the reference had none.</summary>
    public bool FromLabels { get; }

    /// <summary>Fits a labelled reference; null without a row that has a score.</summary>
    /// <param name="scores">Positive score, or probability of the predicted class; no NaN.</param>
    /// <param name="outcomes">Whether the label is positive, or the prediction right.</param>
    /// <param name="right">Whether the prediction is right.</param>
    public static ReferenceCalibration? OfReference(ReadOnlySpan<double> scores, ReadOnlySpan<bool> outcomes, ReadOnlySpan<bool> right)
    {
        if (scores.IsEmpty) return null;
        var calibrator = ScoreCalibration.Fit(scores, outcomes);
        long[] rows = new long[ScoreGrid.Bins], positives = new long[ScoreGrid.Bins];
        var probabilities = new double[ScoreGrid.Bins];
        for (var row = 0; row < scores.Length; row++)
        {
            var bin = ScoreGrid.BinOf(scores[row]);
            rows[bin]++;
            if (outcomes[row]) positives[bin]++;
            probabilities[bin] += calibrator?.Calibrate(scores[row]) ?? scores[row];
        }
        for (var bin = 0; bin < probabilities.Length; bin++)
        {
            var middle = ScoreGrid.MiddleOf(bin);
            probabilities[bin] = rows[bin] > 0 ? probabilities[bin] / rows[bin] : calibrator?.Calibrate(middle) ?? middle;
        }
        var parts = new List<double?>();
        long hits = 0;
        var size = Math.Max(1, scores.Length / Chunks);
        for (int start = 0, count = 0; start < right.Length; start++)
        {
            count += right[start] ? 1 : 0;
            if ((start + 1) % size != 0) continue;
            parts.Add((double)count / size);
            hits += count;
            count = 0;
        }
        var share = (double)hits / (parts.Count * size);
        return new ReferenceCalibration(probabilities, rows, positives, Math.Sqrt(share * (1 - share)), PerformanceThreshold.Of(parts), fromLabels: false);
    }

    /// <summary>Fits labelled predictions by cell; null without one.</summary>
    public static ReferenceCalibration? OfLabels(ReadOnlySpan<long> labelled)
    {
        long[] rows = new long[ScoreGrid.Bins], positives = new long[ScoreGrid.Bins];
        ScoreCells.AddOutcomes(labelled, rows, positives);
        if (Fit(rows, positives) is not { } probabilities) return null;
        var (_, _, realised) = CellEstimate.OfLabelled(labelled, probabilities);
        return new ReferenceCalibration(probabilities, rows, positives, Math.Sqrt(realised * (1 - realised)), null, fromLabels: true);
    }

    /// <summary>Isotonic probabilities by bin; null without a row.</summary>
    public static double[]? Fit(ReadOnlySpan<long> rows, ReadOnlySpan<long> positives)
    {
        var fit = new IsotonicFit(ScoreGrid.Bins);
        for (var bin = 0; bin < ScoreGrid.Bins; bin++) fit.Add(ScoreGrid.MiddleOf(bin), positives[bin], rows[bin]);
        if (fit.Build() is not { } calibrator) return null;
        var probabilities = new double[ScoreGrid.Bins];
        for (var bin = 0; bin < ScoreGrid.Bins; bin++) probabilities[bin] = calibrator.Calibrate(ScoreGrid.MiddleOf(bin));
        return probabilities;
    }

    public void Write(CodecWriter writer)
    {
        writer.Bool(FromLabels);
        writer.Double(Deviation);
        writer.Bool(Accuracy is not null);
        if (Accuracy is { } accuracy)
        {
            writer.Double(accuracy.Lower);
            writer.Double(accuracy.Upper);
        }
        writer.Raw<double>(Probabilities);
        for (var bin = 0; bin < ScoreGrid.Bins; bin++)
        {
            writer.Varint((ulong)BinRows[bin]);
            writer.Varint((ulong)BinPositives[bin]);
        }
    }

    public static ReferenceCalibration Read(ref CodecReader reader)
    {
        var fromLabels = reader.Bool();
        var deviation = reader.Double();
        PerformanceThreshold? accuracy = reader.Bool() ? new PerformanceThreshold(reader.Double(), reader.Double()) : null;
        var probabilities = reader.Raw<double>(ScoreGrid.Bins).ToArray();
        long[] rows = new long[ScoreGrid.Bins], positives = new long[ScoreGrid.Bins];
        for (var bin = 0; bin < ScoreGrid.Bins; bin++)
        {
            rows[bin] = (long)reader.Varint();
            positives[bin] = (long)reader.Varint();
        }
        return new ReferenceCalibration(probabilities, rows, positives, deviation, accuracy, fromLabels);
    }
}
