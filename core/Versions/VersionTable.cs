using FleetMonitor.Core.Codec;

namespace FleetMonitor.Core.Versions;

/// <summary>A version that is being compared.</summary>
/// <param name="Name">As predictions name it.</param>
/// <param name="First">Event time of its first prediction, Unix microseconds.</param>
/// <param name="Last">Event time of its latest.</param>
/// <param name="Arrived">When its latest arrived.</param>
/// <param name="Predictions">Since its first.</param>
internal sealed record VersionEntry(string Name, long First, long Last, long Arrived, long Predictions);

/// <summary>The versions of a model that are compared, at most <see cref="MaxVersions"/>, each in a slot.</summary>
/// <remarks>
/// A further version takes the slot of the one that has been silent longest, if for <see cref="Silence"/> and not the champion; until one is, its
/// predictions are compared with nothing. So whoever sends a new version with every
/// prediction drives out none. O(versions) an update.
/// </remarks>
internal sealed class VersionTable
{
    public const int MaxVersions = 4;

    public const long Silence = UnixTime.Hour;

    private readonly VersionEntry?[] _slots = new VersionEntry?[MaxVersions];

    public VersionEntry? this[int slot] => _slots[slot];

    /// <summary>Slots in use, in the order in which their versions came.</summary>
    public IEnumerable<int> InOrder => Enumerable.Range(0, MaxVersions).Where(slot => _slots[slot] is not null).OrderBy(slot => _slots[slot]!.First).ThenBy(slot => slot);

    public int Find(string name) => Array.FindIndex(_slots, entry => entry?.Name == name);

    /// <summary>The slot of a version, made if there is room; -1 when there is none.</summary>
    /// <param name="taken">Whether the slot was another version's until now.</param>
    public int SlotOf(string name, long time, long arrival, string? champion, out bool taken)
    {
        taken = false;
        var slot = Find(name);
        if (slot >= 0) return slot;
        // One is kept for a champion that is still to come.
        var kept = champion is not null && name != champion && Find(champion) < 0 ? 1 : 0;
        slot = _slots.Count(entry => entry is null) > kept ? Array.IndexOf(_slots, null) : -1;
        if (slot < 0)
        {
            if (Array.TrueForAll(_slots, entry => entry is null || entry.Name == champion)) return -1;
            slot = Array.IndexOf(_slots, _slots.Where(entry => entry is not null && entry.Name != champion).MinBy(entry => entry!.Arrived));
            if (arrival - _slots[slot]!.Arrived < Silence) return -1;
            taken = true;
        }
        _slots[slot] = new VersionEntry(name, time, time, arrival, 0);
        return slot;
    }

    public void Counted(int slot, long time, long arrival)
    {
        var entry = _slots[slot]!;
        _slots[slot] = entry with { First = Math.Min(entry.First, time), Last = Math.Max(entry.Last, time), Arrived = Math.Max(entry.Arrived, arrival), Predictions = entry.Predictions + 1 };
    }

    public void Write(CodecWriter writer)
    {
        foreach (var entry in _slots)
        {
            writer.Bool(entry is not null);
            if (entry is null) continue;
            writer.Text(entry.Name);
            writer.Int64(entry.First);
            writer.Int64(entry.Last);
            writer.Int64(entry.Arrived);
            writer.Int64(entry.Predictions);
        }
    }

    public static VersionTable Read(ref CodecReader reader)
    {
        var table = new VersionTable();
        for (var slot = 0; slot < MaxVersions; slot++)
        {
            if (reader.Bool()) table._slots[slot] = new VersionEntry(reader.Text(), reader.Int64(), reader.Int64(), reader.Int64(), reader.Int64());
        }
        return table;
    }
}
