using Spectre.Console;

namespace FleetMonitor.Cli.Tests;

public class FittedTableTests
{
    private static readonly string[] Rows = ["a", "b"];

    [Fact]
    public void Write_MuchRoom_ShowsEverything() => Assert.Equal("name  long  number  last", Header(80));

    [Fact]
    public void Write_LittleRoom_LetsTheLeastImportantGoFirst()
    {
        Assert.Equal("name  short  number  last", Header(32, wide: 20));
        Assert.Equal("name  number  last", Header(24));
        Assert.Equal("name  last", Header(14));
    }

    [Fact]
    public void Write_ColumnThatSaysNothing_IsLeftOut()
    {
        using var output = new StringWriter();
        FittedTable.Write(Console(output, 80), Rows, [new("name", row => row), new("empty", _ => "–"), new("x", _ => "1")]);
        Assert.Equal("name  x", output.ToString().Split('\n').First(line => line.Contains("name", StringComparison.Ordinal)).Trim());
    }

    [Fact]
    public void Write_NoRows_IsNothing()
    {
        using var output = new StringWriter();
        FittedTable.Write<string>(Console(output, 80), [], [new("name", row => row)]);
        Assert.Empty(output.ToString());
    }

    [Theory]
    [InlineData(40)]
    [InlineData(80)]
    [InlineData(200)]
    public void Write_AnyWidth_KeepsWithinItAndInOneLineARow(int width)
    {
        using var output = new StringWriter();
        string?[] rows = [.. Enumerable.Range(0, 20).Select(i => i == 10 ? null : new string('x', i))];
        var columns = Enumerable.Range(0, 12).Select(c => new Column<string>($"column {c}", row => $"[red]{row.Length * c}[/]") { IsNumber = true, Importance = c * 5 });
        FittedTable.Write(Console(output, width), rows, columns.Prepend(new("row", row => row)));
        var lines = output.ToString().Split('\n').Where(line => line.Trim().Length > 0).ToArray();
        Assert.Equal(rows.Length + 2, lines.Length);
        Assert.All(lines, line => Assert.InRange(line.TrimEnd().Length, 1, width));
    }

    /// <param name="wide">Characters of the column's full cells.</param>
    private static string Header(int width, int wide = 4)
    {
        using var output = new StringWriter();
        FittedTable.Write(Console(output, width), Rows,
        [
            new("name", row => row),
            new("long", _ => new string('x', wide)) { Importance = 10, Short = new("short", _ => "x") { Importance = 20 } },
            new("number", _ => "1") { Importance = 50, IsNumber = true },
            new("last", _ => "y"),
        ]);
        return output.ToString().Split('\n').First(line => line.Contains("name", StringComparison.Ordinal)).Trim();
    }

    private static IAnsiConsole Console(StringWriter output, int width)
    {
        var terminal = new Terminal { Out = output, Error = output, OpenInput = () => Stream.Null, Width = width };
        return terminal.Console(output);
    }
}
