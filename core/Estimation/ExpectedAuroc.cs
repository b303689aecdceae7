namespace FleetMonitor.Core.Estimation;

/// <summary>The area under the ROC curve that probabilities let expect: Σ p·(negatives below + ½ negatives beside) / (positives · negatives), in expected counts.</summary>
/// <remarks>
/// Rows come by ascending score, rows of one score together: the trapezoids of NannyML's estimate, without its rounding of the cumulated counts to five
/// digits, which moves it by about 1e-9. O(1) a group. A ratio of expectations, not the expectation of the ratio: they differ by O(1/n).
/// </remarks>
internal struct ExpectedAuroc
{
    private double _positives, _negatives, _wins;

    /// <summary>Adds rows of one score.</summary>
    /// <param name="positives">Sum of their probabilities.</param>
    /// <param name="rows">How many there are.</param>
    public void Add(double positives, double rows)
    {
        var negatives = rows - positives;
        _wins += positives * (_negatives + (0.5 * negatives));
        _positives += positives;
        _negatives += negatives;
    }

    /// <summary>Null where one class is not to be expected at all.</summary>
    public readonly double? Area => _positives <= 0 || _negatives <= 0 ? null : _wins / _positives / _negatives;
}
