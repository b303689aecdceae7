using System.Diagnostics;
using FleetMonitor.Core.Codec;

namespace FleetMonitor.Core.Estimation;

/// <summary>A non-decreasing map from a model's scores to probabilities: linear between knots, constant outside them.</summary>
/// <remarks>
/// Fitted by <see cref="IsotonicFit"/>; what it gives is what scikit-learn's IsotonicRegression(out_of_bounds="clip") gives, and so NannyML's calibrator.
/// The knot below a score is found through a table of 1,024 equal cells over the knots' range, then by bisection among the cell's own knots: O(1) where knots
/// are spread, O(log knots) at worst. 24 bytes a knot and 4 kB.
/// Invariants: knots strictly ascend, their values never descend, a calibrated score lies between the first value and the last.
/// </remarks>
public sealed class IsotonicCalibrator
{
    private const int Cells = 1_024;

    private readonly double[] _x;
    private readonly double[] _y;
    private readonly double[] _slopes;

    // For each cell how many knots lie in the cells before it.
    private readonly int[] _before = new int[Cells + 1];
    private readonly double _scale;

    /// <param name="x">Scores of the knots, ascending.</param>
    /// <param name="y">Their probabilities, not descending.</param>
    /// <param name="rows">Rows that the calibration was fitted on.</param>
    public IsotonicCalibrator(ReadOnlySpan<double> x, ReadOnlySpan<double> y, long rows)
    {
        if (x.IsEmpty || x.Length != y.Length) throw new ArgumentException("A calibration has at least one knot, and a value for each.");
        for (var knot = 1; knot < x.Length; knot++)
        {
            if (!(x[knot] > x[knot - 1]) || !(y[knot] >= y[knot - 1])) throw new ArgumentException("Knots ascend, and their values do not descend.");
        }
        (_x, _y, Rows) = (x.ToArray(), y.ToArray(), rows);
        _slopes = new double[x.Length];
        for (var knot = 0; knot + 1 < x.Length; knot++) _slopes[knot] = (y[knot + 1] - y[knot]) / (x[knot + 1] - x[knot]);
        _scale = Cells / (x[^1] - x[0]);
        for (int cell = 0, knot = 0; cell <= Cells; cell++)
        {
            while (knot < x.Length && (cell == Cells || Cell(x[knot]) < cell)) knot++;
            _before[cell] = knot;
        }
    }

    /// <summary>Scores of the knots, ascending.</summary>
    public ReadOnlySpan<double> X => _x;

    /// <summary>Probabilities at the knots.</summary>
    public ReadOnlySpan<double> Y => _y;

    /// <summary>Rows that the calibration was fitted on.</summary>
    public long Rows { get; }

    /// <summary>The probability of a score. A NaN is the caller's to leave out.</summary>
    public double Calibrate(double score)
    {
        var segment = Segment(score);
        return segment == 0 ? _y[0] : segment == _x.Length ? _y[^1] : At(segment, score);
    }

    /// <summary>The probability of every score; <paramref name="calibrated"/> may be the scores themselves.</summary>
    public void Calibrate(ReadOnlySpan<double> scores, Span<double> calibrated)
    {
        for (var row = 0; row < scores.Length; row++) calibrated[row] = Calibrate(scores[row]);
    }

    /// <summary>How many segments there are: left of the knots (0), one behind each knot but the last, and from the last knot on.</summary>
    internal int Segments => _x.Length + 1;

    /// <summary>The segment of a score: the number of knots at or below it, or 0 up to and at the first knot.</summary>
    internal int Segment(double score)
    {
        if (!(score > _x[0])) return 0;
        if (score >= _x[^1]) return _x.Length;
        var cell = Cell(score);
        int low = _before[cell], high = _before[cell + 1];
        // Knots before the cell lie below the score, those behind it above: only its own are open.
        while (low < high)
        {
            var middle = (low + high + 1) >> 1;
            if (_x[middle - 1] <= score) low = middle;
            else high = middle - 1;
        }
        return low;
    }

    /// <summary>Whether every score of a segment has the same probability.</summary>
    internal bool IsFlat(int segment) => segment == 0 || segment == _x.Length || _slopes[segment - 1] == 0;

    /// <summary>The probability of a flat segment.</summary>
    internal double ValueOf(int segment) => _y[Math.Max(0, segment - 1)];

    /// <summary>The probability of a score inside a segment that is not flat.</summary>
    internal double At(int segment, double score) => _y[segment - 1] + (_slopes[segment - 1] * (score - _x[segment - 1]));

    internal void Write(CodecWriter writer)
    {
        writer.Int64(Rows);
        writer.Varint(_x.Length);
        writer.Raw<double>(_x);
        writer.Raw<double>(_y);
    }

    internal static IsotonicCalibrator Read(ref CodecReader reader)
    {
        var rows = reader.Int64();
        var knots = reader.Length(2 * sizeof(double));
        var x = reader.Raw<double>(knots).ToArray();
        var y = reader.Raw<double>(knots).ToArray();
        try
        {
            return new IsotonicCalibrator(x, y, rows);
        }
        catch (ArgumentException exception)
        {
            throw new CodecException($"A saved calibration that is none: {exception.Message}");
        }
    }

    // Not descending in the score, which is all that the table relies on.
    private int Cell(double score)
    {
        Debug.Assert(score >= _x[0], "The table begins at the first knot.");
        return (int)Math.Min((score - _x[0]) * _scale, Cells - 1);
    }
}
