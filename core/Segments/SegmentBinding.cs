using System.Globalization;
using FleetMonitor.Core.Batches;
using FleetMonitor.Core.Drift;
using FleetMonitor.Core.References;
using FleetMonitor.Core.Scores;
using FleetMonitor.Core.Specs;

namespace FleetMonitor.Core.Segments;

/// <summary>The columns of a batch that say which slices a row falls into.</summary>
/// <remarks>A key that is a feature of the spec means the feature, any other a tag. Numeric features are sliced at the quartiles of the reference, and not at all before there is one. A row without a value is in no slice of that key.</remarks>
internal sealed class SegmentBinding
{
    private static readonly int[] Quartiles = [25, 50, 75];

    private readonly SegmentTable _table;
    private readonly Key[] _keys;

    public SegmentBinding(SegmentTable table, PredictionBatch batch, ModelSpec spec, ColumnLayout? layout)
    {
        _table = table;
        _keys = [.. table.Keys.Select(name => Bind(name, batch, spec, layout))];
    }

    public RowSlices Of(int row)
    {
        var slices = default(RowSlices);
        for (var key = 0; key < _keys.Length; key++)
        {
            if (_keys[key].SliceOf(row, key, _table) is var slice and >= 0) slices = slices.With(key, slice);
        }
        return slices;
    }

    /// <summary>Whether slices of a spec hang on the reference, so that another one makes other slices.</summary>
    public static bool DependsOnReference(ModelSpec spec) => spec.Segments.Any(s => IsNumeric(spec, s));

    private static bool IsNumeric(ModelSpec spec, string name) => spec.Features?.FirstOrDefault(f => f.Name == name)?.Kind == FeatureKind.Numeric;

    private static Key Bind(string name, PredictionBatch batch, ModelSpec spec, ColumnLayout? layout)
    {
        if (spec.Features?.FirstOrDefault(f => f.Name == name) is not { } feature) return new Key(batch.Tags.FirstOrDefault(t => t.Name == name), null, false);
        return feature.Kind == FeatureKind.Categorical
            ? new Key(batch.Feature(name), null, false)
            : new Key(batch.Feature(name), layout?.Feature(name)?.Numeric, true);
    }

    /// <summary>One key's column in a batch.</summary>
    private sealed class Key
    {
        private readonly ValueColumn? _values;
        private readonly double[] _edges = [];
        private readonly int[] _sliceOf;

        public Key(ValueColumn? values, NumericReference? reference, bool numeric)
        {
            // Without quartiles, a number falls into no slice.
            _values = numeric && reference is not { Percentiles.Count: > 0 } ? null : values;
            IsNumeric = numeric;
            if (reference is { Percentiles.Count: > 0 }) _edges = [.. Quartiles.Select(p => reference.Percentiles[p]).Distinct()];
            _sliceOf = new int[numeric ? _edges.Length + 1 : _values?.Texts.Length ?? 0];
            _sliceOf.AsSpan().Fill(-1);
        }

        private bool IsNumeric { get; }

        public int SliceOf(int row, int key, SegmentTable table)
        {
            if (_values is null) return -1;
            if (IsNumeric) return Range(_values.NumberAt(row), key, table);
            var code = _values.HasTexts ? _values.Codes[row] : -1;
            if (code < 0) return CategoryValue.At(_values, row, ColumnRole.Feature) is { } number ? table.SliceOf(key, number) : -1;
            if (_sliceOf[code] < 0) _sliceOf[code] = table.SliceOf(key, _values.Texts[code]);
            return _sliceOf[code];
        }

        private int Range(double value, int key, SegmentTable table)
        {
            if (double.IsNaN(value)) return -1;
            var range = 0;
            while (range < _edges.Length && _edges[range] < value) range++;
            if (_sliceOf[range] < 0) _sliceOf[range] = table.SliceOf(key, Text(range));
            return _sliceOf[range];
        }

        private string Text(int range) => string.Create(
            CultureInfo.InvariantCulture,
            $"({(range == 0 ? "-inf" : _edges[range - 1].ToString("R", CultureInfo.InvariantCulture))}, {(range == _edges.Length ? "inf)" : _edges[range].ToString("R", CultureInfo.InvariantCulture) + "]")}");
    }
}
