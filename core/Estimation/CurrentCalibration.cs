namespace FleetMonitor.Core.Estimation;

/// <summary>The calibration that the labels so far have corrected.</summary>
/// <remarks>
/// It starts as the reference's and takes in each window whose labels are complete; a window that contradicts it starts it anew, so that it follows a changed
/// concept at once and gathers evidence otherwise. The estimated accuracy is moved by what these labels realised beyond it: a concept that turned round makes
/// probabilities fall with the score, which no isotonic calibration follows. O(bins) a window; 226 bins of two counts.
/// </remarks>
internal sealed class CurrentCalibration(ReferenceCalibration reference)
{
    private readonly long[] _rows = (long[])reference.BinRows.Clone();
    private readonly long[] _positives = (long[])reference.BinPositives.Clone();
    private double[] _probabilities = reference.Probabilities;
    private double _offset;
    private long _count = reference.Rows;
    private long[]? _labelled;

    /// <summary>Takes in a window's labelled predictions, by cell.</summary>
    public void Observe(ReadOnlySpan<long> labelled)
    {
        var (rows, estimated, realised) = CellEstimate.OfLabelled(labelled, _probabilities);
        if (rows == 0) return;
        var contradicts = !EstimateTrust.Agrees(Math.Clamp(estimated + _offset, 0, 1), realised, rows, _count);
        if (contradicts)
        {
            _rows.AsSpan().Clear();
            _positives.AsSpan().Clear();
            _labelled = null;
            _count = 0;
        }
        _labelled ??= new long[labelled.Length];
        for (var i = 0; i < labelled.Length; i++) _labelled[i] += labelled[i];
        ScoreCells.AddOutcomes(labelled, _rows, _positives);
        _count += rows;
        // While windows agree, what they are compared with need not follow each of them.
        if (contradicts) Refit();
    }

    /// <summary>The estimated accuracy of predictions by cell; null without any.</summary>
    public double? Accuracy(ReadOnlySpan<long> rows)
    {
        if (_labelled is not null) Refit();
        return CellEstimate.Of(rows, _probabilities).Accuracy is { } accuracy ? Math.Clamp(accuracy + _offset, 0, 1) : null;
    }

    private void Refit()
    {
        _probabilities = ReferenceCalibration.Fit(_rows, _positives)!;
        var (_, estimated, realised) = CellEstimate.OfLabelled(_labelled, _probabilities);
        _offset = realised - estimated;
    }
}
