using System.Text;
using FleetMonitor.Core.Formats;
using FleetMonitor.Core.Specs;

namespace FleetMonitor.Cli.Replay;

/// <summary>What the first rows of a CSV look like, column by column: by it kinds, task and classes are told before the first row is decoded.</summary>
internal sealed class FileSample
{
    /// <summary>Rows looked at.</summary>
    private const int MaxRows = 10_000;

    /// <summary>Different values of a column that are kept.</summary>
    private const int MaxValues = 64;

    /// <summary>A column with this share of numbers is one of numbers; its other values are mistakes.</summary>
    private const double NumericShare = 0.9;

    private readonly InputFile _file;
    private readonly Dictionary<string, Column> _columns;

    private FileSample(InputFile file, IReadOnlyList<string> header, Dictionary<string, Column> columns)
    {
        _file = file;
        Header = header;
        _columns = columns;
    }

    public IReadOnlyList<string> Header { get; }

    public bool Has(string column) => _columns.ContainsKey(column);

    public static FileSample Of(InputFile file)
    {
        var reader = file.ReadPrefix();
        var columns = new Column[reader.Header.Count];
        for (var i = 0; i < columns.Length; i++) columns[i] = new Column(reader.Delimiter);
        for (var row = 0; row < MaxRows && reader.Read(); row++)
        {
            // A row that is wrong is counted when it is read in earnest.
            if (reader.Error is not null) continue;
            for (var i = 0; i < columns.Length; i++) columns[i].Add(reader[i]);
        }
        var byName = new Dictionary<string, Column>(StringComparer.Ordinal);
        for (var i = 0; i < columns.Length; i++) byName.TryAdd(reader.Header[i], columns[i]);
        return new FileSample(file, reader.Header, byName);
    }

    /// <summary>Finds the columns. A name that the header does not have is a mistake on the command line.</summary>
    public void Require(CsvMapping mapping)
    {
        try
        {
            mapping.Check(Header, DecodeLimits.Default);
        }
        catch (DocumentException exception)
        {
            throw new CommandException(ExitCode.Usage, $"{_file.Name}: line 1: {exception.Message}");
        }
        catch (LimitException exception)
        {
            throw new CommandException(ExitCode.Usage, $"{_file.Name}: {exception.Message}; --features names those to watch, --ignore leaves columns out");
        }
    }

    /// <summary>A feature whose numbers are written with a decimal comma would pass for one of categories.</summary>
    public void RequireDecimalPoint(string feature)
    {
        if (!_columns.TryGetValue(feature, out var sample) || sample.DecimalCommas == 0 || sample.DecimalCommas + sample.Numbers < NumericShare * sample.Present) return;
        throw new CommandException(ExitCode.Data, $"{_file.Name}: column {feature} has numbers with a decimal comma; expected a decimal point");
    }

    /// <summary>Numeric when nearly all of the values are numbers; null of a column without values.</summary>
    public FeatureKind? Kind(string column) =>
        !_columns.TryGetValue(column, out var sample) || sample.Present == 0 ? null
        : sample.Numbers >= NumericShare * sample.Present ? FeatureKind.Numeric : FeatureKind.Categorical;

    /// <summary>The different values of a column as classes; at most <see cref="MaxValues"/>.</summary>
    public IReadOnlyCollection<string> Classes(string? column) =>
        column is not null && _columns.TryGetValue(column, out var sample) ? [.. sample.Values.Select(ClassLabel.Canonical).Distinct()] : [];

    private sealed class Column(char delimiter)
    {
        private readonly HashSet<string> _values = new(StringComparer.Ordinal);

        public int Present { get; private set; }

        public int Numbers { get; private set; }

        /// <summary>Numbers once their comma is a point, where fields are not between commas.</summary>
        public int DecimalCommas { get; private set; }

        public IReadOnlyCollection<string> Values => _values;

        public void Add(ReadOnlySpan<byte> field)
        {
            if (CsvValue.IsMissing(field)) return;
            Present++;
            if (CsvValue.TryNumber(field, out _)) Numbers++;
            else if (delimiter != ',' && field.Count((byte)',') == 1 && CsvValue.TryNumber(WithPoint(field), out _)) DecimalCommas++;
            if (_values.Count < MaxValues) _values.Add(Encoding.UTF8.GetString(field).Trim());
        }

        private static byte[] WithPoint(ReadOnlySpan<byte> field)
        {
            var number = field.ToArray();
            number.AsSpan().Replace((byte)',', (byte)'.');
            return number;
        }
    }
}
