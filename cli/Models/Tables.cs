using System.Globalization;
using System.Text.Json;
using Spectre.Console;

namespace FleetMonitor.Cli.Models;

/// <summary>Tables and values as a person likes them.</summary>
internal static class Tables
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static int Print(Terminal terminal, JsonElement answer)
    {
        terminal.Out.WriteLine(JsonSerializer.Serialize(answer, Indented));
        return ExitCode.Done;
    }

    public static void Show<T>(Terminal terminal, IReadOnlyList<T> rows, params Column<T>[] columns) where T : class =>
        FittedTable.Write(terminal.Console(terminal.Out), rows, columns);

    public static string Number(double? value) => value is { } number ? number.ToString("0.000", CultureInfo.InvariantCulture) : "–";

    public static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    public static string Count(double? count) => count is { } number ? number.ToString("N0", CultureInfo.InvariantCulture) : "–";

    public static string Share(double? value) => value is { } share ? share.ToString("0.0%", CultureInfo.InvariantCulture) : "–";

    public static string Milliseconds(double? seconds) => seconds is { } value ? (value * 1e3).ToString("0.0", CultureInfo.InvariantCulture) + " ms" : "–";

    public static string Time(DateTimeOffset? time) => time is { } value ? value.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) : "–";

    /// <summary>A time as short as can be: of today the time of day, else the day.</summary>
    public static string ShortTime(DateTimeOffset? time, Terminal terminal) =>
        time is { } value ? value.ToString(value.UtcDateTime.Date == terminal.Time.GetUtcNow().Date ? "HH:mm:ss" : "yyyy-MM-dd", CultureInfo.InvariantCulture) : "–";

    /// <summary>"0.031 (0.012 … 0.050)".</summary>
    public static string Interval(double? value, double? lower, double? upper, Func<double?, string>? format = null)
    {
        format ??= Number;
        return value is null ? "–" : lower is null ? format(value) : $"{format(value)} ({format(lower)} … {format(upper)})";
    }

    public static string State(string state) => state switch
    {
        "live" => "[green]live[/]",
        "maintenance" => "[yellow]maintenance[/]",
        "retired" => "[grey]retired[/]",
        _ => Markup.Escape(state),
    };
}
