using System.Text;
using FleetMonitor.Core.Batches;
using FleetMonitor.Core.Formats;
using FleetMonitor.Core.Specs;

namespace FleetMonitor.Api.References;

/// <summary>A reference as Parquet: columns mean what a CSV's of the same names would, and are of the type that the file says.</summary>
/// <remarks>
/// Numbers of any width, decimals included, become float64; booleans are "true" and "false"; times are seconds where the spec says numeric, else texts. A null is missing.
/// Values of id and time columns are left: a reference has no use for them. Memory: one row group and the batch.
/// </remarks>
internal static class ParquetReference
{
    /// <exception cref="DocumentException">It is not a Parquet file, or lacks a column that <paramref name="mapping"/> names.</exception>
    /// <exception cref="LimitException">It is too large.</exception>
    public static async Task<Decoded<PredictionBatch>> DecodeAsync(ParquetBytes bytes, CsvMapping mapping, ModelSpec? spec, DecodeLimits limits, CancellationToken cancellation)
    {
        await using var file = await ParquetFile.OpenAsync(bytes, cancellation);
        var schema = CsvSchema.Resolve(file.Header, mapping, spec, limits);
        var rows = new ParquetRows(schema, file.Header, spec, limits);
        long total = 0;
        for (var group = 0; group < file.Rows.Count; group++)
        {
            total += file.Rows[group];
            if (total > limits.MaxItems) throw new LimitException("items", limits.MaxItems);
            if (total * rows.Columns.Count > limits.MaxCells) throw new LimitException("cells (rows × columns)", limits.MaxCells);
            rows.Add(await file.ReadAsync(group, rows.Columns, cancellation), (int)file.Rows[group]);
        }
        return rows.Result();
    }
}

/// <summary>Puts the rows of row groups into one batch.</summary>
internal sealed class ParquetRows
{
    private readonly PredictionBatchBuilder _rows = new();
    private readonly Tally _tally;
    private readonly DecodeLimits _limits;
    private readonly IReadOnlyList<string> _header;
    private readonly bool _regression;
    private readonly CsvSchema _schema;
    private readonly (string Name, FeatureKind? Kind, ValueColumn.Builder Values)[] _features;
    private readonly ValueColumn.Builder[] _probabilities;
    private readonly List<int> _columns = [];
    private ParquetColumn[] _group = [];

    public ParquetRows(CsvSchema schema, IReadOnlyList<string> header, ModelSpec? spec, DecodeLimits limits)
    {
        (_schema, _header, _limits, _tally) = (schema, header, limits, new Tally(limits.MaxErrors));
        _regression = spec?.Task == TaskKind.Regression;
        foreach (var column in new[] { schema.Prediction, schema.Label, schema.Score })
        {
            if (column >= 0) _columns.Add(column);
        }
        _columns.AddRange(schema.Probabilities.Select(p => p.Column));
        _columns.AddRange(schema.Features.Select(f => f.Column));
        _probabilities = [.. schema.Probabilities.Select(p => _rows.ProbabilityColumn(p.Class))];
        _features = [.. schema.Features.Select(f => (f.Name, f.Kind, _rows.FeatureColumn(f.Name)))];
    }

    /// <summary>The file's columns that are read.</summary>
    public IReadOnlyList<int> Columns => _columns;

    public void Add(ParquetColumn[] group, int count)
    {
        _group = group;
        for (var row = 0; row < count; row++)
        {
            _rows.BeginRow();
            if (Row(row) is { } error)
            {
                _rows.DiscardRow();
                _tally.Reject(error);
                continue;
            }
            _rows.EndRow();
            _tally.Keep(_tally.Items);
        }
    }

    public Decoded<PredictionBatch> Result() => _tally.With(_rows.Build());

    private ItemError? Row(int row)
    {
        var next = 0;
        if (Label(row, next++, required: true) is { } wrong) return wrong;
        if (_schema.Label >= 0 && Label(row, next++, required: false) is { } wrongLabel) return wrongLabel;
        if (_schema.Score >= 0)
        {
            if (Share(row, next++, out var score) is { } wrongScore) return wrongScore;
            if (!double.IsNaN(score)) _rows.SetScore(score);
        }
        foreach (var values in _probabilities)
        {
            if (Share(row, next++, out var share) is { } wrongShare) return wrongShare;
            if (!double.IsNaN(share)) values.Set(_rows.Count, share);
        }
        foreach (var (_, kind, values) in _features)
        {
            if (Feature(row, next++, kind, values) is { } wrongFeature) return wrongFeature;
        }
        return null;
    }

    private ItemError? Label(int row, int column, bool required)
    {
        var values = _group[column];
        if (!values.TryText(row, out var text)) return required ? Expected(row, column, _regression ? "a number" : "a class or a number") : null;
        if (_regression || values.IsNumeric)
        {
            if (!values.TryNumber(row, out var number) || !double.IsFinite(number)) return Expected(row, column, "a finite number");
            if (required) _rows.SetPrediction(number);
            else _rows.SetLabel(number);
            return null;
        }
        text = text.Trim();
        if (text.IsEmpty) return required ? Expected(row, column, "a class or a number") : null;
        if (text.Length > _limits.MaxName) return Expected(row, column, $"at most {_limits.MaxName} characters");
        if (required) _rows.SetPrediction(text);
        else _rows.SetLabel(text);
        return null;
    }

    private ItemError? Share(int row, int column, out double share)
    {
        if (_group[column].TryNumber(row, out share) && PredictionItems.TryShare(ref share)) return null;
        share = double.NaN;
        return _group[column].TryText(row, out _) ? Expected(row, column, "a number from 0 to 1") : null;
    }

    private ItemError? Feature(int row, int column, FeatureKind? kind, ValueColumn.Builder feature)
    {
        var values = _group[column];
        if (kind == FeatureKind.Numeric || (values.IsNumeric && kind is null))
        {
            if (values.TryNumber(row, out var number)) feature.Set(_rows.Count, number);
            else if (values.TryText(row, out _)) return Expected(row, column, "a number");
            return null;
        }
        // A code that is a number is a category under the spelling that live traffic's numbers get.
        if (values.IsNumeric)
        {
            if (values.TryNumber(row, out var code)) feature.Set(_rows.Count, ClassLabel.Canonical(code));
            return null;
        }
        if (!values.TryText(row, out var text)) return null;
        if (Encoding.UTF8.GetByteCount(text) > _limits.MaxText) return Expected(row, column, $"at most {_limits.MaxText} bytes of text");
        feature.Set(_rows.Count, text);
        return null;
    }

    private ItemError Expected(int row, int column, string expected)
    {
        var got = _group[column].TryText(row, out var text) ? $"\"{text[..Math.Min(text.Length, 40)]}{(text.Length > 40 ? "…" : "")}\"" : "nothing";
        return new ItemError(_tally.Items, _header[_columns[column]], $"expected {expected}, got {got}");
    }
}
