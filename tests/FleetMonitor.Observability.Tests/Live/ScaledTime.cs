using System.Globalization;
using System.Text.RegularExpressions;

namespace FleetMonitor.Observability.Tests.Live;

/// <summary>The project's own configuration with time running faster: what takes five minutes in production takes fifteen seconds here.</summary>
/// <remarks>
/// One substitution, whatever the file: every duration of <c>for</c>, of an interval or timeout, and of a range in brackets is divided by <see cref="Factor"/>, and is at least a second (a range: at least
/// <see cref="MinRange"/>, which holds a few scrapes). Numbers inside expressions, such as thresholds in seconds, stay.
/// </remarks>
internal static partial class ScaledTime
{
    public const int Factor = 20;
    private const int MinRange = 10;

    public static string Scale(string text)
    {
        text = Settings().Replace(text, match => match.Groups[1].Value + Seconds(match.Groups[2].Value, atLeast: 1));
        return Ranges().Replace(text, match => $"[{Seconds(match.Groups[1].Value, MinRange)}]");
    }

    private static string Seconds(string duration, double atLeast)
    {
        var unit = duration[^1] switch { 's' => 1, 'm' => 60, 'h' => 3600, 'd' => 86400, _ => throw new FormatException(duration) };
        var seconds = int.Parse(duration[..^1], CultureInfo.InvariantCulture) * unit / (double)Factor;
        return string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(Math.Max(seconds, atLeast))}s");
    }

    [GeneratedRegex("""(?m)^(\s*(?:- )?(?:for|interval|scrape_interval|scrape_timeout|evaluation_interval|group_wait|group_interval|repeat_interval|resolve_timeout): )(\d+[smhd])(?=\s*$)""")]
    private static partial Regex Settings();

    [GeneratedRegex("""\[(\d+[smhd])\]""")]
    private static partial Regex Ranges();
}
