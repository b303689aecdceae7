using FleetMonitor.Core.Codec;

namespace FleetMonitor.Core.Windows;

/// <summary>A model's panes: an hour of minutes, then hours, then days.</summary>
/// <remarks>
/// An event goes into the finest pane still kept for its time. A pane that leaves its tier is merged into the next, so an event is counted once and a sliding window is the sum of the panes
/// that start inside it. Panes are closed by arrival times only (<see cref="Advance"/>): reading never changes them. Memory: at most 61 + 49 + 32 panes, and sums of 3 + 6 runs of them.
/// </remarks>
internal sealed class PaneStore
{
    /// <summary>Minutes kept as such.</summary>
    public const int MinutePanes = 60;

    /// <summary>How long after its end a minute stays open for stragglers.</summary>
    private const long Straggling = 15 * UnixTime.Second;

    /// <summary>Panes behind them that stay open for more of their events: each is 10 kB with 20 features, until it is packed.</summary>
    private const int MostOpen = 8;

    private static readonly long[] Sizes = [UnixTime.Minute, UnixTime.Hour, UnixTime.Day];

    /// <summary>Closed panes whose counters are added up once for all scores: long runs of minutes save most additions for the fewest bytes.</summary>
    private static readonly long[] Runs = [16 * UnixTime.Minute, 8 * UnixTime.Hour];

    private readonly SortedList<long, Pane>[] _tiers = [new(), new(), new()];

    // The sums of runs, by where these start: made by a score, forgotten when a pane of theirs may change. They follow from the panes.
    private readonly Dictionary<long, Pane>[] _sums = [new(), new()];
    private readonly int[] _kept;

    // Where each tier begins at the earliest: what lies before was merged, or dropped, under shorter windows.
    private readonly long[] _since = new long[Sizes.Length];

    // The minute that was found last; follows from the panes.
    private Pane? _recent;

    // Whether a pane behind those was found since they were packed.
    private bool _reachedBack;

    /// <param name="windows">The spec's windows: hours and days are kept for the longest of each kind, at least 24 and 7.</param>
    public PaneStore(IEnumerable<TimeSpan> windows)
    {
        _kept = [MinutePanes, 24, 7];
        foreach (var window in windows)
        {
            var (tier, panes) = Span(window);
            _kept[tier] = Math.Max(_kept[tier], panes);
        }
    }

    /// <summary>The latest arrival: what panes are closed by.</summary>
    public long Watermark { get; private set; }

    public int Count => _tiers.Sum(t => t.Count);

    public int Bytes => _tiers.Sum(t => t.Values.Sum(p => p.Bytes)) + _sums.Sum(t => t.Values.Sum(s => s.Bytes));

    /// <summary>The tier whose panes fill <paramref name="window"/>, and how many do.</summary>
    public static (int Tier, int Panes) Span(TimeSpan window)
    {
        var micros = UnixTime.From(window);
        var tier = micros <= UnixTime.Hour ? 0 : micros % UnixTime.Day == 0 && micros > 2 * UnixTime.Day ? 2 : 1;
        return (tier, (int)(micros / Sizes[tier]));
    }

    /// <summary>Where a window begins that is asked for at <paramref name="now"/>: its newest pane is the one that holds now.</summary>
    public static long WindowStart(TimeSpan window, long now)
    {
        var (tier, panes) = Span(window);
        return UnixTime.Floor(now, Sizes[tier]) - ((panes - 1) * Sizes[tier]);
    }

    /// <summary>The pane for an event at <paramref name="time"/>, made if need be; null when its time is older than all that is kept.</summary>
    public Pane? Find(long time, bool create)
    {
        // Rows that follow each other are mostly of one minute. Nothing leaves a tier but in Advance.
        if (_recent is { } recent && time >= recent.Start && time < recent.Start + UnixTime.Minute) return recent;
        for (var tier = 0; tier < Sizes.Length; tier++)
        {
            var start = UnixTime.Floor(time, Sizes[tier]);
            if (start < Beginning(tier)) continue;
            if (!_tiers[tier].TryGetValue(start, out var pane))
            {
                if (!create) return null;
                pane = new Pane(start);
                _tiers[tier].Add(start, pane);
            }
            if (tier == 0) _recent = pane;
            _reachedBack |= start < OpenFrom;
            ForgetSum(tier, start);
            return pane;
        }
        return null;
    }

    /// <summary>Moves the watermark to an arrival; closes, packs and merges what it leaves behind. An earlier arrival changes nothing.</summary>
    /// <param name="leaving">Told of each pane and its size before it leaves its tier.</param>
    public void Advance(long arrival, Action<Pane, long>? leaving = null)
    {
        if (arrival <= Watermark) return;
        var before = Watermark;
        Watermark = arrival;
        if (UnixTime.Floor(arrival, UnixTime.Minute) > UnixTime.Floor(before, UnixTime.Minute)) Close(leaving);
        if (UnixTime.Floor(arrival, Straggling) > UnixTime.Floor(before, Straggling)) PackClosed();
    }

    /// <summary>Packs every pane but the newest minute, and the one before it while stragglers are to be expected: another form of the same panes. A later one opens its pane again.</summary>
    public void PackClosed() => PackBefore(OpenFrom);

    /// <summary>The same, once more than <see cref="MostOpen"/> of them are open: a batch of past events must not leave an hour of open panes behind.</summary>
    public void PackMany()
    {
        if (!_reachedBack) return;
        var (closed, open) = (OpenFrom, 0);
        foreach (var panes in _tiers)
        {
            foreach (var pane in panes.Values)
            {
                if (pane.Start < closed && pane.IsOpen) open++;
            }
        }
        if (open > MostOpen) PackClosed();
    }

    /// <summary>Packs every pane.</summary>
    public void PackAll() => PackBefore(long.MaxValue);

    /// <summary>When <see cref="WindowStart"/> first lies behind the pane that starts at <paramref name="start"/>.</summary>
    public static long LeavesWindow(TimeSpan window, long start)
    {
        var (tier, panes) = Span(window);
        return UnixTime.Floor(start + ((panes - 1) * Sizes[tier]), Sizes[tier]) + Sizes[tier];
    }

    /// <summary>The panes of every tier that start at or after <paramref name="from"/> and before <paramref name="to"/>.</summary>
    public IEnumerable<Pane> Between(long from, long to)
    {
        foreach (var panes in _tiers)
        {
            foreach (var pane in panes.Values)
            {
                if (pane.Start >= from && pane.Start < to) yield return pane;
            }
        }
    }

    /// <summary>The sum of the panes that start at or after <paramref name="from"/> and before <paramref name="to"/>.</summary>
    public WindowTotals Totals(long from, long to, PaneBounds bounds) => new(Between(from, to), Summed(from, to), bounds);

    /// <summary>Whether events of the step of <paramref name="size"/> at <paramref name="start"/> are kept in panes no wider than it.</summary>
    public bool AtLeastAsFine(long start, long size) => start >= Beginning(Array.IndexOf(Sizes, size));

    /// <summary>The panes of a minute, oldest first.</summary>
    public IList<Pane> Minutes => _tiers[0].Values;

    /// <summary>Every pane with its size, the oldest first: wider panes are the older ones.</summary>
    public IEnumerable<(Pane Pane, long Size)> OldestFirst()
    {
        for (var tier = Sizes.Length - 1; tier >= 0; tier--)
        {
            foreach (var pane in _tiers[tier].Values) yield return (pane, Sizes[tier]);
        }
    }

    public IEnumerable<Pane> All() => _tiers.SelectMany(t => t.Values);

    /// <inheritdoc cref="Pane.ClearColumns"/>
    public void ClearColumns()
    {
        foreach (var sums in _sums) sums.Clear();
        foreach (var pane in All()) pane.ClearColumns();
    }

    /// <inheritdoc cref="Pane.ClearPerformance"/>
    public void ClearPerformance()
    {
        foreach (var sums in _sums) sums.Clear();
        foreach (var pane in All()) pane.ClearPerformance();
    }

    public void Write(CodecWriter writer)
    {
        writer.Int64(Watermark);
        foreach (var panes in _tiers)
        {
            writer.Varint(panes.Count);
            foreach (var pane in panes.Values) pane.Write(writer);
        }
    }

    public static PaneStore Read(ref CodecReader reader, IEnumerable<TimeSpan> windows, PaneBounds bounds)
    {
        var store = new PaneStore(windows) { Watermark = reader.Int64() };
        foreach (var panes in store._tiers)
        {
            for (var count = reader.Length(); count > 0; count--)
            {
                var pane = Pane.Read(ref reader, bounds);
                panes.Add(pane.Start, pane);
            }
        }
        return store;
    }

    /// <summary>Whether some of what the windows would keep was merged or dropped before they were as long: then <see cref="WriteBeginnings"/> has something to say.</summary>
    public bool BeginsLate => Enumerable.Range(0, Sizes.Length).Any(tier => _since[tier] > OldestKept(tier));

    public void WriteBeginnings(CodecWriter writer)
    {
        foreach (var since in _since) writer.Int64(since);
    }

    public void ReadBeginnings(ref CodecReader reader)
    {
        foreach (ref var since in _since.AsSpan()) since = reader.Int64();
    }

    /// <summary>The same panes under other windows.</summary>
    public PaneStore With(IEnumerable<TimeSpan> windows)
    {
        var store = new PaneStore(windows) { Watermark = Watermark };
        for (var tier = 0; tier < Sizes.Length; tier++)
        {
            store._since[tier] = Beginning(tier);
            foreach (var (start, pane) in _tiers[tier]) store._tiers[tier].Add(start, pane);
        }
        return store;
    }

    /// <summary>Where the minutes begin that events are still expected of.</summary>
    private long OpenFrom => UnixTime.Floor(Watermark - Straggling, UnixTime.Minute);

    private long OldestKept(int tier) => UnixTime.Floor(Watermark, Sizes[tier]) - ((_kept[tier] - 1) * Sizes[tier]);

    /// <summary>The oldest time of which a tier has a pane, or may be given one: a time that is in a wider pane already stays there.</summary>
    private long Beginning(int tier) => Math.Max(OldestKept(tier), _since[tier]);

    private void Close(Action<Pane, long>? leaving)
    {
        _recent = null;
        for (var tier = 0; tier < Sizes.Length; tier++)
        {
            var panes = _tiers[tier];
            while (panes.Count > 0 && panes.GetKeyAtIndex(0) < OldestKept(tier))
            {
                var pane = panes.GetValueAtIndex(0);
                leaving?.Invoke(pane, Sizes[tier]);
                panes.RemoveAt(0);
                ForgetSum(tier, pane.Start);
                if (tier + 1 < Sizes.Length) Into(tier + 1, pane);
            }
        }
    }

    private void PackBefore(long start)
    {
        _reachedBack = false;
        foreach (var panes in _tiers)
        {
            foreach (var pane in panes.Values)
            {
                if (pane.Start < start) pane.Pack();
            }
        }
    }

    private void Into(int tier, Pane pane)
    {
        var start = UnixTime.Floor(pane.Start, Sizes[tier]);
        if (!_tiers[tier].TryGetValue(start, out var wider))
        {
            wider = new Pane(start);
            _tiers[tier].Add(start, wider);
        }
        wider.Merge(pane);
        ForgetSum(tier, start);
    }

    /// <summary>Panes with the same counters in sum as those <see cref="Between"/>, and fewer of them: closed runs come as one.</summary>
    private IEnumerable<Pane> Summed(long from, long to)
    {
        for (var tier = 0; tier < Sizes.Length; tier++)
        {
            var panes = _tiers[tier].Values;
            for (int first = FirstFrom(panes, from), next; first < panes.Count && panes[first].Start < to; first = next)
            {
                next = first + 1;
                if (tier < Runs.Length)
                {
                    var run = UnixTime.Floor(panes[first].Start, Runs[tier]);
                    while (next < panes.Count && panes[next].Start < Math.Min(run + Runs[tier], to)) next++;
                    if (run >= from && run + Runs[tier] <= Math.Min(to, ClosedBefore(tier)) && SumOf(tier, run, first, next) is { } sum)
                    {
                        yield return sum;
                        continue;
                    }
                }
                for (var i = first; i < next; i++) yield return panes[i];
            }
        }
    }

    /// <summary>The sum of a run's panes; null while one of them is open, since the next event would change it.</summary>
    private Pane? SumOf(int tier, long run, int first, int next)
    {
        if (_sums[tier].TryGetValue(run, out var sum)) return sum;
        var panes = _tiers[tier].Values;
        for (var i = first; i < next; i++)
        {
            if (panes[i].IsOpen) return null;
        }
        sum = new Pane(run);
        for (var i = first; i < next; i++) sum.MergeCounters(panes[i]);
        sum.Pack();
        _sums[tier].Add(run, sum);
        _recent = null; // It may be one of them, and must be found again before it changes.
        return sum;
    }

    private void ForgetSum(int tier, long start)
    {
        if (tier < Runs.Length) _sums[tier].Remove(UnixTime.Floor(start, Runs[tier]));
    }

    /// <summary>Where the panes of a tier begin that events, or panes of the finer tier, still go into as a matter of course.</summary>
    private long ClosedBefore(int tier) => tier == 0 ? OpenFrom : OldestKept(tier - 1);

    private static int FirstFrom(IList<Pane> panes, long from)
    {
        var first = 0;
        while (first < panes.Count && panes[first].Start < from) first++;
        return first;
    }
}
