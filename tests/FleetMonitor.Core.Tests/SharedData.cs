using System.Buffers.Text;
using System.Collections.Concurrent;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Xunit;

namespace FleetMonitor.Core.Tests;

/// <summary>The real data sets and the numbers other libraries computed from them, where they lie: beside the repository, or at FLEETMONITOR_SHARED.</summary>
public static class SharedData
{
    private static readonly string? Folder = Find();
    private static readonly ConcurrentDictionary<string, Lazy<CsvTable>> Tables = new();

    /// <summary>The rows of data/<paramref name="name"/>.csv.gz; skips the test where there is no shared data.</summary>
    public static CsvTable Table(string name) =>
        Tables.GetOrAdd(name, key => new Lazy<CsvTable>(() => CsvTable.Read(PathOf("data", key + ".csv.gz")))).Value;

    /// <summary>The document reference/<paramref name="name"/>; skips the test where there is no shared data.</summary>
    public static JsonElement Reference(string name)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(PathOf("reference", name)));
        return document.RootElement.Clone();
    }

    /// <summary>The path of a shared file; skips the test where there is no shared data.</summary>
    public static string PathOf(string room, string file)
    {
        Skip.If(Folder is null, "No shared data: set FLEETMONITOR_SHARED, or put a folder 'shared' beside the repository.");
        return Path.Combine(Folder!, room, file);
    }

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("FLEETMONITOR_SHARED") is { Length: > 0 } configured)
            return Directory.Exists(configured) ? configured : null;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "shared");
            if (Directory.Exists(Path.Combine(candidate, "reference")))
                return candidate;
        }
        return null;
    }
}

/// <summary>A CSV file in memory, read by column. No quoting: the shared files have none.</summary>
public sealed class CsvTable
{
    private readonly byte[] _text;
    private readonly int[] _lines;
    private readonly string[] _columns;

    private CsvTable(byte[] text, int[] lines)
    {
        _text = text;
        _lines = lines;
        _columns = Encoding.UTF8.GetString(Line(0)).Split(',');
    }

    public int Rows => _lines.Length - 2;

    public IReadOnlyList<string> Columns => _columns;

    public static CsvTable Read(string path)
    {
        using var file = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
        using var memory = new MemoryStream();
        file.CopyTo(memory);
        var text = memory.ToArray();
        if (text.AsSpan().Contains((byte)'"'))
            throw new InvalidDataException($"{path} has quotes.");
        var lines = new List<int> { 0 };
        for (var at = text.AsSpan().IndexOf((byte)'\n'); at >= 0 && at + 1 <= text.Length;)
        {
            lines.Add(at + 1);
            var next = text.AsSpan(at + 1).IndexOf((byte)'\n');
            at = next < 0 ? -1 : at + 1 + next;
        }
        if (lines[^1] != text.Length)
            throw new InvalidDataException($"{path} does not end in a line feed.");
        return new CsvTable(text, [.. lines]);
    }

    public double[] Doubles(string column)
    {
        var values = new double[Rows];
        var index = IndexOf(column);
        for (var row = 0; row < values.Length; row++)
        {
            var field = Field(row, index);
            if (!Utf8Parser.TryParse(field, out values[row], out var length) || length != field.Length)
                throw new InvalidDataException($"Row {row} of {column} is no number: {Encoding.UTF8.GetString(field)}");
        }
        return values;
    }

    public string[] Strings(string column)
    {
        var values = new string[Rows];
        var index = IndexOf(column);
        var known = new Dictionary<string, string>(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
        Span<char> text = stackalloc char[256];
        for (var row = 0; row < values.Length; row++)
        {
            var field = text[..Encoding.UTF8.GetChars(Field(row, index), text)];
            if (!known.TryGetValue(field, out var value))
                known[field] = value = field.ToString();
            values[row] = value;
        }
        return values;
    }

    /// <summary>True where the field reads 1 or true.</summary>
    public bool[] Flags(string column)
    {
        var values = new bool[Rows];
        var index = IndexOf(column);
        for (var row = 0; row < values.Length; row++)
            values[row] = Field(row, index) is [(byte)'1'] or [(byte)'t' or (byte)'T', ..];
        return values;
    }

    private int IndexOf(string column)
    {
        var index = Array.IndexOf(_columns, column);
        return index >= 0 ? index : throw new ArgumentException($"No column {column} among {string.Join(", ", _columns)}.", nameof(column));
    }

    private ReadOnlySpan<byte> Line(int line) => _text.AsSpan(_lines[line].._lines[line + 1]).TrimEnd("\r\n"u8);

    private ReadOnlySpan<byte> Field(int row, int index)
    {
        var rest = Line(row + 1);
        for (; index > 0; index--)
            rest = rest[(rest.IndexOf((byte)',') + 1)..];
        var end = rest.IndexOf((byte)',');
        return end < 0 ? rest : rest[..end];
    }
}
