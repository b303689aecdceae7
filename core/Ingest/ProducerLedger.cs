using FleetMonitor.Core.Codec;

namespace FleetMonitor.Core.Ingest;

/// <summary>Which batches of which producers were applied, so that a repeated one changes nothing.</summary>
/// <remarks>
/// A producer is remembered by its largest sequence and a bitmap of the 64 up to it; a sequence older than those counts as applied. At most <see cref="MaxProducers"/> are remembered; the one
/// that has been silent longest is forgotten first. O(1) an update; about 60 bytes a producer.
/// </remarks>
internal sealed class ProducerLedger
{
    public const int MaxProducers = 1_024;
    public const int MaxNameLength = 200;

    private readonly LinkedList<Producer> _byRecency = new();
    private readonly Dictionary<string, LinkedListNode<Producer>> _byName = new(StringComparer.Ordinal);

    public bool Contains(string producer, ulong sequence)
    {
        if (!_byName.TryGetValue(producer, out var node)) return false;
        var (_, newest, bitmap) = node.Value;
        if (sequence > newest) return false;
        var age = newest - sequence;
        return age >= 64 || (bitmap >> (int)age & 1) != 0;
    }

    public void Add(string producer, ulong sequence)
    {
        if (_byName.TryGetValue(producer, out var node))
        {
            _byRecency.Remove(node);
            var (_, newest, bitmap) = node.Value;
            if (sequence > newest)
            {
                var step = sequence - newest;
                node.Value = new Producer(producer, sequence, (step >= 64 ? 0 : bitmap << (int)step) | 1);
            }
            else if (newest - sequence < 64)
            {
                node.Value = new Producer(producer, newest, bitmap | (1UL << (int)(newest - sequence)));
            }
            _byRecency.AddLast(node);
            return;
        }
        if (_byName.Count == MaxProducers)
        {
            _byName.Remove(_byRecency.First!.Value.Name);
            _byRecency.RemoveFirst();
        }
        _byName.Add(producer, _byRecency.AddLast(new Producer(producer, sequence, 1)));
    }

    public void Write(CodecWriter writer)
    {
        writer.Varint(_byRecency.Count);
        foreach (var (name, newest, bitmap) in _byRecency)
        {
            writer.Text(name);
            writer.UInt64(newest);
            writer.UInt64(bitmap);
        }
    }

    public static ProducerLedger Read(ref CodecReader reader)
    {
        var ledger = new ProducerLedger();
        for (var count = reader.Length(17); count > 0; count--)
        {
            var producer = new Producer(reader.Text(), reader.UInt64(), reader.UInt64());
            ledger._byName.Add(producer.Name, ledger._byRecency.AddLast(producer));
        }
        return ledger;
    }

    private sealed record Producer(string Name, ulong Newest, ulong Bitmap);
}
