using System.Runtime.InteropServices;
using FleetMonitor.Core.Evidence;

namespace FleetMonitor.Benchmarks.Evidence;

/// <summary>A fleet of simulated columns looked at together, look by look: what e-Benjamini-Hochberg rejects in the whole fleet, in parts of it, and in single models.</summary>
internal sealed class FleetOfColumns(SimulatedColumn[] columns, int features, double alpha)
{
    /// <summary>Models of a part: a small fleet of its own, so that one simulation holds many fleets.</summary>
    public const int ModelsOfPart = 20;

    private const int Chunk = 50;

    private readonly double[] _largest = new double[columns.Length];
    private readonly List<int> _large = [];
    private readonly bool[] _modelRejected = new bool[columns.Length / features];

    /// <summary>Share of the columns whose evidence ever reached 1/α.</summary>
    public double ColumnsEver => _largest.Count(e => e >= 1 / alpha) / (double)columns.Length;

    /// <summary>Share of the models in which anything was ever rejected, each with its own features as the only hypotheses.</summary>
    public double ModelsEver => _modelRejected.Count(r => r) / (double)_modelRejected.Length;

    public Verdicts Whole { get; } = new(1);

    public Verdicts Parts { get; } = new(columns.Length / features / ModelsOfPart);

    /// <summary>Share of the columns that have changed which the whole fleet rejects now.</summary>
    public double Found
    {
        get
        {
            double[] large = [.. columns.Select(c => c.Evidence.Value).Where(e => e >= 1 / alpha)];
            var threshold = EBenjaminiHochberg.Threshold(large, columns.Length, alpha);
            return columns.Count(c => c.Changed && c.Evidence.Value >= threshold) / (double)Math.Max(1, columns.Count(c => c.Changed));
        }
    }

    public void Run(int looks)
    {
        // Look by look, so that judging one reads what lies together.
        var values = new double[Chunk * columns.Length];
        for (var done = 0; done < looks; done += Chunk)
        {
            var size = Math.Min(Chunk, looks - done);
            Parallel.For(0, columns.Length, EvidenceBenchmarks.Cores, i =>
            {
                for (var look = 0; look < size; look++)
                {
                    var value = columns[i].Look();
                    values[(look * columns.Length) + i] = value;
                    _largest[i] = Math.Max(_largest[i], value);
                }
            });
            for (var look = 0; look < size; look++) Judge(done + look + 1, values.AsSpan(look * columns.Length, columns.Length));
        }
    }

    private void Judge(int look, ReadOnlySpan<double> values)
    {
        // An e-value below 1/α is never rejected, however many hypotheses there are.
        _large.Clear();
        for (var i = 0; i < values.Length; i++)
        {
            if (values[i] >= 1 / alpha) _large.Add(i);
        }
        var large = CollectionsMarshal.AsSpan(_large);
        Whole.Add(0, look, Reject(large, columns.Length, look, values));
        var rest = large;
        for (var part = 0; part < Parts.Fleets; part++) Parts.Add(part, look,
            Reject(Below(ref rest, (part + 1) * ModelsOfPart * features), ModelsOfPart * features, look, values));
        for (rest = large; !rest.IsEmpty;)
        {
            var model = rest[0] / features;
            if (Reject(Below(ref rest, (model + 1) * features), features, look, values).All > 0) _modelRejected[model] = true;
        }
    }

    /// <summary>Takes off the front what is below <paramref name="end"/>.</summary>
    private static ReadOnlySpan<int> Below(ref Span<int> ascending, int end)
    {
        var count = 0;
        while (count < ascending.Length && ascending[count] < end) count++;
        var below = ascending[..count];
        ascending = ascending[count..];
        return below;
    }

    /// <summary>How many of <paramref name="count"/> hypotheses are rejected, and how many of these have not changed: the false discoveries.</summary>
    /// <param name="large">Those of them whose e-value is at least 1/α.</param>
    private Rejections Reject(ReadOnlySpan<int> large, int count, int look, ReadOnlySpan<double> values)
    {
        if (large.IsEmpty) return default;
        var evidence = new double[large.Length];
        for (var i = 0; i < evidence.Length; i++) evidence[i] = values[large[i]];
        var threshold = EBenjaminiHochberg.Threshold(evidence, count, alpha);
        var rejected = new Rejections();
        foreach (var i in large)
        {
            if (values[i] < threshold) continue;
            rejected.All++;
            if (look < columns[i].Change) rejected.False++;
        }
        return rejected;
    }
}

/// <summary>Rejected hypotheses, and those of them that were true.</summary>
internal record struct Rejections(int All, int False)
{
    public readonly double FalseShare => All == 0 ? 0 : (double)False / All;
}

/// <summary>What was rejected in each of some fleets, and the share of false discoveries at stopping rules.</summary>
internal sealed class Verdicts(int fleets)
{
    private static readonly int[] FixedLooks = [100, 1_000, 10_000];

    private readonly bool[] _ever = new bool[fleets];
    private readonly List<double> _meanByLook = [];
    private readonly double[][] _stopped = [Empty(fleets), Empty(fleets), Empty(fleets), .. FixedLooks.Select(_ => Empty(fleets))];
    private readonly int[] _last = new int[fleets];
    private double _sum;

    public int Fleets => fleets;

    /// <summary>Share of the fleets in which anything was ever rejected.</summary>
    public double Ever => _ever.Count(e => e) / (double)fleets;

    /// <summary>The mean share of false discoveries over the fleets, at the look where it is largest.</summary>
    public double WorstLook => _meanByLook.Count == 0 ? 0 : _meanByLook.Max();

    /// <summary>The mean share of false discoveries over the fleets when each stops by a rule.</summary>
    public IEnumerable<(string Rule, double Mean)> StoppingRules()
    {
        string[] rules = ["at the first rejection", "at the tenth rejection", "at a rejection that is taken back", .. FixedLooks.Select(l => $"at look {l:#,0}")];
        return rules.Zip(_stopped, (rule, shares) => (rule, shares.Sum(s => double.IsNaN(s) ? 0 : s) / fleets));
    }

    public void Add(int fleet, int look, Rejections rejected)
    {
        _ever[fleet] |= rejected.All > 0;
        if (rejected.All > 0) Stop(0, fleet, rejected);
        if (rejected.All >= 10) Stop(1, fleet, rejected);
        if (rejected.All < _last[fleet]) Stop(2, fleet, rejected);
        for (var i = 0; i < FixedLooks.Length; i++)
        {
            if (look == FixedLooks[i]) Stop(3 + i, fleet, rejected);
        }
        _last[fleet] = rejected.All;
        _sum += rejected.FalseShare;
        if (fleet < fleets - 1) return;
        _meanByLook.Add(_sum / fleets);
        _sum = 0;
    }

    private void Stop(int rule, int fleet, Rejections rejected)
    {
        if (double.IsNaN(_stopped[rule][fleet])) _stopped[rule][fleet] = rejected.FalseShare;
    }

    private static double[] Empty(int count)
    {
        var values = new double[count];
        values.AsSpan().Fill(double.NaN);
        return values;
    }
}
