using System.Runtime.InteropServices;
using System.Text;
using FleetMonitor.Core.Codec;

namespace FleetMonitor.Core.Batches;

/// <summary>The columns of one kind (features, tags, probabilities) while a batch is built, found by name.</summary>
/// <remarks>Items of a batch name their columns in the same order nearly always, so a look-up first tries the column behind the last one.</remarks>
internal sealed class ColumnSet
{
    private readonly List<ValueColumn.Builder> _columns = [];
    private readonly List<byte[]> _names = [];
    private readonly Dictionary<string, int> _byName = new(StringComparer.Ordinal);
    private int _next;

    public int Count => _columns.Count;

    public ReadOnlySpan<ValueColumn.Builder> Columns => CollectionsMarshal.AsSpan(_columns);

    public ValueColumn.Builder Get(ReadOnlySpan<byte> utf8Name)
    {
        if (_next < _names.Count && utf8Name.SequenceEqual(_names[_next])) return _columns[_next++];
        return Get(Encoding.UTF8.GetString(utf8Name));
    }

    public ValueColumn.Builder Get(string name)
    {
        if (!_byName.TryGetValue(name, out var index))
        {
            index = _columns.Count;
            _byName.Add(name, index);
            _names.Add(Encoding.UTF8.GetBytes(name));
            _columns.Add(new ValueColumn.Builder(name));
        }
        _next = index + 1;
        return _columns[index];
    }

    public bool Contains(string name) => _byName.ContainsKey(name);

    public void BeginRow() => _next = 0;

    public void Clear(int row)
    {
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
}
