using FleetMonitor.Core.Batches;
using FleetMonitor.Core.Codec;
using Section = FleetMonitor.Core.Batches.PredictionBatch.Section;

namespace FleetMonitor.Core.Formats;

/// <summary>
/// Predictions that arrive as whole columns, into a batch. Each column is checked and copied once; rows are not looked at one by one unless something is
/// wrong with them.
/// </summary>
/// <remarks>
/// What a column as a whole has wrong (its length, its name, a code that its dictionary does not have) refuses the request with a <see
/// cref="DocumentException"/>, for no row can be told from
/// another; what a value has wrong rejects its row. Shares, latencies and times are the model's to check, as with every format. Columns may come in any
/// order, each once.
/// </remarks>
public sealed class ColumnarPredictions
{
    private readonly DecodeLimits _limits;
    private readonly int _count;
    private readonly CodecWriter _writer;
    private readonly HashSet<(Section, string)> _given = [];
    private readonly int[] _named = new int[(int)Section.Labels + 1];
    private readonly RowFaults _faults;
    private int[]? _codes;
    private int _columns;
    private bool _predictions;

    /// <param name="count">Rows.</param>
    /// <param name="bytes">What the batch will take at about, so that its buffer need not grow.</param>
    /// <exception cref="LimitException">More rows than the limits allow.</exception>
    public ColumnarPredictions(int count, DecodeLimits limits, int bytes = 1024)
    {
        if ((uint)count > (uint)limits.MaxItems) throw new LimitException("items", limits.MaxItems);
        (_count, _limits, _writer, _faults) = (count, limits, new CodecWriter(bytes), new RowFaults(count));
        _writer.Byte(PredictionBatch.FormatVersion);
        _writer.Varint(count);
    }

    /// <param name="ids">Empty: that row has none.</param>
    public void Ids(IReadOnlyList<string> ids)
    {
        if (ids.Count == 0) return;
        Require(ids.Count, "ids");
        var column = new IdColumn.Builder();
        _faults.AddIds(ids, _limits, column, required: false);
        var start = _writer.BeginSection((byte)Section.Ids);
        column.Write(_writer, _count);
        _writer.EndSection(start);
    }

    /// <param name="micros">Unix microseconds; 0: that row has none.</param>
    public void Times(ReadOnlySpan<ulong> micros)
    {
        if (micros.IsEmpty) return;
        Require(micros.Length, "times");
        var times = new long[_count];
        _faults.ReadTimes(micros, times);
        Plain<long>(Section.Times, times);
    }

    public void Versions(in TextColumn versions) => Column(Section.Versions, "version", "versions", default, versions, _limits.MaxName, countsCharacters: true);

    /// <summary>Classes, or a regression's values; every row needs one.</summary>
    public void Predictions(ReadOnlySpan<double> numbers, in TextColumn texts)
    {
        _predictions = true;
        _faults.RequireFinite(numbers, "prediction");
        if (numbers.IsEmpty && texts.IsEmpty && _count > 0) throw new DocumentException("predictions: expected a value for each row, got none");
        Column(Section.Predictions, "prediction", "prediction", numbers, texts, _limits.MaxName, countsCharacters: true);
    }

    /// <param name="scores">Of the positive class, 0 to 1; NaN: that row has none.</param>
    public void Scores(ReadOnlySpan<double> scores)
    {
        if (scores.IsEmpty) return;
        Require(scores.Length, "scores");
        Plain<double>(Section.Scores, Rounded(scores));
    }

    /// <param name="shares">0 to 1; NaN: that row has none.</param>
    public void Probability(string label, ReadOnlySpan<double> shares)
    {
        Name(Section.Probability, label, "probabilities", _limits.MaxClasses);
        Column(Section.Probability, label, $"probabilities.{label}", Rounded(shares), default, 0, countsCharacters: false);
    }

    /// <param name="seconds">NaN: that row has none.</param>
    public void Latencies(ReadOnlySpan<double> seconds)
    {
        if (seconds.IsEmpty) return;
        Require(seconds.Length, "latencies");
        Plain(Section.Latencies, seconds);
    }

    public void Errors(ReadOnlySpan<bool> errors)
    {
        if (errors.IsEmpty) return;
        Require(errors.Length, "errors");
        Plain(Section.Errors, System.Runtime.InteropServices.MemoryMarshal.AsBytes(errors));
    }

    /// <param name="numbers">NaN: that row has none; empty: no row has one.</param>
    public void Feature(string name, ReadOnlySpan<double> numbers, in TextColumn texts)
    {
        Name(Section.Feature, name, "features", _limits.MaxFeatures);
        Column(Section.Feature, name, $"features.{name}", numbers, texts, _limits.MaxText, countsCharacters: false);
    }

    public void Tag(string name, in TextColumn texts)
    {
        Name(Section.Tag, name, "tags", _limits.MaxTags);
        Column(Section.Tag, name, $"tags.{name}", default, texts, _limits.MaxText, countsCharacters: false);
    }

    /// <summary>The good rows as a batch. The columns must not be used afterwards.</summary>
    public Decoded<PredictionBatch> Build()
    {
        if (!_predictions) throw new DocumentException("predictions: expected a value for each row, got none");
        var tally = _faults.Tally(_limits.MaxErrors);
        var batch = PredictionBatch.Decode(_writer.Memory);
        var decoded = tally.With(batch);
        return decoded.Rejected == 0 ? decoded : decoded with { Batch = batch.Select(decoded.Indices.Span) };
    }

    private void Name(Section section, string name, string field, int max)
    {
        if (name.Length is 0 || name.Length > _limits.MaxName) throw new DocumentException($"{field}: expected names of 1 to {_limits.MaxName} characters");
        if (!_given.Add((section, name))) throw new DocumentException($"{field}.{name}: given twice");
        if (++_named[(int)section] > max) throw new DocumentException($"{field}: expected at most {max}");
        if (++_columns > _limits.MaxColumns) throw new LimitException("columns", _limits.MaxColumns);
        if ((long)_count * _columns > _limits.MaxCells) throw new LimitException("cells (rows × columns)", _limits.MaxCells);
    }

    private void Require(int length, string field)
    {
        if (length != _count) throw new DocumentException($"{field}: expected {_count} rows, got {length}");
    }

    private void Column(Section section, string name, string field, ReadOnlySpan<double> numbers, in TextColumn texts, int maxText, bool countsCharacters)
    {
        if (!numbers.IsEmpty) Require(numbers.Length, field);
        if (texts.IsEmpty && numbers.IsEmpty && section is Section.Versions) return;
        var codes = ReadOnlySpan<int>.Empty;
        List<string> dictionary = [];
        if (!texts.IsEmpty)
        {
            Require(texts.Rows.Length, field);
            _codes ??= new int[_count];
            dictionary = texts.Normalise(field, _codes);
            codes = dictionary.Count == 0 ? [] : _codes;
            _faults.RequireTexts(codes, dictionary, field, maxText, countsCharacters, required: section is Section.Predictions or Section.Versions);
        }
        var start = _writer.BeginSection((byte)section);
        ValueColumn.Write(_writer, name, numbers, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(dictionary), codes, hasNumbers: !numbers.IsEmpty);
        _writer.EndSection(start);
    }

    private void Plain<T>(Section section, ReadOnlySpan<T> values) where T : unmanaged
    {
        var start = _writer.BeginSection((byte)section);
        _writer.Raw(values);
        _writer.EndSection(start);
    }

    /// <summary>Shares whose float32 was rounded to just outside 0 to 1 are taken for 0 or 1; what lies further out is left for the model to reject.</summary>
    private static ReadOnlySpan<double> Rounded(ReadOnlySpan<double> shares)
    {
        double[]? rounded = null;
        for (var row = 0; row < shares.Length; row++)
        {
            if (shares[row] is >= 0 and <= 1 || double.IsNaN(shares[row])) continue;
            var share = shares[row];
            if (!PredictionItems.TryShare(ref share)) continue;
            rounded ??= shares.ToArray();
            rounded[row] = share;
        }
        return rounded ?? shares;
    }
}
