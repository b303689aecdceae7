using FleetMonitor.Clustering.Stores;

namespace FleetMonitor.Clustering.Tests.Stores;

/// <summary>A document in this process, as several stores see it.</summary>
internal sealed class MemoryDocument
{
    private readonly Lock _gate = new();
    private readonly List<string> _history = [];
    private StoredText? _stored;
    private long _version;

    /// <summary>Every text that was taken, in their order.</summary>
    public IReadOnlyList<string> History
    {
        get
        {
            lock (_gate) return [.. _history];
        }
    }

    public StoredText? Read()
    {
        lock (_gate) return _stored;
    }

    public bool Swap(string text, StoredText? replaced)
    {
        lock (_gate)
        {
            if (!Equals(replaced?.Token, _stored?.Token)) return false;
            _stored = new StoredText(text, ++_version);
            _history.Add(text);
            return true;
        }
    }

    /// <summary>What an operator does by hand.</summary>
    public void Put(string? text)
    {
        lock (_gate) _stored = text is null ? null : new StoredText(text, ++_version);
    }
}
