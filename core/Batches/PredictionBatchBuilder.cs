using System.Diagnostics;
using FleetMonitor.Core.Codec;
using Section = FleetMonitor.Core.Batches.PredictionBatch.Section;

namespace FleetMonitor.Core.Batches;

/// <summary>Builds a <see cref="PredictionBatch"/> row by row: <see cref="BeginRow"/>, setters, then <see cref="EndRow"/> or <see cref="DiscardRow"/>.</summary>
/// <remarks>
/// Not thread-safe; one builder makes one batch. Decoders keep the index that each kept row had in its request beside the builder.
/// A discarded row leaves nothing behind: the batch has the bytes it would have without it. Setters that take a name return false, and set nothing, where the row has named it before.
/// </remarks>
public sealed class PredictionBatchBuilder
{
    private readonly IdColumn.Builder _ids = new();
    private readonly ValueColumn.Builder _versions = new("version");
    private readonly ValueColumn.Builder _predictions = new("prediction");
    private readonly ValueColumn.Builder _labels = new("label");
    private readonly ColumnSet _probabilities = new();
    private readonly ColumnSet _features = new();
    private readonly ColumnSet _tags = new();
    private Optional<long> _times = new(UnixTime.Missing);
    private Optional<double> _scores = new(double.NaN);
    private Optional<double> _latencies = new(double.NaN);
    private Optional<byte> _errors = new(0);
    private bool _inRow;
    private bool _failed;

    /// <summary>Rows kept so far.</summary>
    public int Count { get; private set; }

    public int FeatureCount => _features.Count;

    public int TagCount => _tags.Count;

    public int ClassCount => _probabilities.Count;

    public void BeginRow()
    {
        Debug.Assert(!_inRow, "EndRow or DiscardRow comes first.");
        _inRow = true;
        _failed = false;
        _probabilities.BeginRow();
        _features.BeginRow();
        _tags.BeginRow();
    }

    public void SetId(ReadOnlySpan<byte> utf8) => _ids.Set(Count, utf8);

    public void SetTime(long micros) => _times.Set(Count, micros);

    public void SetVersion(ReadOnlySpan<char> version) => _versions.Set(Count, version);

    public void SetPrediction(double value) => _predictions.Set(Count, value);

    public void SetPrediction(ReadOnlySpan<char> label) => _predictions.Set(Count, label);

    public void SetLabel(double value) => _labels.Set(Count, value);

    public void SetLabel(ReadOnlySpan<char> label) => _labels.Set(Count, label);

    public void SetScore(double score) => _scores.Set(Count, score);

    public bool SetProbability(ReadOnlySpan<byte> utf8Class, double probability) => Set(_probabilities.Claim(utf8Class), probability);

    public bool SetProbability(string label, double probability) => Set(_probabilities.Claim(label), probability);

    /// <summary>Seconds.</summary>
    public void SetLatency(double seconds) => _latencies.Set(Count, seconds);

    public void SetError(bool error)
    {
        if (error) _errors.Set(Count, 1);
        _failed = error;
    }

    public bool SetFeature(ReadOnlySpan<byte> utf8Name, double value) => Set(_features.Claim(utf8Name), value);

    public bool SetFeature(ReadOnlySpan<byte> utf8Name, ReadOnlySpan<char> text) => Set(_features.Claim(utf8Name), text);

    public bool SetFeature(string name, double value) => Set(_features.Claim(name), value);

    public bool SetFeature(string name, ReadOnlySpan<char> text) => Set(_features.Claim(name), text);

    /// <summary>Names a feature without giving it a value in this row.</summary>
    public bool SetFeatureMissing(ReadOnlySpan<byte> utf8Name) => _features.Claim(utf8Name) is not null;

    public bool SetFeatureMissing(string name) => _features.Claim(name) is not null;

    public bool SetTag(ReadOnlySpan<byte> utf8Name, ReadOnlySpan<char> value) => Set(_tags.Claim(utf8Name), value);

    /// <summary>A feature's column, for a decoder of tables that knows its columns beforehand.</summary>
    internal ValueColumn.Builder FeatureColumn(string name) => _features.Get(name);

    internal ValueColumn.Builder ProbabilityColumn(string label) => _probabilities.Get(label);

    public void EndRow()
    {
        Debug.Assert(_inRow && (_failed || _predictions.IsSet(Count)), "Every row has a prediction, unless the model failed.");
        _inRow = false;
        Count++;
    }

    /// <summary>Takes back all that was set since <see cref="BeginRow"/>.</summary>
    public void DiscardRow()
    {
        Debug.Assert(_inRow, "BeginRow comes first.");
        _inRow = false;
        _ids.Clear(Count);
        _versions.Clear(Count);
        _predictions.Clear(Count);
        _labels.Clear(Count);
        _times.Clear(Count);
        _scores.Clear(Count);
        _latencies.Clear(Count);
        _errors.Clear(Count);
        _probabilities.DiscardRow(Count);
        _features.DiscardRow(Count);
        _tags.DiscardRow(Count);
    }

    /// <summary>The batch, encoded. The builder must not be used afterwards.</summary>
    public PredictionBatch Build()
    {
        Debug.Assert(!_inRow, "EndRow or DiscardRow comes first.");
        // Enough for columns of numbers and short texts, so that the buffer rarely grows.
        var columns = _features.Count + _probabilities.Count + _tags.Count;
        var writer = new CodecWriter(1024 + (columns * 64) + (Count * ((columns * sizeof(double)) + 64)));
        writer.Byte(PredictionBatch.FormatVersion);
        writer.Varint(Count);
        if (_ids.Any) Write(writer, Section.Ids, w => _ids.Write(w, Count));
        if (_times.Any) Write(writer, Section.Times, w => w.Raw(_times.Span(Count)));
        if (_versions.Any) Write(writer, Section.Versions, w => _versions.Write(w, Count));
        Write(writer, Section.Predictions, w => _predictions.Write(w, Count));
        if (_scores.Any) Write(writer, Section.Scores, w => w.Raw(_scores.Span(Count)));
        _probabilities.Write(writer, (byte)Section.Probability, Count);
        if (_latencies.Any) Write(writer, Section.Latencies, w => w.Raw(_latencies.Span(Count)));
        if (_errors.Any) Write(writer, Section.Errors, w => w.Raw(_errors.Span(Count)));
        _features.Write(writer, (byte)Section.Feature, Count);
        _tags.Write(writer, (byte)Section.Tag, Count);
        if (_labels.Any) Write(writer, Section.Labels, w => _labels.Write(w, Count));
        return PredictionBatch.Decode(writer.Memory);
    }

    private bool Set(ValueColumn.Builder? column, double value)
    {
        column?.Set(Count, value);
        return column is not null;
    }

    private bool Set(ValueColumn.Builder? column, ReadOnlySpan<char> text)
    {
        column?.Set(Count, text);
        return column is not null;
    }

    private static void Write(CodecWriter writer, Section section, Action<CodecWriter> write)
    {
        var start = writer.BeginSection((byte)section);
        write(writer);
        writer.EndSection(start);
    }

    /// <summary>A plain column that exists once a row has set it.</summary>
    private struct Optional<T>(T missing) where T : unmanaged
    {
        private T[]? _values;
        private int _since;

        public readonly bool Any => _values is not null;

        public void Set(int row, T value)
        {
            if (_values is null) _since = row;
            Reserve(row + 1);
            _values![row] = value;
        }

        public void Clear(int row)
        {
            if (_values is null || row >= _values.Length) return;
            _values[row] = missing;
            if (row == _since) _values = null;
        }

        public ReadOnlySpan<T> Span(int count)
        {
            Reserve(count);
            return _values.AsSpan(0, count);
        }

        private void Reserve(int count)
        {
            var old = _values?.Length ?? 0;
            if (count <= old) return;
            Array.Resize(ref _values, Math.Max(Math.Max(16, count), old * 2));
            _values.AsSpan(old).Fill(missing);
        }
    }
}
