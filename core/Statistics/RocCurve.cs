using System.Buffers;

namespace FleetMonitor.Core.Statistics;

/// <summary>Area under the ROC curve: the probability that a positive row scores above a negative one, ties counting ½ (Mann-Whitney).</summary>
/// <remarks>Counted in integers over both sides, sorted: exact but for the last division. O(n log n), work space from the pool.</remarks>
internal static class RocCurve
{
    /// <summary>Null with one class. Rows without a score (NaN) are left out.</summary>
    public static double? Area(ReadOnlySpan<bool> truth, ReadOnlySpan<double> score)
    {
        var buffer = ArrayPool<double>.Shared.Rent(score.Length);
        try
        {
            // Positives fill the buffer from its start, negatives from its end.
            int positives = 0, negatives = score.Length;
            for (var row = 0; row < score.Length; row++)
            {
                if (double.IsNaN(score[row]))
                    continue;
                if (truth[row])
                    buffer[positives++] = score[row];
                else
                    buffer[--negatives] = score[row];
            }
            return Area(buffer.AsSpan(0, positives), buffer.AsSpan(negatives, score.Length - negatives));
        }
        finally
        {
            ArrayPool<double>.Shared.Return(buffer);
        }
    }

    private static double? Area(Span<double> positives, Span<double> negatives)
    {
        if (positives.IsEmpty || negatives.IsEmpty)
            return null;

        positives.Sort();
        negatives.Sort();
        // Twice the pairs won: 2 for each negative below a positive, 1 for each equal one.
        long won = 0;
        int below = 0, notAbove = 0;
        foreach (var positive in positives)
        {
            while (below < negatives.Length && negatives[below] < positive)
                below++;
            while (notAbove < negatives.Length && negatives[notAbove] <= positive)
                notAbove++;
            won += below + notAbove;
        }
        return won / (2.0 * positives.Length * negatives.Length);
    }
}
