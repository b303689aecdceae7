using FleetMonitor.Core.Codec;
using FleetMonitor.Core.Statistics;

namespace FleetMonitor.Core.Performance;

/// <summary>What a regression's metrics are made of, in double-double sums, so that a corrected label leaves no trace of the first.</summary>
internal struct RegressionSums
{
    // scikit-learn divides a percentage error by the target, or by this where the target is (nearly) 0.
    private const double SmallestTarget = 2.220446049250313e-16;

    private CompensatedSum _absolute, _squared, _relative, _target, _targetSquared;

    /// <summary>Labelled predictions.</summary>
    public long Count { get; private set; }

    /// <summary>Σ|error|.</summary>
    public readonly double AbsoluteSum => _absolute.Value;

    /// <summary>Σ error².</summary>
    public readonly double SquaredSum => _squared.Value;

    public void Add(double target, double predicted) => Apply(target, predicted, 1);

    public void Remove(double target, double predicted)
    {
        Apply(target, predicted, -1);
        if (Count == 0) this = default;
    }

    public void Merge(in RegressionSums other)
    {
        Count += other.Count;
        _absolute.Merge(other._absolute);
        _squared.Merge(other._squared);
        _relative.Merge(other._relative);
        _target.Merge(other._target);
        _targetSquared.Merge(other._targetSquared);
    }

    /// <summary>MAE, RMSE, R² and MAPE as scikit-learn defines them; R² of fewer than two labels is null, of a constant target 1 when perfect and 0 otherwise.</summary>
    public readonly RegressionPerformance Score()
    {
        if (Count == 0) return new RegressionPerformance(0, null, null, null, null);
        var mean = _target.DividedBy(Count);
        var total = _targetSquared.Value - (mean * _target.Value);
        // The difference of two large sums: below this it is rounding, and the targets are one value.
        if (total <= 1e-12 * Math.Abs(_targetSquared.Value)) total = 0;
        double? r2 = Count < 2 ? null : total > 0 ? 1 - (_squared.Value / total) : _squared.Value == 0 ? 1 : 0;
        return new RegressionPerformance(
            Count,
            Statistics.Score.OrNull(_absolute.DividedBy(Count)),
            Statistics.Score.OrNull(Math.Sqrt(Math.Max(0, _squared.DividedBy(Count)))),
            r2 is { } value ? Statistics.Score.OrNull(value) : null,
            Statistics.Score.OrNull(_relative.DividedBy(Count)));
    }

    public readonly void Write(CodecWriter writer)
    {
        writer.Varint((ulong)Count);
        if (Count == 0) return;
        foreach (var sum in (ReadOnlySpan<CompensatedSum>)[_absolute, _squared, _relative, _target, _targetSquared])
        {
            writer.Double(sum.Hi);
            writer.Double(sum.Lo);
        }
    }

    public static RegressionSums Read(ref CodecReader reader)
    {
        var sums = new RegressionSums { Count = (long)reader.Varint() };
        if (sums.Count == 0) return sums;
        sums._absolute = ReadSum(ref reader);
        sums._squared = ReadSum(ref reader);
        sums._relative = ReadSum(ref reader);
        sums._target = ReadSum(ref reader);
        sums._targetSquared = ReadSum(ref reader);
        return sums;
    }

    private void Apply(double target, double predicted, int sign)
    {
        var error = target - predicted;
        Count += sign;
        _absolute.Add(sign * Math.Abs(error));
        _squared.Add(sign * error * error);
        _relative.Add(sign * Math.Abs(error) / Math.Max(Math.Abs(target), SmallestTarget));
        _target.Add(sign * target);
        _targetSquared.Add(sign * target * target);
    }

    private static CompensatedSum ReadSum(ref CodecReader reader) => new(reader.Double(), reader.Double());
}
