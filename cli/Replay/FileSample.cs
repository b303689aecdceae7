using System.IO.Hashing;
using System.Text;
using FleetMonitor.Core;
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

    /// <summary>With fewer values, that they rise or differ may be chance.</summary>
    private const int MinRows = 100;

    /// <summary>A column with this share of numbers is one of numbers; its other values are mistakes.</summary>
    private const double NumericShare = 0.9;

    private readonly Dictionary<string, Column> _columns;

    private FileSample(string name, IReadOnlyList<string> header, Dictionary<string, Column> columns, ClassSample classes)
    {
        Name = name;
        Header = header;
        _columns = columns;
        Classes = classes;
    }

    /// <summary>The file, for messages.</summary>
    public string Name { get; }

    public IReadOnlyList<string> Header { get; }

    /// <summary>Of all rows that are in memory before they are read: a rare class may be late.</summary>
    public ClassSample Classes { get; }

    public bool Has(string column) => _columns.ContainsKey(column);

    /// <param name="options">Which columns have predictions, labels and scores.</param>
    public static FileSample Of(InputFile file, ReplayOptions options)
    {
        var reader = file.ReadPrefix();
        var columns = new Column[reader.Header.Count];
        for (var i = 0; i < columns.Length; i++) columns[i] = new Column(reader.Delimiter);
        var header = reader.Header.ToList();
        int IndexOf(string? name) => name is null ? -1 : header.IndexOf(name);
        var (prediction, label, score) = (IndexOf(options.Prediction), IndexOf(options.Label), options.Probabilities.Select(IndexOf).DefaultIfEmpty(-1).Max());
        ReadOnlySpan<byte> At(int column) => column < 0 ? default : reader[column];
        var classes = new ClassSample();
        var last = options.Task == TaskKind.Regression || prediction < 0 ? MaxRows : int.MaxValue;
        for (var row = 0; row < last && reader.Read(); row++)
        {
            // A row that is wrong is counted when it is read in earnest.
            if (reader.Error is not null) continue;
            if (row < MaxRows)
            {
                for (var i = 0; i < columns.Length; i++) columns[i].Add(reader[i]);
            }
            classes.Add(At(prediction), At(label), At(score));
        }
        var byName = new Dictionary<string, Column>(StringComparer.Ordinal);
        for (var i = 0; i < columns.Length; i++) byName.TryAdd(reader.Header[i], columns[i]);
        return new FileSample(file.Name, reader.Header, byName, classes);
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
            throw new CommandException(ExitCode.Usage, $"{Name}: line 1: {exception.Message}");
        }
        catch (LimitException exception)
        {
            throw new CommandException(ExitCode.Usage, $"{Name}: {exception.Message}; --features names those to watch, --ignore leaves columns out");
        }
    }

    /// <summary>A feature whose numbers are written with a decimal comma would pass for one of categories.</summary>
    public void RequireDecimalPoint(string feature)
    {
        if (!_columns.TryGetValue(feature, out var sample) || sample.DecimalCommas == 0 || sample.DecimalCommas + sample.Numbers < NumericShare * sample.Present) return;
        throw new CommandException(ExitCode.Data, $"{Name}: column {feature} has numbers with a decimal comma; expected a decimal point");
    }

    /// <summary>Numeric when nearly all of the values are numbers; null of a column without values.</summary>
    public FeatureKind? Kind(string column) =>
        !_columns.TryGetValue(column, out var sample) || sample.Present == 0 ? null
        : sample.Numbers >= NumericShare * sample.Present ? FeatureKind.Numeric : FeatureKind.Categorical;

    /// <summary>The value of a column that has one in every row and no other; null of one that varies.</summary>
    public string? Constant(string column) => _columns.TryGetValue(column, out var sample) && sample is { Values.Count: 1 } && sample.Present == sample.Rows ? sample.Values.Single() : null;

    /// <summary>Whether each row has a value of its own: texts or whole numbers, as identifiers are.</summary>
    public bool IsUnique(string column) => Enough(column) is { IsUnique: true } sample && sample.Present == sample.Rows;

    /// <summary>Whether the numbers never fall from row to row and rise now and then, as those of counters and dates do.</summary>
    public bool IsRising(string column) => Enough(column) is { IsRising: true };

    /// <summary>Whether all values are times.</summary>
    public bool IsTime(string column) => _columns.TryGetValue(column, out var sample) && sample is { Present: > 0, IsTime: true };

    /// <summary>Whether all values are numbers from 0 to 1.</summary>
    public bool IsShare(string column) => _columns.TryGetValue(column, out var sample) && sample is { Present: > 0, IsShare: true };

    private Column? Enough(string column) => _columns.TryGetValue(column, out var sample) && sample.Present >= MinRows ? sample : null;

    private sealed class Column(char delimiter)
    {
        private readonly HashSet<string> _values = new(StringComparer.Ordinal);
        private HashSet<ulong>? _hashes = [];
        private double _last = double.NegativeInfinity;
        private int _rises;
        private bool _rising = true;

        public int Rows { get; private set; }

        public int Present { get; private set; }

        public int Numbers { get; private set; }

        /// <summary>Numbers once their comma is a point, where fields are not between commas.</summary>
        public int DecimalCommas { get; private set; }

        public bool IsUnique => _hashes is not null;

        public bool IsRising => _rising && Numbers == Present && _rises > 2;

        public bool IsTime { get; private set; } = true;

        public bool IsShare { get; private set; } = true;

        public IReadOnlyCollection<string> Values => _values;

        public void Add(ReadOnlySpan<byte> field)
        {
            Rows++;
            if (CsvValue.IsMissing(field)) return;
            Present++;
            IsTime = IsTime && UnixTime.TryParse(field, out _);
            var isNumber = CsvValue.TryNumber(field, out var number);
            if (isNumber)
            {
                Numbers++;
                _rising &= number >= _last;
                if (number > _last) _rises++;
                _last = number;
            }
            else if (delimiter != ',' && field.Count((byte)',') == 1 && CsvValue.TryNumber(WithPoint(field), out _))
            {
                DecimalCommas++;
            }
            IsShare &= isNumber && number is >= 0 and <= 1;
            // Measurements differ from row to row too; they have decimals.
            if (_hashes is not null && ((isNumber && Math.Floor(number) != number) || !_hashes.Add(XxHash3.HashToUInt64(field)))) _hashes = null;
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
