using System.Runtime.InteropServices;
using System.Text;
using FleetMonitor.Core.Codec;

namespace FleetMonitor.Core.Batches;

/// <summary>The columns of one kind (features, tags, probabilities) while a batch is built, found by name.</summary>
/// <remarks>
/// Items of a batch name their columns in the same order nearly always, so a look-up first tries the column behind the last one; the others cost a hash and no allocation.
/// A row names a column once; columns that only a discarded row named are taken back with it.
/// </remarks>
internal sealed class ColumnSet
{
    private readonly List<ValueColumn.Builder> _columns = [];
    private readonly List<byte[]> _names = [];
    private readonly List<long> _claims = [];
    private readonly Dictionary<string, int> _byName = new(StringComparer.Ordinal);
    private int _next;
    private int _countBefore;
    private long _row;

    public int Count => _columns.Count;

    public ReadOnlySpan<ValueColumn.Builder> Columns => CollectionsMarshal.AsSpan(_columns);

    /// <summary>The column of that name; null when this row has named it before.</summary>
    public ValueColumn.Builder? Claim(ReadOnlySpan<byte> utf8Name)
    {
        var index = _next < _names.Count && utf8Name.SequenceEqual(_names[_next]) ? _next : Find(utf8Name);
        return Claim(index);
    }

    /// <inheritdoc cref="Claim(ReadOnlySpan{byte})"/>
    public ValueColumn.Builder? Claim(string name) => Claim(Find(name));

    /// <summary>The column of that name, for writers that fill it themselves.</summary>
    public ValueColumn.Builder Get(string name) => _columns[Find(name)];

    public void BeginRow()
    {
        _next = 0;
        _countBefore = _columns.Count;
        _row++;
    }

    public void DiscardRow(int row)
    {
        for (var index = _columns.Count - 1; index >= _countBefore; index--)
        {
            _byName.Remove(_columns[index].Name);
            _columns.RemoveAt(index);
            _names.RemoveAt(index);
            _claims.RemoveAt(index);
        }
        foreach (var column in Columns) column.Clear(row);
    }

    public void Write(CodecWriter writer, byte tag, int count)
    {
        foreach (var column in Columns)
        {
            var start = writer.BeginSection(tag);
            column.Write(writer, count);
            writer.EndSection(start);
        }
    }

    private ValueColumn.Builder? Claim(int index)
    {
        _next = index + 1;
        ref var claimed = ref CollectionsMarshal.AsSpan(_claims)[index];
        if (claimed == _row) return null;
        claimed = _row;
        return _columns[index];
    }

    private int Find(ReadOnlySpan<byte> utf8Name)
    {
        const int Short = 256;
        if (utf8Name.Length > Short) return Find(Encoding.UTF8.GetString(utf8Name));
        Span<char> name = stackalloc char[Short];
        name = name[..Encoding.UTF8.GetChars(utf8Name, name)];
        return _byName.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name, out var index) ? index : Add(name.ToString());
    }

    private int Find(string name) => _byName.TryGetValue(name, out var index) ? index : Add(name);

    private int Add(string name)
    {
        _byName.Add(name, _columns.Count);
        _columns.Add(new ValueColumn.Builder(name));
        _names.Add(Encoding.UTF8.GetBytes(name));
        _claims.Add(-1);
        return _columns.Count - 1;
    }
}
