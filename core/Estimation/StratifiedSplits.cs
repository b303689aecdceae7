using System.Runtime.CompilerServices;

namespace FleetMonitor.Core.Estimation;

/// <summary>Random splits that hold out a tenth of the rows, each class in its proportion: scikit-learn's StratifiedShuffleSplit, draw for draw.</summary>
/// <remarks>
/// O(rows) a split, of which a tenth moves; for the rest the generator's draws are only counted. Only which rows are held out is kept, not the order that
/// scikit-learn gives them.
/// </remarks>
internal sealed class StratifiedSplits
{
    private const double HeldOut = 0.1;

    private readonly MersenneTwister _random;
    private readonly int[][] _rowsOfClass;
    private readonly int _rows;
    private readonly int[] _order;
    private readonly int[] _heldOut;

    public StratifiedSplits(ReadOnlySpan<bool> outcomes, uint seed)
    {
        _random = new MersenneTwister(seed);
        _rows = outcomes.Length;
        List<int> no = [], yes = [];
        for (var row = 0; row < outcomes.Length; row++) (outcomes[row] ? yes : no).Add(row);
        _rowsOfClass = [[.. no], [.. yes]];
        _order = new int[Math.Max(no.Count, yes.Count)];
        _heldOut = new int[(int)Math.Ceiling(HeldOut * _rows)];
    }

    /// <summary>Rows that a split holds out.</summary>
    public int HeldOutRows => _heldOut.Length;

    /// <summary>Whether each class has rows for both sides.</summary>
    public bool Possible => _rowsOfClass.All(rows => rows.Length >= 2) && HeldOutRows >= 2 && _rows - HeldOutRows >= 2;

    /// <summary>The rows that the next split holds out, valid until the one after it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public ReadOnlySpan<int> Next()
    {
        int[] left = [.. _rowsOfClass.Select(rows => rows.Length)];
        var kept = Proportional(left, _rows - HeldOutRows);
        for (var label = 0; label < left.Length; label++) left[label] -= kept[label];
        var held = Proportional(left, HeldOutRows);
        var count = 0;
        for (var label = 0; label < left.Length; label++)
        {
            var rows = _rowsOfClass[label];
            var order = _order.AsSpan(0, rows.Length);
            for (var i = 0; i < order.Length; i++) order[i] = i;
            // Held out is what a shuffle leaves behind those that are kept.
            _random.ShuffleEnd(order, kept[label]);
            foreach (var index in order.Slice(kept[label], held[label])) _heldOut[count++] = rows[index];
        }
        // Both sides are shuffled once more there.
        _random.SkipShuffle(_rows - HeldOutRows);
        _random.SkipShuffle(HeldOutRows);
        return _heldOut.AsSpan(0, count);
    }

    /// <summary><paramref name="draws"/> in proportion to the counts, whole: what is left over goes to the largest remainders, by lot where they are equal.</summary>
    private int[] Proportional(int[] counts, int draws)
    {
        double total = counts.Sum();
        double[] exact = [.. counts.Select(count => count / total * draws)];
        int[] whole = [.. exact.Select(value => (int)Math.Floor(value))];
        var toAdd = draws - whole.Sum();
        if (toAdd <= 0) return whole;
        var (first, second) = (exact[0] - whole[0], exact[1] - whole[1]);
        if (first == second)
        {
            int[] lot = [0, 1];
            _random.Shuffle(lot);
            foreach (var label in lot.Take(toAdd)) whole[label]++;
        }
        else
        {
            whole[first > second ? 0 : 1]++;
            if (toAdd > 1) whole[first > second ? 1 : 0]++;
        }
        return whole;
    }
}
