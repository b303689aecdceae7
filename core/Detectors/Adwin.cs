using System.Diagnostics;
using System.Numerics;
using FleetMonitor.Core.Codec;

namespace FleetMonitor.Core.Detectors;

/// <summary>Adaptive windowing: a window that grows while its mean holds and drops its older part when two parts of it differ.</summary>
/// <remarks>
/// The window is an exponential histogram: rows of buckets of 1, 2, 4, … values, at most <see cref="AdwinOptions.MaxBuckets"/> of each size, with the sum and the summed squared deviation of each
/// bucket. Every <see cref="AdwinOptions.Clock"/> values each border between buckets is tried: the means of the older n₀ and the newer n₁ values differ when
/// |μ₀ − μ₁| &gt; √(2mσ²·ln(2·ln(W)/δ)) + ⅔·m·ln(2·ln(W)/δ) with m = 1/(n₀ − l + 1) + 1/(n₁ − l + 1), W the window's length, σ² its variance, l the shortest part. Then the oldest bucket is dropped, until no border differs.
/// <para>
/// Amortised O(1) a value and O(log W) a check, which discards most borders without a division; one flat array of 16 bytes a bucket: 2 kB at a million values. Bifet, Gavaldà: Learning from time-changing data with adaptive windowing, SDM 2007; as in
/// river 0.19, which leaves the newest bucket of each size on the newer side, and starts afresh after a change.
/// </para>
/// Error: a stationary stream is cut with a probability of at most δ a check (of the theorem's bound; the one above is its variance form).
/// Invariant: buckets of a row lie oldest first in a ring, and no row holds more than its maximum between updates.
/// </remarks>
public sealed class Adwin : ChangeDetector
{
    private const int FirstRows = 8;

    private readonly AdwinOptions _options;
    private readonly int _slots;
    private readonly int _full;

    // Row r's slot s is at r·slots + s: the sum, and beside it the summed squared deviation from the bucket's mean.
    private Bucket[] _buckets;
    private int[] _starts;
    private int[] _counts;
    private int _rows;
    private int _untilCheck;
    private double _width, _total, _variance;

    public Adwin(AdwinOptions? options = null)
    {
        _options = options ?? new AdwinOptions();
        _full = _options.MaxBuckets + 1;
        _slots = (int)BitOperations.RoundUpToPowerOf2((uint)_full);
        _buckets = new Bucket[FirstRows * _slots];
        _starts = new int[FirstRows];
        _counts = new int[FirstRows];
        _rows = 1;
        _untilCheck = _options.Clock;
    }

    /// <summary>Values in the window.</summary>
    public long Width => (long)_width;

    /// <summary>Sum of the window's values.</summary>
    public double Total => _total;

    /// <summary>Sum of the squared deviations of the window's values from their mean.</summary>
    public double Variance => _variance;

    /// <summary>Mean of the window; 0 while it is empty.</summary>
    public double Mean => _width == 0 ? 0 : _total / _width;

    private protected override DetectorState Next(double value)
    {
        Debug.Assert(double.IsFinite(value), "The boundary leaves out what is no number.");
        if (_width > 0)
        {
            var deviation = value - (_total / _width);
            _variance += _width * deviation * deviation / (_width + 1);
        }
        _width++;
        _total += value;
        Push(0, value, 0);
        if (_counts[0] == _full) Compress();
        if (--_untilCheck > 0) return DetectorState.Stable;
        _untilCheck = _options.Clock;
        return _width > _options.GracePeriod && Shrink() ? DetectorState.Changed : DetectorState.Stable;
    }

    private protected override void Clear()
    {
        _starts.AsSpan(0, _rows).Clear();
        _counts.AsSpan(0, _rows).Clear();
        _rows = 1;
        _untilCheck = _options.Clock;
        _width = _total = _variance = 0;
    }

    private protected override void Write(CodecWriter writer)
    {
        writer.Varint(_untilCheck);
        writer.Double(_total);
        writer.Double(_variance);
        writer.Varint(_rows);
        for (var row = 0; row < _rows; row++)
        {
            writer.Varint(_counts[row]);
            for (var k = 0; k < _counts[row]; k++)
            {
                writer.Double(At(row, k).Total);
                writer.Double(At(row, k).Variance);
            }
        }
    }

    private protected override void Read(ref CodecReader reader)
    {
        Clear();
        _untilCheck = reader.SmallInt();
        _total = reader.Double();
        _variance = reader.Double();
        _rows = reader.Length();
        if (_untilCheck < 1 || _untilCheck > _options.Clock || _rows is < 1 or > 53) throw new CodecException("A window of ADWIN that cannot be.");
        while (_counts.Length < _rows) Grow();
        for (var row = 0; row < _rows; row++)
        {
            var count = reader.Length(2 * sizeof(double));
            if (count >= _full) throw new CodecException($"A row of {count} buckets where at most {_full - 1} may be.");
            for (var k = 0; k < count; k++) Push(row, reader.Double(), reader.Double());
            _width += count * Size(row);
        }
    }

    private static double Size(int row) => 1L << row;

    private ref Bucket At(int row, int k) => ref _buckets[(row * _slots) + ((_starts[row] + k) & (_slots - 1))];

    private void Push(int row, double total, double variance) => At(row, _counts[row]++) = new Bucket(total, variance);

    private void Drop(int row, int buckets)
    {
        _starts[row] = (_starts[row] + buckets) & (_slots - 1);
        _counts[row] -= buckets;
    }

    /// <summary>Merges the two oldest buckets of each full row into one of the next.</summary>
    private void Compress()
    {
        for (var row = 0; _counts[row] == _full; row++)
        {
            if (row + 1 == _counts.Length) Grow();
            if (row + 1 == _rows) _rows++;
            ref readonly var older = ref At(row, 0);
            ref readonly var newer = ref At(row, 1);
            // n²(μ₁ − μ₂)² / 2n of two buckets of n, a power of two: scaling by it rounds nothing.
            var difference = older.Total - newer.Total;
            var between = difference * difference / (2 * Size(row));
            Push(row + 1, older.Total + newer.Total, older.Variance + newer.Variance + between);
            Drop(row, 2);
        }
    }

    /// <summary>Drops the oldest buckets while two parts of the window differ.</summary>
    private bool Shrink()
    {
        var changed = false;
        while (HasCut())
        {
            changed = true;
            DropOldest();
        }
        return changed;
    }

    private bool HasCut()
    {
        double shortest = _options.MinWindowLength, logarithm = Math.Log(2 * Math.Log(_width) / _options.Delta), spread = _variance / _width;
        double oldLength = 0, newLength = _width, oldTotal = 0, newTotal = _total;
        // With m ≥ W / n₀n₁, no border of |u₀n₁ − u₁n₀| ≤ √(2Wσ²·ln(…)·n₀n₁) can differ: most are told so without dividing. The last factor is for what rounding does.
        var bound = 2 * spread * logarithm * _width * (1 - 1e-9);
        for (var row = _rows - 1; row >= 0; row--)
        {
            var size = Size(row);
            for (var k = 0; k < _counts[row] - 1; k++)
            {
                var total = At(row, k).Total;
                oldLength += size;
                newLength -= size;
                oldTotal += total;
                newTotal -= total;
                if (newLength < shortest) return false;
                if (oldLength < shortest) continue;
                double left = oldTotal * newLength, right = newTotal * oldLength;
                var distance = Math.Abs(left - right) + (1e-15 * (Math.Abs(left) + Math.Abs(right)));
                if (distance * distance <= bound * (oldLength * newLength)) continue;
                var reciprocal = (1 / (oldLength - shortest + 1)) + (1 / (newLength - shortest + 1));
                var threshold = Math.Sqrt(2 * reciprocal * spread * logarithm) + (2.0 / 3 * logarithm * reciprocal);
                if (Math.Abs((oldTotal / oldLength) - (newTotal / newLength)) > threshold) return true;
            }
        }
        return false;
    }

    private void DropOldest()
    {
        var row = _rows - 1;
        var size = Size(row);
        var oldest = At(row, 0);
        _width -= size;
        _total -= oldest.Total;
        var deviation = (oldest.Total / size) - (_total / _width);
        _variance -= oldest.Variance + (size * _width * deviation * deviation / (size + _width));
        Drop(row, 1);
        while (_rows > 1 && _counts[_rows - 1] == 0) _starts[--_rows] = 0;
    }

    private void Grow()
    {
        var rows = _counts.Length * 2;
        Array.Resize(ref _buckets, rows * _slots);
        Array.Resize(ref _starts, rows);
        Array.Resize(ref _counts, rows);
    }

    private readonly record struct Bucket(double Total, double Variance);
}
