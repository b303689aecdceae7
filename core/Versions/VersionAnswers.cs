using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FleetMonitor.Core.Codec;

namespace FleetMonitor.Core.Versions;

/// <summary>What each version answered to one request, and what was true.</summary>
internal struct VersionAnswer
{
    /// <summary>When the first answer arrived, for its expiry.</summary>
    public long Since;

    /// <summary>Event time of the first answer: the request's pane.</summary>
    public long Time;

    /// <summary>Class by index, or a regression's target; NaN while the label is not known.</summary>
    public double Truth;

    /// <summary>A bit for each slot that answered.</summary>
    public byte Answered;

    /// <summary>By slot: class by index, or a regression's value.</summary>
    public Values Value;

    public readonly bool Has(int slot) => (Answered & (1 << slot)) != 0;

    [InlineArray(VersionTable.MaxVersions)]
    public struct Values
    {
        private double _first;
    }
}

/// <summary>
/// Requests by id with their versions' answers, in the order they came, until the label horizon or the capacity ends their wait. O(1) an update;
/// about 110 bytes a request, of models with several versions only.
/// </summary>
internal sealed class VersionAnswers
{
    private readonly Dictionary<UInt128, VersionAnswer> _answers = [];
    private readonly Queue<UInt128> _order = new();

    public int Count => _answers.Count;

    public bool Contains(UInt128 key) => _answers.ContainsKey(key);

    /// <summary>The request of an id, to be read and changed in place; a null reference when there is none. Valid until the next one is added.</summary>
    public ref VersionAnswer Find(UInt128 key) => ref CollectionsMarshal.GetValueRefOrNullRef(_answers, key);

    /// <summary>Adds a request that is not here. With the table full the oldest leaves.</summary>
    public void Add(UInt128 key, in VersionAnswer answer, int capacity)
    {
        if (capacity == 0) return;
        while (_answers.Count >= capacity) _answers.Remove(_order.Dequeue());
        _answers.Add(key, answer);
        _order.Enqueue(key);
    }

    /// <summary>Lets go of requests that came before <paramref name="before"/>.</summary>
    public void Expire(long before)
    {
        while (_order.TryPeek(out var oldest) && _answers[oldest].Since < before) _answers.Remove(_order.Dequeue());
    }

    /// <summary>Forgets a version: its slot is another's from now on. O(requests).</summary>
    public void Clear(int slot)
    {
        foreach (var key in _order) Find(key).Answered &= (byte)~(1 << slot);
    }

    public void Clear()
    {
        _answers.Clear();
        _order.Clear();
    }

    public void Write(CodecWriter writer)
    {
        writer.Varint(_order.Count);
        foreach (var key in _order)
        {
            ref var answer = ref Find(key);
            writer.UInt64((ulong)(key >> 64));
            writer.UInt64((ulong)key);
            writer.Int64(answer.Since);
            writer.Int64(answer.Time);
            writer.Double(answer.Truth);
            writer.Byte(answer.Answered);
            for (var slot = 0; slot < VersionTable.MaxVersions; slot++)
            {
                if (answer.Has(slot)) writer.Double(answer.Value[slot]);
            }
        }
    }

    public static VersionAnswers Read(ref CodecReader reader)
    {
        var answers = new VersionAnswers();
        for (var count = reader.Length(41); count > 0; count--)
        {
            var key = new UInt128(reader.UInt64(), reader.UInt64());
            var answer = new VersionAnswer { Since = reader.Int64(), Time = reader.Int64(), Truth = reader.Double(), Answered = reader.Byte() };
            for (var slot = 0; slot < VersionTable.MaxVersions; slot++)
            {
                if (answer.Has(slot)) answer.Value[slot] = reader.Double();
            }
            if (!answers._answers.TryAdd(key, answer)) throw new CodecException("An id stands twice among the versions' answers.");
            answers._order.Enqueue(key);
        }
        return answers;
    }
}
