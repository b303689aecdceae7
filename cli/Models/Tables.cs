using System.Globalization;
using System.Text.Json;
using Spectre.Console;

namespace FleetMonitor.Cli.Models;

/// <summary>Tables and values as a person likes them.</summary>
internal static class Tables
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static Table Of(params string[] columns)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (var column in columns) table.AddColumn(column);
        return table;
    }

    public static int Print(Terminal terminal, JsonElement answer)
    {
        terminal.Out.WriteLine(JsonSerializer.Serialize(answer, Indented));
        return ExitCode.Done;
    }

    public static void Show(Terminal terminal, Table table) => terminal.Console(terminal.Out).Write(table);

    public static string Number(double? value) => value is { } number ? number.ToString("0.000", CultureInfo.InvariantCulture) : "–";

    public static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    public static string Share(double? value) => value is { } share ? share.ToString("0.0%", CultureInfo.InvariantCulture) : "–";

    public static string Milliseconds(double? seconds) => seconds is { } value ? (value * 1e3).ToString("0.0", CultureInfo.InvariantCulture) + " ms" : "–";

    public static string Time(DateTimeOffset? time) => time is { } value ? value.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) : "–";

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
