using System.Diagnostics;
using System.Runtime.CompilerServices;
using FleetMonitor.Core.Statistics;

namespace FleetMonitor.Core.Estimation;

/// <summary>Yes-or-no outcomes by score: the distinct scores in ascending order, how many rows each has, and how many of them turned out true.</summary>
/// <remarks>Sorted once; a fit, an area or an error over any part of the rows is then one pass over the counts. O(n) to build, 24 bytes a row.</remarks>
internal sealed class PooledOutcomes
{
    private readonly double[] _scores;
    private readonly int[] _rows, _positives;
    private readonly int[] _placeOf;

    // Whether no two scores are so close that a fit takes them for one.
    private readonly bool _areApart = true;

    /// <param name="scores">No NaN.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public PooledOutcomes(ReadOnlySpan<double> scores, ReadOnlySpan<bool> outcomes)
    {
        Debug.Assert(scores.Length == outcomes.Length, "Scores and outcomes are columns of the same rows.");
        _placeOf = new int[scores.Length];
        _scores = new double[scores.Length];
        _rows = new int[scores.Length];
        _positives = new int[scores.Length];
        var order = new int[scores.Length];
        RadixOrder.Of(scores, order, _scores);
        var place = -1;
        for (var i = 0; i < order.Length; i++)
        {
            // Distinct scores move to the front of the sorted ones.
            if (place < 0 || _scores[i] != _scores[place])
            {
                _areApart &= place < 0 || _scores[i] - _scores[place] >= IsotonicFit.Resolution;
                _scores[++place] = _scores[i];
            }
            var row = order[i];
            _placeOf[row] = place;
            _rows[place]++;
            _positives[place] += outcomes[row] ? 1 : 0;
        }
        Count = place + 1;
    }

    /// <summary>Distinct scores.</summary>
    public int Count { get; }

    public ReadOnlySpan<double> Scores => _scores.AsSpan(0, Count);

    /// <summary>Rows of each score.</summary>
    public ReadOnlySpan<int> Rows => _rows.AsSpan(0, Count);

    /// <summary>Rows of each score that turned out true.</summary>
    public ReadOnlySpan<int> Positives => _positives.AsSpan(0, Count);

    /// <summary>Where a row's score is among the distinct ones.</summary>
    public int PlaceOf(int row) => _placeOf[row];

    /// <summary>Area under the ROC curve, ties counting ½; null with one class.</summary>
    public double? Auroc()
    {
        // Twice the pairs won: 2 for each negative below a positive, 1 for each equal one.
        long won = 0, positives = 0, negatives = 0;
        for (var i = 0; i < Count; i++)
        {
            long yes = _positives[i], no = _rows[i] - yes;
            won += yes * ((2 * negatives) + no);
            positives += yes;
            negatives += no;
        }
        return positives == 0 || negatives == 0 ? null : won / (2.0 * positives * negatives);
    }

    /// <summary>The calibration of all rows.</summary>
    public IsotonicCalibrator? Fit() => Fit(Rows, Positives);

    /// <summary>The calibration of some of the rows, by how many of each score.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public IsotonicCalibrator? Fit(ReadOnlySpan<int> rows, ReadOnlySpan<int> positives)
    {
        var fit = new IsotonicFit();
        if (_areApart) fit.AddDistinct(Scores, positives[..Count], rows[..Count]);
        else for (var i = 0; i < Count; i++) fit.Add(_scores[i], positives[i], rows[i]);
        return fit.Build();
    }
}
