using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using FleetMonitor.Core.Codec;

namespace FleetMonitor.Core.Evidence;

/// <summary>Evidence that a column has drifted, valid whenever it is looked at: an e-process against <see cref="DriftNull"/>.</summary>
/// <remarks>
/// The capital of a gambler who starts with 1 and bets on every value against the null (Ramdas, Grünwald, Vovk and Shafer 2023, "Game-theoretic statistics and safe anytime-valid inference"). While every value's
/// distribution, given those before it, is within the null's radius, P(the capital ever reaches 1/α) ≤ α (Ville): no look spends anything, and no difference within the radius is ever evidence, however long it lasts.
/// <para>The bettors: <see cref="Levels"/> of them, the k-th believing that the next values are distributed like those of its last 2ᵏ to 2ᵏ⁺¹ looks, shrunk to the reference by <see cref="Prior"/> values, and betting by
/// <see cref="RobustBet"/>. It thinks again every 2ᵏ/8 looks. A belief inside the null does not bet, so that nothing is lost by waiting.</para>
/// <para>The start: nobody knows when drift begins, so capital is moved at look k before the bets: 1/(k+1) of the cash is handed to the bettors in equal parts, and 1/(k+1) of theirs comes back. Hence each has at
/// least 1/(Levels·k·(k+1)) to start with at look k, whatever was lost before: a mixture over all start times with the prior 1/(k(k+1)), kept in bounded state since a bettor's belief does not depend on its start.
/// While nothing is lost, cash and bettors keep half each, so that a change after half a year finds as much capital as one on the first day.</para>
/// <para>It is a supermartingale: E[payoff | past] ≤ 1 for each bettor by RobustBet's proof, applied value by value (beliefs are fixed before the look), and moving capital between pockets by a rule that knows only the
/// past changes no sum. What goes beyond <see cref="MaxCapital"/> is thrown away, which can only lower it.</para>
/// <para>It assumes nothing of how values depend on each other beyond the null's own words; a daily cycle that carries single hours beyond the radius is drift to it.</para>
/// Amortised O(cells) a look for each of five bettors that think and of all that bet, no allocation but for a bettor's first bet; 1.6 kB, and 0.1 kB for each that has bet.
/// </remarks>
public sealed class DriftEvidence
{
    /// <summary>Bettors: the longest looks back 512 to 1,024 looks.</summary>
    public const int Levels = 10;

    /// <summary>The weight of the reference in a belief, in values. Below about as many, sampling noise would look like something to bet on.</summary>
    public const int Prior = 100;

    /// <summary>Capital is not counted beyond it.</summary>
    public const double MaxCapital = 1e250;

    // Levels 0 to 3 think at every look, level 3 + i every 2ⁱ looks.
    private const int Eager = 3, Periods = Levels - Eager;

    private readonly DriftNull _null;
    private readonly double[] _capital = new double[Levels];

    // A level's window, and that part of it which will be the next one's older half, with room for the most cells: an estimate, for which float will do.
    private readonly float[] _window;
    private readonly float[] _newer;

    // What came since the levels of a period thought last.
    private readonly float[] _pending = new float[Periods * DriftNull.MaxCells];

    // What follows from a level's window until it thinks again: the logarithms of its payoffs, if it bets. Few ever do.
    private double[]?[]? _bets;
    private int _betting;
    private double _cash = 1;

    public DriftEvidence(DriftNull driftNull)
    {
        _null = driftNull;
        _window = new float[Levels * DriftNull.MaxCells];
        _newer = new float[Levels * DriftNull.MaxCells];
    }

    /// <summary>The e-value now: at most 1 in expectation while the column is within the null, at any stopping time.</summary>
    public double Value => Math.Min(MaxCapital, _cash + Sum(_capital));

    /// <summary>Looks so far; one without any value is none.</summary>
    public long Looks { get; private set; }

    /// <summary>Takes the values that came since the last look, as counts over the null's cells.</summary>
    public void Update(ReadOnlySpan<long> counts)
    {
        Debug.Assert(counts.Length == _null.Cells, "Counts are over the null's cells.");
        var values = 0L;
        foreach (var count in counts) values += count;
        if (values == 0) return;
        Looks++;
        Spread();
        for (var level = 0; level < Levels; level++)
        {
            if ((_betting >> level & 1) != 0) Bet(level, counts);
        }
        Learn(counts);
    }

    internal void Write(CodecWriter writer)
    {
        writer.Varint((ulong)Looks);
        writer.Double(_cash);
        writer.Raw<double>(_capital);
        writer.Raw<float>(_window);
        writer.Raw<float>(_newer);
        writer.Raw<float>(_pending);
    }

    internal static DriftEvidence Read(ref CodecReader reader, DriftNull driftNull)
    {
        var evidence = new DriftEvidence(driftNull) { Looks = (long)reader.Varint(), _cash = reader.Double() };
        reader.Raw<double>(Levels).CopyTo(evidence._capital);
        reader.Raw<float>(evidence._window.Length).CopyTo(evidence._window);
        reader.Raw<float>(evidence._newer.Length).CopyTo(evidence._newer);
        reader.Raw<float>(evidence._pending.Length).CopyTo(evidence._pending);
        for (var level = 0; level < Levels; level++) evidence.Think(level);
        return evidence;
    }

    /// <summary>Moves capital between cash and bettors before a look's bets.</summary>
    private void Spread()
    {
        var share = 1.0 / (Looks + 1);
        var lent = share * _cash;
        _cash += (share * Sum(_capital)) - lent;
        foreach (ref var capital in _capital.AsSpan()) capital += (lent / Levels) - (share * capital);
    }

    private void Bet(int level, ReadOnlySpan<long> counts)
    {
        var bets = _bets![level]!;
        var gain = 0.0;
        for (var cell = 0; cell < counts.Length; cell++) gain += counts[cell] == 0 ? 0 : counts[cell] * bets[cell];
        _capital[level] = Math.Min(MaxCapital, _capital[level] * Math.Exp(gain));
    }

    /// <summary>Hands a look's counts on to the levels whose time it is to think.</summary>
    private void Learn(ReadOnlySpan<long> counts)
    {
        Span<float> look = stackalloc float[DriftNull.MaxCells];
        look.Clear();
        for (var cell = 0; cell < counts.Length; cell++) look[cell] = counts[cell];
        var news = MemoryMarshal.Cast<float, Vector128<float>>(look);
        for (var period = 0; period < Periods; period++)
        {
            var pending = Cells(_pending, period);
            for (var i = 0; i < news.Length; i++) news[i] += pending[i];
            if ((Looks & ((1L << period) - 1)) != 0)
            {
                // Not yet this period's time: it keeps what it will then learn.
                news.CopyTo(pending);
                return;
            }
            pending.Clear();
            for (var level = period == 0 ? 0 : Eager + period; level <= Eager + period; level++) Learn(level, news);
        }
    }

    private void Learn(int level, ReadOnlySpan<Vector128<float>> news)
    {
        Span<Vector128<float>> window = Cells(_window, level), newer = Cells(_newer, level);
        for (var i = 0; i < news.Length; i++)
        {
            window[i] += news[i];
            newer[i] += news[i];
        }
        if ((Looks & ((1L << level) - 1)) == 0)
        {
            newer.CopyTo(window);
            newer.Clear();
        }
        Think(level);
    }

    /// <summary>What a level will bet until it thinks again: nothing while what it expects is within the null.</summary>
    private void Think(int level)
    {
        _betting &= ~(1 << level);
        var window = Cells(_window, level);
        var lanes = _null.Lanes;
        // Lanes are added in one order on every machine: the same log gives the same bytes.
        var values = InOrder(window[0] + window[1] + window[2]);
        var all = Vector128.Create(values);
        var excess = Vector128<float>.Zero;
        for (var i = 0; i < window.Length; i++) excess += Vector128.Max(Vector128<float>.Zero, window[i] - (all * lanes[i]));
        if (InOrder(excess) <= _null.Radius * (values + Prior)) return;
        var shares = _null.Shares;
        Span<double> belief = stackalloc double[DriftNull.MaxCells];
        belief = belief[..shares.Length];
        for (var cell = 0; cell < belief.Length; cell++) belief[cell] = (_window[(level * DriftNull.MaxCells) + cell] + (Prior * shares[cell])) / (values + Prior);
        _bets ??= new double[Levels][];
        if (RobustBet.TryBet(belief, shares, _null.Radius, _bets[level] ??= new double[DriftNull.MaxCells])) _betting |= 1 << level;
    }

    private static Span<Vector128<float>> Cells(float[] levels, int level) => MemoryMarshal.Cast<float, Vector128<float>>(levels.AsSpan(level * DriftNull.MaxCells, DriftNull.MaxCells));

    private static float InOrder(Vector128<float> lanes) => lanes[0] + lanes[1] + lanes[2] + lanes[3];

    private static double Sum(double[] capital)
    {
        var sum = 0.0;
        foreach (var part in capital) sum += part;
        return sum;
    }
}
