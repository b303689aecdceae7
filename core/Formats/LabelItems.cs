using System.Text;
using System.Text.Json;
using FleetMonitor.Core.Batches;

namespace FleetMonitor.Core.Formats;

/// <summary>Reads labels, one JSON object each, into a batch.</summary>
internal sealed class LabelItems(DecodeLimits limits) : JsonItems(limits, "labels")
{
    private readonly LabelBatch.Builder _rows = new();
    private readonly byte[] _id = new byte[limits.MaxId];
    private char[] _label = [];
    private int _idLength;
    private int _labelLength;
    private double _number;
    private long _time;

    public Decoded<LabelBatch> Result() => Tally.With(_rows.Build());

    protected override void Begin()
    {
        _idLength = _labelLength = 0;
        _number = double.NaN;
        _time = UnixTime.Missing;
    }

    protected override void Keep()
    {
        var id = _id.AsSpan(0, _idLength);
        if (_labelLength == 0) _rows.Add(id, _number, _time);
        else _rows.Add(id, _label.AsSpan(0, _labelLength), _time);
    }

    protected override void Undo() { }

    protected override bool Read(scoped ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject) return Expected(ref reader, "", "an object");
        bool id = false, label = false, time = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = MemberName(ref reader);
            var ok = true;
            if (name.SequenceEqual("id"u8)) ok = Once(name, ref id) && Id(ref reader);
            else if (name.SequenceEqual("label"u8)) ok = Once(name, ref label) && Label(ref reader);
            else if (name.SequenceEqual("time"u8)) ok = Once(name, ref time) && Time(ref reader);
            else reader.Skip();
            if (!ok) return false;
        }
        if (!id) return Fail("id", "expected a string or an integer, got nothing");
        return label || Fail("label", "expected a string, a number or a bool, got nothing");
    }

    private bool Once(ReadOnlySpan<byte> name, ref bool seen)
    {
        if (seen) return Fail(Encoding.UTF8.GetString(name), "given twice");
        return seen = true;
    }

    private bool Id(scoped ref Utf8JsonReader reader)
    {
        reader.Read();
        if (!TryId(ref reader, out var id)) return false;
        id.CopyTo(_id);
        _idLength = id.Length;
        return true;
    }

    private bool Label(scoped ref Utf8JsonReader reader)
    {
        reader.Read();
        if (!TryLabel(ref reader, "label", out _number, out var text)) return false;
        if (text.Length > _label.Length) _label = new char[Math.Max(text.Length, 32)];
        text.CopyTo(_label);
        _labelLength = text.Length;
        return true;
    }

    private bool Time(scoped ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.TokenType == JsonTokenType.Null || TryTime(ref reader, out _time);
    }
}
