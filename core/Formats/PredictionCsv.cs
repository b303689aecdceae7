using System.Text;
using FleetMonitor.Core.Batches;
using FleetMonitor.Core.Specs;

namespace FleetMonitor.Core.Formats;

/// <summary>Predictions from a CSV, batch by batch: the columns that a mapping names, every other column a feature.</summary>
/// <remarks>
/// A feature is of the kind that the spec says. Another is numeric if every value that is not missing (<see cref="CsvValue.IsMissing"/>) is a number, in the first
/// batch in which it has values, else categorical; once decided it stays so (<see cref="Features"/>).
/// A row with a value that its column cannot have is rejected, with the line, the column, what was expected and what came; of a feature's value the mapping may say otherwise.
/// Predictions and labels are numbers in a regression and texts in a classification; without a task, numbers where they look like some.
/// <see cref="DecodeLimits.MaxItems"/> is for the caller, who says how many rows a batch has.
/// Memory: the batch, and until their kind is decided the texts of number-like columns beside it.
/// </remarks>
public sealed class PredictionCsv
{
    private readonly CsvReader _reader;
    private readonly CsvSchema _schema;
    private readonly CsvMapping _mapping;
    private readonly DecodeLimits _limits;
    private readonly TaskKind? _task;
    private readonly CsvFeature[] _features;
    private readonly List<long> _lines = [];
    private PredictionBatchBuilder _rows = new();
    private ValueColumn.Builder[] _probabilities = [];
    private Tally _tally = new(0);
    private char[] _text = [];
    private long _time;
    private long _keptRows;
    private int _row = -1;
    private bool _pending;

    private PredictionCsv(CsvReader reader, CsvMapping mapping, ModelSpec? spec, DecodeLimits limits)
    {
        _reader = reader;
        _mapping = mapping;
        _limits = limits;
        _task = spec?.Task;
        _schema = CsvSchema.Resolve(reader.Header, mapping, spec, limits);
        _features = [.. _schema.Features.Select(feature => new CsvFeature(feature.Column, feature.Name, feature.Kind))];
    }

    /// <summary>The features whose kind is known, in the header's order: all that have had a value, after the first batch.</summary>
    public IReadOnlyList<FeatureSpec> Features =>
        [.. _features.Where(feature => feature.Kind is not null).Select(feature => new FeatureSpec(feature.Name, feature.Kind!.Value))];

    /// <summary>The numeric features with values that were no numbers, of all batches so far; empty unless the mapping takes these as missing.</summary>
    public IReadOnlyList<MistypedFeature> Mistyped => [.. _features.Select(feature => feature.Mistyped).OfType<MistypedFeature>()];

    /// <summary>The time of the row at which the last batch stopped because of its <c>before</c>; null when it did not.</summary>
    public long? NextTime => _pending ? _time : null;

    /// <summary>The line of the file, from 1, where a row of the last batch starts.</summary>
    public long LineOf(int row) => _lines[row];

    /// <summary>Reads the header and finds the columns. Throws <see cref="DocumentException"/> with the names that it lacks and those that it has.</summary>
    public static PredictionCsv Open(Stream stream, CsvMapping mapping, ModelSpec? spec, DecodeLimits limits)
    {
        var reader = new CsvReader(stream, limits);
        reader.ReadHeader();
        return Open(reader, mapping, spec, limits);
    }

    /// <summary>Finds the columns behind a header that was read.</summary>
    /// <inheritdoc cref="Open(Stream, CsvMapping, ModelSpec?, DecodeLimits)"/>
    public static PredictionCsv Open(CsvReader reader, CsvMapping mapping, ModelSpec? spec, DecodeLimits limits) => new(reader, mapping, spec, limits);

    /// <inheritdoc cref="Open(Stream, CsvMapping, ModelSpec?, DecodeLimits)"/>
    public static async Task<PredictionCsv> OpenAsync(
        Stream stream, CsvMapping mapping, ModelSpec? spec, DecodeLimits limits, CancellationToken cancellation = default)
    {
        var reader = new CsvReader(stream, limits);
        await reader.ReadHeaderAsync(cancellation).ConfigureAwait(false);
        return new PredictionCsv(reader, mapping, spec, limits);
    }

    /// <summary>The next rows, up to <paramref name="maxRows"/> good ones, or to the first at <paramref name="before"/> or later.</summary>
    /// <remarks>No items and no <see cref="NextTime"/>: the end of the file. Counts and errors are of the rows since the last batch.</remarks>
    public Decoded<PredictionBatch> Read(int maxRows, long before = long.MaxValue)
    {
        Begin();
        while (_rows.Count < maxRows && (_pending || _reader.Read()) && Take(before)) { }
        return End();
    }

    /// <inheritdoc cref="Read"/>
    public async Task<Decoded<PredictionBatch>> ReadAsync(int maxRows, long before = long.MaxValue, CancellationToken cancellation = default)
    {
        Begin();
        while (_rows.Count < maxRows && (_pending || await _reader.ReadAsync(cancellation).ConfigureAwait(false)) && Take(before)) { }
        return End();
    }

    private void Begin()
    {
        _rows = new PredictionBatchBuilder();
        _tally = new Tally(_limits.MaxErrors);
        _lines.Clear();
        foreach (var feature in _features) feature.Begin(_rows.FeatureColumn(feature.Name));
        _probabilities = [.. _schema.Probabilities.Select(probability => _rows.ProbabilityColumn(probability.Class))];
    }

    private Decoded<PredictionBatch> End()
    {
        foreach (var feature in _features) feature.End();
        return _tally.With(_rows.Build());
    }

    /// <summary>Keeps or rejects the reader's row; false when it has to wait for a later batch.</summary>
    private bool Take(long before)
    {
        if (!_pending) _row++;
        _pending = false;
        if (_reader.Error is { } error)
        {
            Reject("", error);
            return true;
        }
        if (!TryTime()) return true;
        if (_time >= before)
        {
            _pending = true;
            return false;
        }
        _rows.BeginRow();
        if (!Row())
        {
            _rows.DiscardRow();
            return true;
        }
        _rows.EndRow();
        _tally.Keep(_row);
        _lines.Add(_reader.Line);
        _keptRows++;
        var cells = (long)_rows.Count * (_features.Length + _probabilities.Length);
        if (cells > _limits.MaxCells) throw new LimitException("cells (rows × columns)", _limits.MaxCells);
        return true;
    }

    private bool TryTime()
    {
        if (_schema.Time < 0)
        {
            _time = _mapping.Even is { } even ? even.Start + (_keptRows * even.Step) : UnixTime.Missing;
            return true;
        }
        return CsvValue.TryTime(_reader[_schema.Time], out _time) || Reject(_schema.Time, "an ISO 8601 time from 1970 on, or seconds, milliseconds, microseconds or nanoseconds since then");
    }

    private bool Row()
    {
        if (_time != UnixTime.Missing) _rows.SetTime(_time);
        if (!Id()) return false;
        if (!Label(_schema.Prediction, required: true) || (_schema.Label >= 0 && !Label(_schema.Label, required: false))) return false;
        if (_schema.Score >= 0)
        {
            if (!TryShare(_schema.Score, out var score)) return false;
            if (!double.IsNaN(score)) _rows.SetScore(score);
        }
        for (var i = 0; i < _probabilities.Length; i++)
        {
            if (!TryShare(_schema.Probabilities[i].Column, out var share)) return false;
            if (!double.IsNaN(share)) _probabilities[i].Set(_rows.Count, share);
        }
        // A feature without a kind takes any value, so it comes after all that may reject the row: what decides a kind is then a row that is kept.
        foreach (var feature in _features)
        {
            if (!Check(feature)) return false;
        }
        foreach (var feature in _features)
        {
            if (feature.Kind != FeatureKind.Numeric) Text(feature);
        }
        return true;
    }

    private bool Id()
    {
        var id = _schema.Id < 0 ? default : _reader[_schema.Id];
        if (id.Length > _limits.MaxId) return Reject(_schema.Id, $"at most {_limits.MaxId} bytes");
        if (!id.IsEmpty) _rows.SetId(id);
        else if (_mapping.RowIds) SetRowId();
        return true;
    }

    private void SetRowId()
    {
        Span<byte> id = stackalloc byte[12];
        id[0] = (byte)'#';
        System.Buffers.Text.Utf8Formatter.TryFormat(_row, id[1..], out var length);
        _rows.SetId(id[..(length + 1)]);
    }

    private bool Label(int column, bool required)
    {
        var field = _reader[column];
        if (CsvValue.IsMissing(field)) return !required || Reject(column, _task == TaskKind.Regression ? "a number" : "a class or a number");
        if (_task is null or TaskKind.Regression && CsvValue.TryNumber(field, out var number))
        {
            if (!double.IsFinite(number)) return Reject(column, "a finite number");
            if (required) _rows.SetPrediction(number);
            else _rows.SetLabel(number);
            return true;
        }
        if (_task == TaskKind.Regression) return Reject(column, "a number");
        if (field.Length > _limits.MaxName * 3) return Reject(column, $"at most {_limits.MaxName} characters");
        var text = Characters(field).Trim();
        if (text.Length > _limits.MaxName) return Reject(column, $"at most {_limits.MaxName} characters");
        if (required) _rows.SetPrediction(text);
        else _rows.SetLabel(text);
        return true;
    }

    private bool TryShare(int column, out double share)
    {
        var field = _reader[column];
        if (CsvValue.TryNumber(field, out share) && PredictionItems.TryShare(ref share)) return true;
        share = double.NaN;
        return CsvValue.IsMissing(field) || Reject(column, "a number from 0 to 1");
    }

    private bool Check(CsvFeature feature)
    {
        var field = _reader[feature.Column];
        if (feature.Kind != FeatureKind.Numeric) return field.Length <= _limits.MaxText || Reject(feature.Column, $"at most {_limits.MaxText} bytes of text");
        if (CsvValue.TryNumber(field, out var number)) feature.Values.Set(_rows.Count, number);
        else if (!CsvValue.IsMissing(field))
        {
            if (!_mapping.MistypedAsMissing) return Reject(feature.Column, "a number");
            feature.Mistype(feature.Mistyped is null ? $"line {_reader.Line}: {Expected(feature.Column, "a number")}" : null);
        }
        return true;
    }

    private void Text(CsvFeature feature)
    {
        var field = _reader[feature.Column];
        if (CsvValue.IsMissing(field)) return;
        if (feature.Kind is null)
        {
            if (CsvValue.TryNumber(field, out var number))
            {
                feature.Values.Set(_rows.Count, number);
                feature.Remember(_rows.Count, field);
                return;
            }
            feature.BecomeCategorical();
        }
        feature.Values.Set(_rows.Count, Characters(field));
    }

    private ReadOnlySpan<char> Characters(ReadOnlySpan<byte> field)
    {
        if (field.Length > _text.Length) _text = new char[Math.Max(field.Length, 256)];
        return _text.AsSpan(0, Encoding.UTF8.GetChars(field, _text));
    }

    private bool Reject(int column, string expected)
    {
        if (!_tally.Describes) return Reject("", "");
        return Reject(_reader.Header[column], Expected(column, expected));
    }

    private string Expected(int column, string expected) => $"expected {expected}, got {(_reader[column].IsEmpty ? "nothing" : Excerpt.Quoted(_reader[column]))}";

    private bool Reject(string column, string message)
    {
        _tally.Reject(_tally.Describes ? new ItemError(_row, column, $"line {_reader.Line}: {message}") { Line = _reader.Line } : null);
        return false;
    }
}
