using System.Globalization;

namespace FleetMonitor.Api.OpenApi;

/// <summary>What texts of the API look like, as exactly as a pattern says it. In schemas.json they stand by their names, "@window".</summary>
internal static class SchemaPatterns
{
    /// <summary>A window: whole minutes up to an hour, hours up to 48, days up to 31.</summary>
    public static readonly string Window = $"^({Durations(seconds: 0, minutes: 60, hours: 48, days: 31)})$";

    /// <summary>Durations above nothing, up to ten years.</summary>
    public static readonly string Duration = $"^({Durations(315_360_000, 5_256_000, 87_600, 3_650)})$";

    /// <summary>Durations above nothing, up to a year.</summary>
    public static readonly string Year = $"^({Durations(31_536_000, 525_600, 8_760, 365)})$";

    /// <summary>Durations up to a year, or none.</summary>
    public static readonly string Delay = $"^(0[smhd]|{Durations(31_536_000, 525_600, 8_760, 365)})$";

    /// <summary>A version of a served model, as its folder is named.</summary>
    public const string ServedVersion = "^[1-9][0-9]{0,18}$";

    private static readonly (string Name, string Pattern)[] Named =
    [
        ("@window", Window), ("@duration", Duration), ("@year", Year), ("@delay", Delay), ("@stream", "^(error|confidence|score|feature:.{1,200})$"),
    ];

    /// <summary>A schema's text with patterns for their names.</summary>
    public static string Fill(string json) => Named.Aggregate(json, (text, named) => text.Replace($"\"{named.Name}\"", $"\"{named.Pattern}\"", StringComparison.Ordinal));

    private static string Durations(int seconds, int minutes, int hours, int days) =>
        string.Join('|', new[] { (seconds, 's'), (minutes, 'm'), (hours, 'h'), (days, 'd') }.Where(part => part.Item1 > 0).Select(part => $"({UpTo(part.Item1)}){part.Item2}"));

    /// <summary>The numbers from 1 to <paramref name="last"/> without leading zeros: those with fewer digits, then digit by digit those that are smaller, then it.</summary>
    private static string UpTo(int last)
    {
        var digits = last.ToString(CultureInfo.InvariantCulture);
        List<string> parts = digits.Length > 1 ? [$"[1-9]{Digits(0, digits.Length - 2)}"] : [];
        for (var i = 0; i < digits.Length; i++)
        {
            var (least, most) = (i == 0 ? '1' : '0', (char)(digits[i] - 1));
            if (most >= least) parts.Add($"{digits[..i]}[{least}-{most}]{Digits(digits.Length - i - 1, digits.Length - i - 1)}");
        }
        return string.Join('|', [.. parts, digits]);
    }

    private static string Digits(int least, int most) => most == 0 ? "" : least == most ? string.Create(CultureInfo.InvariantCulture, $"[0-9]{{{most}}}") : string.Create(CultureInfo.InvariantCulture, $"[0-9]{{{least},{most}}}");
}
