using System.Text.Json;
using FleetMonitor.Core.Formats;

namespace FleetMonitor.Api.Sink.Payloads;

/// <summary>Rows as JSON has them: an array of numbers or texts, of arrays (nested ones are read flat), or of objects.</summary>
internal static class RowsReader
{
    /// <summary>Columns of a row that are read; an image has more, and is no table.</summary>
    public const int MaxWidth = 1_000;

    private static readonly DecodeLimits Limits = DecodeLimits.Default;

    public static Payload Read(JsonElement rows, IReadOnlyList<string>? names)
    {
        var count = rows.GetArrayLength();
        if (count > Limits.MaxItems) throw new LimitException("rows", Limits.MaxItems);
        if (count == 0) return new Payload(0, [], null);
        return rows[0].ValueKind == JsonValueKind.Object ? new Payload(count, Objects(rows, count), null) : new Payload(count, [Arrays(rows, names)], null);
    }

    /// <summary>A value as a cell: numbers, texts, bools as "true" and "false"; null for what is none of them.</summary>
    public static Cell? Scalar(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => new Cell(value.GetDouble(), null),
        JsonValueKind.String => new Cell(double.NaN, Bounded(value.GetString()!)),
        JsonValueKind.True => new Cell(double.NaN, "true"),
        JsonValueKind.False => new Cell(double.NaN, "false"),
        JsonValueKind.Null => Cell.Missing,
        _ => null,
    };

    /// <summary>All values inside, in order.</summary>
    /// <param name="max">So many at most are kept, and one more, so that too many can be told.</param>
    public static void Flatten(JsonElement value, List<Cell> cells, long max)
    {
        if (value.ValueKind == JsonValueKind.Array)
        {
            foreach (var element in value.EnumerateArray())
            {
                if (cells.Count > max) return;
                Flatten(element, cells, max);
            }
            return;
        }
        if (cells.Count >= PayloadReader.MaxCells) throw new LimitException("values", PayloadReader.MaxCells);
        cells.Add(Scalar(value) ?? throw new DocumentException("expected a number, a text, a bool or null inside an array, got an object"));
    }

    private static Tensor Arrays(JsonElement rows, IReadOnlyList<string>? names)
    {
        var cells = new List<Cell>();
        var width = -1;
        foreach (var row in rows.EnumerateArray())
        {
            var before = cells.Count;
            Flatten(row, cells, before + (long)MaxWidth);
            var length = cells.Count - before;
            if (length > MaxWidth) return new Tensor("", null, 0, []);
            if (width < 0) width = length;
            else if (length != width) throw new DocumentException($"expected rows of {width} values, got one of {length}");
        }
        return new Tensor("", names?.Count == width ? names : null, width, cells);
    }

    /// <summary>Each member is a tensor of its own, missing in the rows that do not have it.</summary>
    private static List<Tensor> Objects(JsonElement rows, int count)
    {
        var members = new Dictionary<string, (Cell[] Cells, int Width)>(StringComparer.Ordinal);
        var total = 0L;
        var index = 0;
        foreach (var row in rows.EnumerateArray())
        {
            if (row.ValueKind != JsonValueKind.Object) throw new DocumentException("expected an object in each row, as in the first");
            foreach (var member in row.EnumerateObject()) Add(member, index);
            index++;
        }
        return [.. members.Select(member => new Tensor(member.Key, null, member.Value.Width, member.Value.Cells))];

        void Add(JsonProperty member, int row)
        {
            // A table of probabilities by class is columns with names; other objects are no values.
            if (member.Value.ValueKind == JsonValueKind.Object)
            {
                foreach (var nested in member.Value.EnumerateObject())
                {
                    if (Scalar(nested.Value) is { } cell) Set($"{member.Name}.{nested.Name}", row, [cell]);
                }
                return;
            }
            var cells = new List<Cell>();
            Flatten(member.Value, cells, MaxWidth);
            if (cells.Count is > 0 and <= MaxWidth) Set(member.Name, row, cells);
        }

        void Set(string name, int row, List<Cell> cells)
        {
            if (!members.TryGetValue(name, out var column))
            {
                total += (long)count * cells.Count;
                if (total > PayloadReader.MaxCells) throw new LimitException("values", PayloadReader.MaxCells);
                if (members.Count >= Limits.MaxColumns) throw new LimitException("columns", Limits.MaxColumns);
                if (name.Length is 0 || name.Length > Limits.MaxName) throw new DocumentException($"expected names of 1 to {Limits.MaxName} characters");
                column = (new Cell[count * cells.Count], cells.Count);
                column.Cells.AsSpan().Fill(Cell.Missing);
                members.Add(name, column);
            }
            if (cells.Count != column.Width) throw new DocumentException($"{name}: expected {column.Width} values in each row, got {cells.Count}");
            cells.CopyTo(column.Cells, row * column.Width);
        }
    }

    private static string Bounded(string text) =>
        System.Text.Encoding.UTF8.GetByteCount(text) <= Limits.MaxText
            ? text
            : throw new DocumentException($"expected texts of at most {Limits.MaxText} bytes");
}
