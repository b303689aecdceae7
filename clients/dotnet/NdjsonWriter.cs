using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace FleetMonitor.Client;

/// <summary>Predictions and labels as NDJSON, one a line: the bodies of <see cref="FleetMonitorClient"/>, and of files that are sent later.</summary>
/// <remarks>
/// One buffer that grows and is used again. A score or a probability that is no finite number is left out: JSON has none, and the server takes it for missing.
/// Not thread-safe.
/// </remarks>
public sealed class NdjsonWriter : IDisposable
{
    private readonly ArrayBufferWriter<byte> _buffer = new();
    private readonly Utf8JsonWriter _writer;

    public NdjsonWriter()
    {
        _writer = new Utf8JsonWriter(_buffer, new JsonWriterOptions { SkipValidation = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    }

    /// <summary>What was written, until <see cref="Clear"/>.</summary>
    public ReadOnlyMemory<byte> Written => _buffer.WrittenMemory;

    public void Clear() => _buffer.ResetWrittenCount();

    public void Write(PredictionEvent prediction)
    {
        _writer.WriteStartObject();
        if (prediction.Id is { } id) _writer.WriteString("id"u8, id);
        if (prediction.Time is { } time) _writer.WriteString("time"u8, time.UtcDateTime);
        if (prediction.Version is { } version) _writer.WriteString("version"u8, version);
        if (prediction.Features is { } features)
        {
            _writer.WriteStartObject("features"u8);
            foreach (var (name, value) in features) value.Write(_writer, name);
            _writer.WriteEndObject();
        }
        prediction.Prediction.Write(_writer, "prediction"u8);
        if (prediction.Score is { } score && double.IsFinite(score)) _writer.WriteNumber("score"u8, score);
        if (prediction.Probabilities is { } probabilities)
        {
            _writer.WriteStartObject("probabilities"u8);
            foreach (var (label, probability) in probabilities)
            {
                if (double.IsFinite(probability)) _writer.WriteNumber(label, probability);
            }
            _writer.WriteEndObject();
        }
        if (prediction.Latency is { } latency) _writer.WriteNumber("latency_ms"u8, latency.TotalMilliseconds);
        if (prediction.Error) _writer.WriteBoolean("error"u8, true);
        if (prediction.Tags is { } tags)
        {
            _writer.WriteStartObject("tags"u8);
            foreach (var (name, value) in tags) _writer.WriteString(name, value);
            _writer.WriteEndObject();
        }
        if (!prediction.Label.IsMissing) prediction.Label.Write(_writer, "label"u8);
        EndLine();
    }

    public void Write(LabelEvent label)
    {
        _writer.WriteStartObject();
        _writer.WriteString("id"u8, label.Id);
        label.Label.Write(_writer, "label"u8);
        if (label.Time is { } time) _writer.WriteString("time"u8, time.UtcDateTime);
        EndLine();
    }

    public void Dispose() => _writer.Dispose();

    private void EndLine()
    {
        _writer.WriteEndObject();
        _writer.Flush();
        _writer.Reset();
        _buffer.Write("\n"u8);
    }
}
