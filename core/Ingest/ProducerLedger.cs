using FleetMonitor.Core.Codec;

namespace FleetMonitor.Core.Ingest;

/// <summary>What is known of a producer's batch.</summary>
public enum SequenceStatus
{
    /// <summary>It was not applied.</summary>
    New,

    /// <summary>It was applied; a repetition changes nothing.</summary>
    Applied,

    /// <summary>It lies 64 or more behind the producer's newest: nobody remembers whether it was applied, so it can be neither counted nor called a repetition.</summary>
    TooOld,
}

/// <summary>Which batches of which producers were applied, so that a repeated one changes nothing.</summary>
/// <remarks>
/// A producer is remembered by its largest sequence and a bitmap of the 64 up to it; of an older sequence nothing is known (<see cref="SequenceStatus.TooOld"/>). At most <see cref="MaxProducers"/> are remembered; the one
/// that has been silent longest is forgotten first. O(1) an update; about 60 bytes a producer.
/// </remarks>
internal sealed class ProducerLedger
{
    public const int MaxProducers = 1_024;
    public const int MaxNameLength = 200;

    private readonly LinkedList<Producer> _byRecency = new();
    private readonly Dictionary<string, LinkedListNode<Producer>> _byName = new(StringComparer.Ordinal);

    public SequenceStatus Status(string producer, ulong sequence)
    {
        if (!_byName.TryGetValue(producer, out var node)) return SequenceStatus.New;
        var (_, newest, bitmap) = node.Value;
        if (sequence > newest) return SequenceStatus.New;
        var age = newest - sequence;
        return age >= 64 ? SequenceStatus.TooOld : (bitmap >> (int)age & 1) != 0 ? SequenceStatus.Applied : SequenceStatus.New;
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
