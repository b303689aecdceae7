using System.Runtime.InteropServices;
using FleetMonitor.Core.Batches;
using FleetMonitor.Core.Codec;
using FleetMonitor.Core.Scores;
using FleetMonitor.Core.Specs;

namespace FleetMonitor.Core.References;

/// <summary>Collects the rows of a reference, from an upload or a model's first predictions, and builds it.</summary>
/// <remarks>Keeps every number and a count per category: 8 bytes a numeric value. Bounded by whoever adds rows. Saves and loads byte-exact in the middle.</remarks>
public sealed class ReferenceBuilder
{
    private ModelSpec _spec;
    private readonly List<Column> _columns = [];

    public ReferenceBuilder(ModelSpec spec)
    {
        _spec = spec;
        foreach (var feature in spec.Features ?? []) _columns.Add(new Column(feature.Name, feature.Kind, ColumnRole.Feature, spec.Multivariate));
    }

    /// <summary>Rows added.</summary>
    public long Rows { get; private set; }

    /// <summary>Goes on under a spec that names more features; they are missing in the rows so far.</summary>
    public void Extend(ModelSpec spec)
    {
        var known = ReferenceEquals(_spec.Features, spec.Features);
        _spec = spec;
        if (known) return;
        foreach (var feature in spec.Features ?? []) Get(feature.Name, feature.Kind, ColumnRole.Feature);
    }

    /// <summary>Adds the rows of <paramref name="batch"/> that <paramref name="rows"/> names.</summary>
    public void Add(PredictionBatch batch, ReadOnlySpan<int> rows)
    {
        foreach (var column in _columns)
        {
            if (column.Role == ColumnRole.Feature) column.Add(batch.Feature(column.Name), rows);
        }
        foreach (var (name, values) in PredictionColumns.Scores(_spec, batch, WantsScore)) Get(name, FeatureKind.Numeric, ColumnRole.Score).Add(values, rows);
        var kind = _spec.Task == TaskKind.Regression ? FeatureKind.Numeric : FeatureKind.Categorical;
        Get(PredictionColumns.Prediction, kind, ColumnRole.Prediction).Add(batch.Predictions, rows);
        Rows += rows.Length;
        foreach (var column in _columns) column.PadTo(Rows);
    }

    public Reference Build(int version, ReferenceSource source, long since) =>
        new(version, source, Rows, since, [.. _columns.Where(c => c.Role != ColumnRole.Score || !HasTooManyClasses).OrderBy(c => c.Role switch { ColumnRole.Feature => 0, ColumnRole.Score => 1, _ => 2 }).Select(c => c.Build(Rows))]);

    /// <summary>A numeric feature's values, NaN where one is missing; null of none.</summary>
    internal double[]? NumbersOf(string feature) => _columns.Find(c => c.Role == ColumnRole.Feature && c.Name == feature)?.Numbers;

    /// <summary>A categorical feature's value in each row, null where it is missing; kept only for a spec that is multivariate from the first row on, otherwise none.</summary>
    internal string?[]? CategoriesOf(string feature) => _columns.Find(c => c.Role == ColumnRole.Feature && c.Name == feature)?.Categories;

    /// <summary>What the rows say beyond the counts, for a spec that is multivariate.</summary>
    internal void WriteCategories(CodecWriter writer)
    {
        foreach (var column in _columns) column.WriteCategories(writer);
    }

    internal void ReadCategories(ref CodecReader reader)
    {
        foreach (var column in _columns) column.ReadCategories(ref reader);
    }

    internal void Write(CodecWriter writer)
    {
        writer.Int64(Rows);
        writer.Varint(_columns.Count);
        foreach (var column in _columns) column.Write(writer);
    }

    internal static ReferenceBuilder Read(ref CodecReader reader, ModelSpec spec)
    {
        var builder = new ReferenceBuilder(spec) { Rows = reader.Int64() };
        builder._columns.Clear();
        for (var count = reader.Length(); count > 0; count--) builder._columns.Add(Column.Read(ref reader));
        return builder;
    }

    /// <summary>One more than are watched says that there are too many, whatever batches they came in.</summary>
    private bool HasTooManyClasses => _columns.Count(c => c.Role == ColumnRole.Score) > PredictionColumns.MaxScoredClasses;

    private bool WantsScore(string name) => !HasTooManyClasses || _columns.Exists(c => c.Role == ColumnRole.Score && c.Name == name);

    private Column Get(string name, FeatureKind kind, ColumnRole role)
    {
        var column = _columns.Find(c => c.Name == name && c.Role == role);
        if (column is not null) return column;
        column = new Column(name, kind, role, _spec.Multivariate);
        column.PadTo(Rows);
        _columns.Add(column);
        return column;
    }

    private sealed class Column(string name, FeatureKind kind, ColumnRole role, bool keepsRows)
    {
        private bool _keepsRows = keepsRows && kind == FeatureKind.Categorical && role == ColumnRole.Feature;
        private readonly List<int> _codes = [];
        private readonly Dictionary<string, int> _codeOf = new(StringComparer.Ordinal);
        private readonly List<double> _numbers = [];
        private readonly Dictionary<string, long> _counts = new(StringComparer.Ordinal);

        public string Name { get; } = name;

        public ColumnRole Role { get; } = role;

        public void Add(ValueColumn? values, ReadOnlySpan<int> rows)
        {
            if (values is null) return;
            if (kind == FeatureKind.Numeric)
            {
                foreach (var row in rows) _numbers.Add(values.NumberAt(row));
                return;
            }
            foreach (var row in rows)
            {
                var category = CategoryValue.At(values, row, Role);
                if (category is not null) CollectionsMarshal.GetValueRefOrAddDefault(_counts, category, out _)++;
                if (_keepsRows) _codes.Add(CodeOf(category));
            }
        }

        public void Add(ReadOnlySpan<double> values, ReadOnlySpan<int> rows)
        {
            foreach (var row in rows) _numbers.Add(values[row]);
        }

        public void PadTo(long rows)
        {
            while (kind == FeatureKind.Numeric && _numbers.Count < rows) _numbers.Add(double.NaN);
            while (_keepsRows && _codes.Count < rows) _codes.Add(-1);
        }

        public double[]? Numbers => kind == FeatureKind.Numeric ? [.. _numbers] : null;

        public string?[]? Categories
        {
            get
            {
                string[] names = [.. _codeOf.Keys];
                return kind == FeatureKind.Categorical ? [.. _codes.Select(code => code < 0 ? null : names[code])] : null;
            }
        }

        public void WriteCategories(CodecWriter writer)
        {
            writer.Bool(_keepsRows);
            writer.Texts([.. _codeOf.Keys]);
            writer.Varint(_codes.Count);
            writer.Raw<int>(CollectionsMarshal.AsSpan(_codes));
        }

        public void ReadCategories(ref CodecReader reader)
        {
            _keepsRows = reader.Bool();
            foreach (var name in reader.Texts()) _codeOf.TryAdd(name, _codeOf.Count);
            foreach (var code in reader.Raw<int>(reader.Length(sizeof(int))))
            {
                _codes.Add(code >= -1 && code < _codeOf.Count ? code : throw new CodecException($"A category {code} of {_codeOf.Count}."));
            }
        }

        private int CodeOf(string? category)
        {
            if (category is null) return -1;
            if (_codeOf.TryGetValue(category, out var code)) return code;
            _codeOf.Add(category, _codeOf.Count);
            return _codeOf.Count - 1;
        }

        public ColumnReference Build(long rows) =>
            kind == FeatureKind.Numeric
                ? NumericReference.Build(Name, Role, CollectionsMarshal.AsSpan(_numbers))
                : CategoricalReference.Build(Name, Role, rows, _counts);

        public void Write(CodecWriter writer)
        {
            writer.Text(Name);
            writer.Byte((byte)kind);
            writer.Byte((byte)Role);
            writer.Varint(_numbers.Count);
            writer.Raw<double>(CollectionsMarshal.AsSpan(_numbers));
            writer.Varint(_counts.Count);
            foreach (var (category, count) in _counts.OrderBy(c => c.Key, StringComparer.Ordinal))
            {
                writer.Text(category);
                writer.Int64(count);
            }
        }

        public static Column Read(ref CodecReader reader)
        {
            var column = new Column(reader.Text(), (FeatureKind)reader.Byte(), (ColumnRole)reader.Byte(), keepsRows: false);
            column._numbers.AddRange(reader.Raw<double>(reader.Length(sizeof(double))));
            for (var count = reader.Length(); count > 0; count--) column._counts.Add(reader.Text(), reader.Int64());
            return column;
        }
    }
}
