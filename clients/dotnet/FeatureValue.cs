using System.Text.Json;

namespace FleetMonitor.Client;

/// <summary>A number, a text, or nothing: what a feature, a prediction or a label can be. Numbers, texts and bools convert by themselves.</summary>
/// <remarks>NaN is nothing. ±∞ travel as the texts "Infinity" and "-Infinity", since JSON has no such numbers.</remarks>
public readonly record struct FeatureValue
{
    private readonly string? _text;
    private readonly double? _number;

    private FeatureValue(string? text, double? number)
    {
        _text = text;
        _number = number is { } value && double.IsNaN(value) ? null : number;
    }

    public bool IsMissing => _text is null && _number is null;

    public static FeatureValue FromDouble(double number) => new(null, number);

    public static FeatureValue FromString(string? text) => new(text, null);

    public static FeatureValue FromBoolean(bool value) => new(value ? "true" : "false", null);

    public static implicit operator FeatureValue(double number) => FromDouble(number);

    public static implicit operator FeatureValue(string? text) => FromString(text);

    public static implicit operator FeatureValue(bool value) => FromBoolean(value);

    public override string ToString() => _text ?? _number?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "";

    internal void Write(Utf8JsonWriter writer, ReadOnlySpan<byte> name)
    {
        writer.WritePropertyName(name);
        WriteValue(writer);
    }

    internal void Write(Utf8JsonWriter writer, string name)
    {
        writer.WritePropertyName(name);
        WriteValue(writer);
    }

    private void WriteValue(Utf8JsonWriter writer)
    {
        if (_text is not null) writer.WriteStringValue(_text);
        else if (_number is not { } number) writer.WriteNullValue();
        else if (double.IsInfinity(number)) writer.WriteStringValue(number > 0 ? "Infinity" : "-Infinity");
        else writer.WriteNumberValue(number);
    }
}
