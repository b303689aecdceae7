using System.Runtime.InteropServices;
using FleetMonitor.Core.Codec;

namespace FleetMonitor.Core.Batches;

/// <summary>Predictions of one model as columns: the one shape in which they travel, are logged and are applied.</summary>
/// <remarks>
/// A view over one immutable buffer (<see cref="Buffer"/>): opening it checks every length and copies no column. Version byte, row count, then sections of
/// tag, length and bytes; unknown sections are skipped. Optional columns are null or empty. What the values mean (number or category, class or target) is for the model's spec to say.
/// A buffer is owned by whom it is handed to and is never written again.
/// </remarks>
public sealed partial class PredictionBatch
{
    internal const byte FormatVersion = 1;

    private ReadOnlyMemory<byte> _times;
    private ReadOnlyMemory<byte> _scores;
    private ReadOnlyMemory<byte> _latencies;
    private ReadOnlyMemory<byte> _errors;
    private Dictionary<string, ValueColumn>? _featuresByName;

    private PredictionBatch(ReadOnlyMemory<byte> buffer) => Buffer = buffer;

    /// <summary>The encoded batch.</summary>
    public ReadOnlyMemory<byte> Buffer { get; }

    public int Count { get; private set; }

    public IdColumn? Ids { get; private set; }

    /// <summary>Event times in Unix microseconds, <see cref="UnixTime.Missing"/> where none was given; empty when no row has one.</summary>
    public ReadOnlySpan<long> Times => MemoryMarshal.Cast<byte, long>(_times.Span);

    public ValueColumn? Versions { get; private set; }

    /// <summary>A class (text or number) or a regression's value (number) in every row.</summary>
    public ValueColumn Predictions { get; private set; } = new("prediction", 0, default, default, []);

    /// <summary>Score of the positive class, 0 to 1, NaN where none was given; empty when no row has one.</summary>
    public ReadOnlySpan<double> Scores => MemoryMarshal.Cast<byte, double>(_scores.Span);

    /// <summary>Probability per class, 0 to 1: one number column a class, named by it.</summary>
    public IReadOnlyList<ValueColumn> Probabilities { get; private set; } = [];

    /// <summary>Inference latency in seconds, NaN where none was given; empty when no row has one.</summary>
    public ReadOnlySpan<double> Latencies => MemoryMarshal.Cast<byte, double>(_latencies.Span);

    /// <summary>1 where the inference failed; empty when none did.</summary>
    public ReadOnlySpan<byte> Errors => _errors.Span;

    public IReadOnlyList<ValueColumn> Features { get; private set; } = [];

    /// <summary>The feature of that name, or null. O(1) after the first look-up.</summary>
    public ValueColumn? Feature(string name)
    {
        if (_featuresByName is null)
        {
            _featuresByName = new Dictionary<string, ValueColumn>(Features.Count, StringComparer.Ordinal);
            foreach (var feature in Features) _featuresByName.TryAdd(feature.Name, feature);
        }
        return _featuresByName.GetValueOrDefault(name);
    }

    public IReadOnlyList<ValueColumn> Tags { get; private set; } = [];

    /// <summary>True labels; only references bring them along.</summary>
    public ValueColumn? Labels { get; private set; }

    /// <summary>Opens an encoded batch. Throws <see cref="CodecException"/> when it is not one.</summary>
    public static PredictionBatch Decode(ReadOnlyMemory<byte> buffer)
    {
        var batch = new PredictionBatch(buffer);
        var reader = new CodecReader(buffer.Span);
        var version = reader.Byte();
        if (version != FormatVersion) throw new CodecException($"A batch of format {version}; this build reads format {FormatVersion}.");
        var count = batch.Count = reader.SmallInt();
        List<ValueColumn> features = [], tags = [], probabilities = [];
        ValueColumn? predictions = null;
        while (!reader.AtEnd)
        {
            var length = reader.Section(out var tag).Length;
            var section = buffer.Slice(reader.Position - length, length);
            switch ((Section)tag)
            {
                case Section.Ids: batch.Ids = IdColumn.Read(section, count); break;
                case Section.Times: batch._times = Exactly(section, count, 8); break;
                case Section.Versions: batch.Versions = ValueColumn.Read(section, count); break;
                case Section.Predictions: predictions = ValueColumn.Read(section, count); break;
                case Section.Scores: batch._scores = Exactly(section, count, 8); break;
                case Section.Probability: probabilities.Add(ValueColumn.Read(section, count)); break;
                case Section.Latencies: batch._latencies = Exactly(section, count, 8); break;
                case Section.Errors: batch._errors = Exactly(section, count, 1); break;
                case Section.Feature: features.Add(ValueColumn.Read(section, count)); break;
                case Section.Tag: tags.Add(ValueColumn.Read(section, count)); break;
                case Section.Labels: batch.Labels = ValueColumn.Read(section, count); break;
                default: break;
            }
        }
        batch.Predictions = predictions ?? throw new CodecException("A batch without its predictions' column.");
        batch.Features = features;
        batch.Tags = tags;
        batch.Probabilities = probabilities;
        return batch;
    }

    private static ReadOnlyMemory<byte> Exactly(ReadOnlyMemory<byte> section, int count, int width) =>
        section.Length == (long)count * width ? section : throw new CodecException($"A column of {section.Length} bytes where {count} rows of {width} were expected.");

    internal enum Section : byte
    {
        Ids = 1, Times = 2, Versions = 3, Predictions = 4, Scores = 5, Probability = 6, Latencies = 7, Errors = 8, Feature = 9, Tag = 10, Labels = 11,
    }
}
