using FleetMonitor.Core.Estimation;

namespace FleetMonitor.Cli.Exact;

/// <summary>The calibration of a model's scores, one a column, and what can be estimated by it.</summary>
internal sealed class Calibration
{
    private readonly IsotonicCalibrator?[] _calibrators;
    private readonly int _rows;
    private double _offset;

    private Calibration(IsotonicCalibrator?[] calibrators, int rows)
    {
        _calibrators = calibrators;
        _rows = rows;
    }

    /// <summary>Calibrates the columns that need it.</summary>
    /// <param name="labelled">Rows with scores and labels.</param>
    public static Calibration Fit(ScoredRows labelled) => new(
        labelled.Columns == 1
            ? [ScoreCalibration.Fit(labelled.Scores, Flags(labelled.Truth))]
            : ScoreCalibration.FitMulticlass(labelled.Truth, labelled.Columns, labelled.Scores),
        labelled.Count);

    /// <summary>Calibrates every column, needed or not, and moves the accuracy to what these rows realised: labels in hand are the better witness.</summary>
    /// <remarks>A concept that turned round makes probabilities fall with the score, which no calibration follows; the accuracy does.</remarks>
    public static Calibration Refit(ScoredRows labelled)
    {
        var calibrators = new IsotonicCalibrator?[labelled.Columns];
        var scores = new double[labelled.Count];
        var outcomes = new bool[labelled.Count];
        for (var column = 0; column < calibrators.Length; column++)
        {
            for (var row = 0; row < scores.Length; row++)
            {
                scores[row] = labelled.Scores[(row * calibrators.Length) + column];
                outcomes[row] = labelled.Truth[row] == (calibrators.Length == 1 ? 1 : column);
            }
            calibrators[column] = IsotonicFit.Of(scores, outcomes);
        }
        var calibration = new Calibration(calibrators, labelled.Count);
        calibration._offset = labelled.Accuracy(0, labelled.Count)!.Value - calibration.Estimate(labelled).Accuracy!.Value;
        return calibration;
    }

    /// <summary>The estimated accuracy, with what the calibration cannot follow.</summary>
    public double? Accuracy(ScoredRows rows) => Estimate(rows).Accuracy is { } accuracy ? Math.Clamp(accuracy + _offset, 0, 1) : null;

    public EstimatedPerformance Estimate(ScoredRows rows) => _calibrators.Length == 1
        ? BinaryEstimate.Of(rows.Scores, Flags(rows.Predicted), _calibrators[0])
        : MulticlassEstimate.Of(rows.Scores, rows.Predicted, _calibrators);

    /// <summary>Whether the labels of rows bear out what is estimated of them.</summary>
    public bool Agrees(ScoredRows labelled) =>
        EstimateTrust.Agrees(Accuracy(labelled)!.Value, labelled.Accuracy(0, labelled.Count)!.Value, labelled.Count, _rows);

    /// <summary>A binary model's classes: true for the positive one.</summary>
    public static bool[] Flags(ReadOnlySpan<int> classes)
    {
        var flags = new bool[classes.Length];
        for (var row = 0; row < flags.Length; row++) flags[row] = classes[row] == 1;
        return flags;
    }
}
