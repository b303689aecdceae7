namespace FleetMonitor.Cli.Exact;

/// <summary>Rows with what an estimate needs of each: scores, the prediction, and the label where there is one.</summary>
/// <param name="columns">Scores of a row: one of a binary model (of the positive class), one a class of a multiclass one.</param>
internal sealed class ScoredRows(int columns)
{
    private Growable<double> _scores = new();
    private Growable<int> _predicted = new();
    private Growable<int> _truth = new();

    /// <summary>Of a row without a label.</summary>
    public const int Unlabelled = -1;

    public int Columns => columns;

    public int Count => _predicted.Count;

    /// <summary>Row by row; NaN where a row has none.</summary>
    public ReadOnlySpan<double> Scores => _scores.Items;

    /// <summary>Classes by index; of a binary model 1 is the positive one.</summary>
    public ReadOnlySpan<int> Predicted => _predicted.Items;

    public ReadOnlySpan<int> Truth => _truth.Items;

    /// <summary>Adds a row and gives room for its scores.</summary>
    public Span<double> Add(int predicted, int truth)
    {
        _predicted.Add(predicted);
        _truth.Add(truth);
        return _scores.Room(columns);
    }

    /// <summary>Adds rows of another, or its last ones.</summary>
    public void AddRange(ScoredRows other, int from = 0)
    {
        other.Scores[(from * columns)..].CopyTo(_scores.Room((other.Count - from) * columns));
        other.Predicted[from..].CopyTo(_predicted.Room(other.Count - from));
        other.Truth[from..].CopyTo(_truth.Room(other.Count - from));
    }

    /// <summary>The rows with scores and a label.</summary>
    public ScoredRows Labelled()
    {
        var labelled = new ScoredRows(columns);
        for (var row = 0; row < Count; row++)
        {
            var scores = Scores.Slice(row * columns, columns);
            if (Truth[row] != Unlabelled && !double.IsNaN(scores[0])) scores.CopyTo(labelled.Add(Predicted[row], Truth[row]));
        }
        return labelled;
    }

    /// <summary>Share of right predictions among the rows from one to another; null without a row.</summary>
    public double? Accuracy(int from, int to)
    {
        var right = 0;
        for (var row = from; row < to; row++) right += Predicted[row] == Truth[row] ? 1 : 0;
        return to <= from ? null : (double)right / (to - from);
    }
}
