using System.Text;
using FleetMonitor.Core.Batches;
using FleetMonitor.Core.Specs;

namespace FleetMonitor.Core.Formats;

/// <summary>A feature's column in the file and in the batch.</summary>
/// <remarks>While its kind is open it holds numbers, and beside them what was written: "007" is a number only if no later value is a text.</remarks>
internal sealed class CsvFeature(int column, string name, FeatureKind? kind)
{
    private readonly List<(int Row, int End)> _writtenEnds = [];
    private byte[] _written = [];
    private int _length;

    public int Column { get; } = column;

    public string Name { get; } = name;

    public FeatureKind? Kind { get; private set; } = kind;

    public ValueColumn.Builder Values { get; private set; } = new(name);

    /// <summary>Values that were no numbers and were taken as missing.</summary>
    public MistypedFeature? Mistyped { get; private set; }

    /// <param name="what">Of the first one.</param>
    public void Mistype(string? what) => Mistyped = Mistyped is { } before ? before with { Values = before.Values + 1 } : new MistypedFeature(Name, 1, what!);

    public void Begin(ValueColumn.Builder values) => Values = values;

    public void Remember(int row, ReadOnlySpan<byte> field)
    {
        if (_length + field.Length > _written.Length) Array.Resize(ref _written, Math.Max(Math.Max(_written.Length * 2, 1_024), _length + field.Length));
        field.CopyTo(_written.AsSpan(_length));
        _length += field.Length;
        _writtenEnds.Add((row, _length));
    }

    public void BecomeCategorical()
    {
        Kind = FeatureKind.Categorical;
        Values.DropNumbers();
        var start = 0;
        foreach (var (row, end) in _writtenEnds)
        {
            Values.Set(row, Encoding.UTF8.GetString(_written, start, end - start));
            start = end;
        }
        Forget();
    }

    public void End()
    {
        if (Kind is null && _writtenEnds.Count > 0) Kind = FeatureKind.Numeric;
        Forget();
    }

    private void Forget()
    {
        _writtenEnds.Clear();
        _writtenEnds.TrimExcess();
        _written = [];
        _length = 0;
    }
}

/// <summary>Values of a numeric feature that are no numbers.</summary>
/// <param name="First">What was expected and what came in the first one, with its line.</param>
public sealed record MistypedFeature(string Feature, long Values, string First);
