using System.Diagnostics;
using FleetMonitor.Core.Codec;
using Section = FleetMonitor.Core.Batches.PredictionBatch.Section;

namespace FleetMonitor.Core.Batches;

/// <summary>Builds a <see cref="PredictionBatch"/> row by row: <see cref="BeginRow"/>, setters, then <see cref="EndRow"/> or <see cref="DiscardRow"/>.</summary>
/// <remarks>Not thread-safe; one builder makes one batch. Decoders keep the index that each kept row had in its request beside the builder.</remarks>
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
    private bool _anyVersion;
    private bool _anyLabel;
    private bool _inRow;

    /// <summary>Rows kept so far.</summary>
    public int Count { get; private set; }

    public int FeatureCount => _features.Count;

    public int TagCount => _tags.Count;

    public int ClassCount => _probabilities.Count;

    public bool HasFeature(string name) => _features.Contains(name);

    public void BeginRow()
    {
        Debug.Assert(!_inRow, "EndRow or DiscardRow comes first.");
        _inRow = true;
        _probabilities.BeginRow();
        _features.BeginRow();
        _tags.BeginRow();
    }

    public void SetId(ReadOnlySpan<byte> utf8) => _ids.Set(Count, utf8);

    public void SetTime(long micros) => _times.Set(Count, micros);

    public void SetVersion(string version)
    {
        _versions.Set(Count, version);
        _anyVersion = true;
    }

    public void SetPrediction(double value) => _predictions.Set(Count, value);

    public void SetPrediction(ReadOnlySpan<char> label) => _predictions.Set(Count, label);

    public void SetLabel(double value)
    {
        _labels.Set(Count, value);
        _anyLabel = true;
    }

    public void SetLabel(ReadOnlySpan<char> label)
    {
        _labels.Set(Count, label);
        _anyLabel = true;
    }

    public void SetScore(double score) => _scores.Set(Count, score);

    public void SetProbability(ReadOnlySpan<byte> utf8Class, double probability) => _probabilities.Get(utf8Class).Set(Count, probability);

    public void SetProbability(string label, double probability) => _probabilities.Get(label).Set(Count, probability);

    /// <summary>Seconds.</summary>
    public void SetLatency(double seconds) => _latencies.Set(Count, seconds);

    public void SetError(bool error)
    {
        if (error) _errors.Set(Count, 1);
    }

    public void SetFeature(ReadOnlySpan<byte> utf8Name, double value) => _features.Get(utf8Name).Set(Count, value);

    public void SetFeature(ReadOnlySpan<byte> utf8Name, ReadOnlySpan<char> text) => _features.Get(utf8Name).Set(Count, text);

    public void SetFeature(string name, double value) => _features.Get(name).Set(Count, value);

    public void SetFeature(string name, ReadOnlySpan<char> text) => _features.Get(name).Set(Count, text);

    /// <summary>Names a feature without giving it a value in this row.</summary>
    public void SetFeatureMissing(ReadOnlySpan<byte> utf8Name) => _features.Get(utf8Name);

    public void SetFeatureMissing(string name) => _features.Get(name);

    public void SetTag(ReadOnlySpan<byte> utf8Name, ReadOnlySpan<char> value) => _tags.Get(utf8Name).Set(Count, value);

    public void EndRow()
    {
        Debug.Assert(_inRow && _predictions.IsSet(Count), "Every row has a prediction.");
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
        _probabilities.Clear(Count);
        _features.Clear(Count);
        _tags.Clear(Count);
    }

    /// <summary>The batch, encoded. The builder must not be used afterwards.</summary>
    public PredictionBatch Build()
    {
        Debug.Assert(!_inRow, "EndRow or DiscardRow comes first.");
        var writer = new CodecWriter(64 + (Count * ((_features.Count * 8) + 40)));
        writer.Byte(PredictionBatch.FormatVersion);
        writer.Varint(Count);
        if (_ids.Any) Write(writer, Section.Ids, w => _ids.Write(w, Count));
        if (_times.Any) Write(writer, Section.Times, w => w.Raw(_times.Span(Count)));
        if (_anyVersion) Write(writer, Section.Versions, w => _versions.Write(w, Count));
        Write(writer, Section.Predictions, w => _predictions.Write(w, Count));
        if (_scores.Any) Write(writer, Section.Scores, w => w.Raw(_scores.Span(Count)));
        _probabilities.Write(writer, (byte)Section.Probability, Count);
        if (_latencies.Any) Write(writer, Section.Latencies, w => w.Raw(_latencies.Span(Count)));
        if (_errors.Any) Write(writer, Section.Errors, w => w.Raw(_errors.Span(Count)));
        _features.Write(writer, (byte)Section.Feature, Count);
        _tags.Write(writer, (byte)Section.Tag, Count);
        if (_anyLabel) Write(writer, Section.Labels, w => _labels.Write(w, Count));
        return PredictionBatch.Decode(writer.ToArray());
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

        public readonly bool Any => _values is not null;

        public void Set(int row, T value)
        {
            Reserve(row + 1);
            _values![row] = value;
        }

        public readonly void Clear(int row)
        {
            if (_values is not null && row < _values.Length) _values[row] = missing;
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
