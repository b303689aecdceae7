namespace FleetMonitor.Cli.Exact;

/// <summary>An array that grows and keeps its room when it is emptied: a chunk's column.</summary>
internal struct Growable<T>()
{
    private T[] _items = [];

    public int Count { get; private set; }

    public readonly Span<T> Items => _items.AsSpan(0, Count);

    public void Add(T item) => Room(1)[0] = item;

    /// <summary>Makes room for <paramref name="count"/> more, to be filled in.</summary>
    public Span<T> Room(int count)
    {
        if (Count + count > _items.Length) Array.Resize(ref _items, Math.Max(Math.Max(16, _items.Length * 2), Count + count));
        Count += count;
        return _items.AsSpan(Count - count, count);
    }

    public void Clear() => Count = 0;
}
