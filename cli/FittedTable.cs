using Spectre.Console;
using Spectre.Console.Rendering;

namespace FleetMonitor.Cli;

/// <summary>A column of a <see cref="FittedTable"/>.</summary>
/// <param name="Cell">What it says of a row, in markup; nothing or "–": there is nothing to say.</param>
internal sealed record Column<T>(string Title, Func<T, string> Cell)
{
    /// <summary>Columns of this importance are always shown; the others while there is room, the more important ones first.</summary>
    public const int Kept = 100;

    public int Importance { get; init; } = Kept;

    /// <summary>Right-aligned.</summary>
    public bool IsNumber { get; init; }

    /// <summary>Cells of several words may take several lines.</summary>
    public bool MayWrap { get; init; }

    /// <summary>What stands for it, and is more important, where there is no room; null: nothing.</summary>
    public Column<T>? Short { get; init; }
}

/// <summary>A table as wide as its console: the columns that say nothing, then those that matter least, give way to the others.</summary>
internal static class FittedTable
{
    /// <summary>Room that a column of several lines is given at least.</summary>
    private const int WrapWidth = 24;

    /// <summary>Blanks before a column, beside the border's own.</summary>
    private const int Gap = 1;

    /// <param name="rows">Null: rows that are not shown.</param>
    public static void Write<T>(IAnsiConsole console, IReadOnlyList<T?> rows, IEnumerable<Column<T>> columns) where T : class
    {
        if (rows.Count == 0) return;
        var options = RenderOptions.Create(console, console.Profile.Capabilities);
        List<Choice<T>> choices = [.. columns.Select(column => new Choice<T>(column, rows, options))];
        choices.RemoveAll(choice => choice.IsEmpty && choice != choices[0]);
        foreach (var (choice, form) in choices.SelectMany(choice => choice.Forms.Select(form => (choice, form))).OrderByDescending(step => step.form.Column.Importance))
        {
            var others = choices.Where(other => other != choice && other.Taken is not null).Sum(other => other.Taken!.Width + Gap + 1);
            if (form.Column.Importance == Column<T>.Kept || others + form.Width + Gap + 2 <= console.Profile.Width) choice.Taken = form;
        }
        Form<T>[] shown = [.. choices.Select(choice => choice.Taken).OfType<Form<T>>()];
        var table = new Table().Border(TableBorder.Simple);
        foreach (var column in shown.Select(form => form.Column))
        {
            var added = new TableColumn(new Text(column.Title)).PadLeft(Gap).PadRight(0);
            if (column.IsNumber) added.RightAligned();
            table.AddColumn(column.MayWrap ? added : added.NoWrap());
        }
        for (var row = 0; row < rows.Count; row++) table.AddRow([.. shown.Select(form => form.Cells[row])]);
        console.Write(table);
    }

    /// <summary>A column and the forms that it can have.</summary>
    private sealed class Choice<T> where T : class
    {
        public Choice(Column<T> column, IReadOnlyList<T?> rows, RenderOptions options)
        {
            for (var form = column; form is not null; form = form.Short) Forms.Add(new Form<T>(form, rows, options));
        }

        /// <summary>The shortest last, which is the most important.</summary>
        public List<Form<T>> Forms { get; } = [];

        /// <summary>Null: it is not shown.</summary>
        public Form<T>? Taken { get; set; }

        public bool IsEmpty => Forms[0].Cells.All(cell => cell is "" or "–" or "…");
    }

    private sealed class Form<T> where T : class
    {
        public Form(Column<T> column, IReadOnlyList<T?> rows, RenderOptions options)
        {
            Column = column;
            Cells = [.. rows.Select(row => row is null ? "…" : column.Cell(row))];
            var natural = Cells.Select(cell => Length(new Markup(cell), options)).Prepend(Length(new Text(column.Title), options)).Max();
            Width = column.MayWrap ? Math.Min(natural, WrapWidth) : natural;
        }

        public Column<T> Column { get; }

        public IReadOnlyList<string> Cells { get; }

        public int Width { get; }

        private static int Length(IRenderable text, RenderOptions options) => text.Measure(options, int.MaxValue).Max;
    }
}
