using System.Buffers;

namespace FleetMonitor.Core.Estimation;

/// <summary>Isotonic regression of a yes-or-no outcome on a score, by pooling adjacent violators.</summary>
/// <remarks>
/// The non-decreasing function with the least squared error (Ayer, Brunk, Ewing, Reid, Silverman: An empirical distribution function for sampling with
/// incomplete information, 1955; one pass with a stack of blocks: Best, Chakravarti, 1990). Rows of one score are pooled first; a block keeps its first score
/// and its last as knots, as scikit-learn does. Means are compared as fractions of integers, so no rounding decides what is pooled.
/// O(n log n) for the sort, O(n) for the fit, at most 2³¹ rows. Feed scores in ascending order, then <see cref="Build"/>.
/// </remarks>
public sealed class IsotonicFit(int capacity = 64)
{
    /// <summary>Scores closer than this are one (scikit-learn pools within a double's resolution).</summary>
    internal const double Resolution = 1e-15;

    private Block[] _blocks = new Block[Math.Max(capacity, 1)];
    private int _count;
    private Block _tie;
    private long _rows;

    /// <summary>Fits the probability of a true outcome by score. Rows with a NaN are left out; null without any other.</summary>
    public static IsotonicCalibrator? Of(ReadOnlySpan<double> scores, ReadOnlySpan<bool> outcomes)
    {
        if (scores.Length != outcomes.Length) throw new ArgumentException("Scores and outcomes are columns of the same rows.");
        var buffer = ArrayPool<double>.Shared.Rent(scores.Length);
        try
        {
            // Positives fill the buffer from its start, negatives from its end: two sorts of plain numbers, then one merge.
            int positives = 0, negatives = scores.Length;
            for (var row = 0; row < scores.Length; row++)
            {
                if (double.IsNaN(scores[row])) continue;
                if (outcomes[row]) buffer[positives++] = scores[row];
                else buffer[--negatives] = scores[row];
            }
            Span<double> yes = buffer.AsSpan(0, positives), no = buffer.AsSpan(negatives, scores.Length - negatives);
            yes.Sort();
            no.Sort();
            var fit = new IsotonicFit();
            for (int i = 0, j = 0; i < yes.Length || j < no.Length;)
            {
                if (j == no.Length || (i < yes.Length && yes[i] <= no[j])) fit.Add(yes[i++], 1, 1);
                else fit.Add(no[j++], 0, 1);
            }
            return fit.Build();
        }
        finally
        {
            ArrayPool<double>.Shared.Return(buffer);
        }
    }

    /// <summary>Adds rows of one score, at or above those before.</summary>
    /// <param name="positives">How many of them turned out true.</param>
    /// <param name="rows">How many there are.</param>
    public void Add(double score, long positives, long rows)
    {
        if (rows == 0) return;
        _rows += rows;
        if (_tie.Rows > 0 && score - _tie.First < Resolution)
        {
            _tie.Positives += positives;
            _tie.Rows += rows;
            return;
        }
        Push();
        _tie = new Block { First = score, Last = score, Positives = positives, Rows = rows };
    }

    /// <summary>Adds the rows of many scores: what <see cref="Add"/> does one by one, in registers.</summary>
    /// <param name="scores">Ascending, at or above those before, and each at least <see cref="Resolution"/> from the last.</param>
    internal void AddDistinct(ReadOnlySpan<double> scores, ReadOnlySpan<int> positives, ReadOnlySpan<int> rows)
    {
        Push();
        var blocks = _blocks;
        var count = _count;
        for (var i = 0; i < scores.Length; i++)
        {
            var block = new Block { First = scores[i], Last = scores[i], Positives = positives[i], Rows = rows[i] };
            if (block.Rows == 0) continue;
            _rows += block.Rows;
            for (; count > 0 && blocks[count - 1].IsNotBelow(block); count--) block.TakeIn(blocks[count - 1]);
            if (count == blocks.Length) Array.Resize(ref blocks, count * 2);
            blocks[count++] = block;
        }
        (_blocks, _count) = (blocks, count);
    }

    /// <summary>The fitted map; null when nothing was added. Nothing is added afterwards.</summary>
    public IsotonicCalibrator? Build()
    {
        Push();
        if (_count == 0) return null;
        var x = new List<double>(2 * _count);
        var y = new List<double>(2 * _count);
        foreach (ref readonly var block in _blocks.AsSpan(0, _count))
        {
            var mean = (double)block.Positives / block.Rows;
            x.Add(block.First);
            y.Add(mean);
            if (block.Last == block.First) continue;
            x.Add(block.Last);
            y.Add(mean);
        }
        return new IsotonicCalibrator([.. x], [.. y], _rows);
    }

    private void Push()
    {
        if (_tie.Rows == 0) return;
        var block = _tie;
        _tie = default;
        for (; _count > 0 && _blocks[_count - 1].IsNotBelow(block); _count--) block.TakeIn(_blocks[_count - 1]);
        if (_count == _blocks.Length) Array.Resize(ref _blocks, _count * 2);
        _blocks[_count++] = block;
    }

    private struct Block
    {
        public double First, Last;
        public long Positives, Rows;

        public readonly bool IsNotBelow(in Block next) => Positives * next.Rows >= next.Positives * Rows;

        public void TakeIn(in Block before)
        {
            First = before.First;
            Positives += before.Positives;
            Rows += before.Rows;
        }
    }
}
