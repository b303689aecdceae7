using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace FleetMonitor.Core.Specs;

/// <summary>Durations as people write them: a whole number and s, m, h, d or w ("5m", "7d").</summary>
public static class Duration
{
    /// <summary>The longest duration that may be written: ten years.</summary>
    public static readonly TimeSpan Max = TimeSpan.FromDays(3_650);

    public static bool TryParse(ReadOnlySpan<char> text, out TimeSpan duration)
    {
        duration = default;
        if (text.Length < 2 || !long.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return false;
        long? seconds = text[^1] switch { 's' => 1, 'm' => 60, 'h' => 3_600, 'd' => 86_400, 'w' => 604_800, _ => null };
        if (seconds is null || number > (long)Max.TotalSeconds / seconds) return false;
        duration = TimeSpan.FromSeconds(number * seconds.Value);
        return true;
    }

    public static string Format(TimeSpan duration)
    {
        var seconds = (long)duration.TotalSeconds;
        return seconds switch
        {
            0 => "0s",
            // A day is "24h", as windows are written; days are for longer ones.
            > 86_400 when seconds % 86_400 == 0 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 86_400}d"),
            _ when seconds % 3_600 == 0 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 3_600}h"),
            _ when seconds % 60 == 0 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 60}m"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{seconds}s"),
        };
    }
}

internal sealed class DurationJsonConverter : JsonConverter<TimeSpan>
{
    public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String && Duration.TryParse(reader.GetString(), out var duration)) return duration;
        throw new JsonException("expected a duration such as \"5m\", \"1h\" or \"7d\"");
    }

    public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) => writer.WriteStringValue(Duration.Format(value));
}
