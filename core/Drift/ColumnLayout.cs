using FleetMonitor.Core.References;

namespace FleetMonitor.Core.Drift;

/// <summary>Where each column of a reference has its counters and moments in a pane. Made once a reference.</summary>
internal sealed class ColumnLayout
{
    /// <summary>Counters before a column's bins: missing, wrong type, out of range, -∞, +∞.</summary>
    public const int Missing = 0, TypeMismatch = 1, OutOfRange = 2, NegativeInfinite = 3, PositiveInfinite = 4, Bins = 5;

    /// <summary>Moments of a numeric column: Σ(x−m) and Σ(x−m)² with m the reference's mean, and how far its values lie below and above the reference's range in sum.</summary>
    public const int Sum = 0, SumOfSquares = 1, BelowRange = 2, AboveRange = 3, MomentCount = 4;

    /// <summary>New categories that are counted each; more of them share the rest's bin.</summary>
    public const int MaxUnseen = 64;

    /// <summary>Counters behind all columns': rows whose reconstruction error was taken, and these errors' sum.</summary>
    public const int ReconstructedRows = 0, ReconstructionErrors = 1, ReconstructionCount = 2;

    private readonly Dictionary<string, int> _features = new(StringComparer.Ordinal);
    private readonly HashSet<string> _scores = new(StringComparer.Ordinal);

    public ColumnLayout(Reference reference)
    {
        Columns = new ColumnSlot[reference.Columns.Count];
        for (var i = 0; i < Columns.Length; i++)
        {
            var column = reference.Columns[i];
            Columns[i] = new ColumnSlot(column, Counters, Moments);
            Counters += Columns[i].Counters;
            if (column is NumericReference) Moments += MomentCount;
            if (column.Role == Scores.ColumnRole.Feature) _features.Add(column.Name, i);
            else if (column.Role == Scores.ColumnRole.Score) _scores.Add(column.Name);
        }
        Reconstruction = Counters;
        Counters += ReconstructionCount;
    }

    public ColumnSlot[] Columns { get; }

    /// <summary>Where the counters behind the columns' begin.</summary>
    public int Reconstruction { get; }

    /// <summary>Counters of a pane.</summary>
    public int Counters { get; }

    /// <summary>Moments of a pane.</summary>
    public int Moments { get; }

    public ColumnSlot? Feature(string name) => _features.TryGetValue(name, out var index) ? Columns[index] : null;

    public bool HasScore(string name) => _scores.Contains(name);
}

/// <summary>One column's place in a pane.</summary>
internal sealed class ColumnSlot(ColumnReference reference, int counterStart, int momentStart)
{
    private Dictionary<string, int>? _unseen;

    public ColumnReference Reference { get; } = reference;

    public NumericReference? Numeric { get; } = reference as NumericReference;

    public CategoricalReference? Categorical { get; } = reference as CategoricalReference;

    /// <summary>The edges of a numeric column, to be searched, see <see cref="NumericReference.EdgeTable"/>.</summary>
    public double[]? EdgeTable => Numeric?.EdgeTable;

    public int CounterStart { get; } = counterStart;

    public int MomentStart { get; } = momentStart;

    /// <summary>The categories that it has no bin for; null before the first.</summary>
    public UnknownTracker? Unknown { get; set; }

    /// <summary>The first bin of such categories: the rest's, then one each.</summary>
    public int FirstUnknown => Reference.Counts.Length - 1;

    /// <summary>Bins: the reference's, and for categories those that were new.</summary>
    public int BinCount => Reference.Counts.Length + (Categorical is null ? 0 : ColumnLayout.MaxUnseen);

    public int Counters => ColumnLayout.Bins + BinCount;

    /// <summary>Categories that the reference does not have, in order of appearance.</summary>
    public IReadOnlyCollection<string> Unseen => _unseen is null ? [] : _unseen.Keys;

    /// <summary>The bin of a category; a new one gets a bin of its own while there are some left.</summary>
    public int BinOf(string category)
    {
        var bin = Categorical!.BinOf(category);
        if (bin >= 0) return bin;
        var rest = Reference.Counts.Length - 1;
        if (!Categorical.IsComplete) return rest;
        if (_unseen is not null && _unseen.TryGetValue(category, out var index)) return rest + 1 + index;
        return TryAddUnseen(category) ? rest + Unseen.Count : rest;
    }

    /// <summary>Gives a new category the next bin; false when it has one, or none is left.</summary>
    public bool TryAddUnseen(string category) =>
        Unseen.Count < ColumnLayout.MaxUnseen && (_unseen ??= new Dictionary<string, int>(StringComparer.Ordinal)).TryAdd(category, _unseen.Count);
}
