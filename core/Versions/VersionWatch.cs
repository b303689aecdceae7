using System.Runtime.CompilerServices;
using FleetMonitor.Core.Codec;
using FleetMonitor.Core.Windows;

namespace FleetMonitor.Core.Versions;

/// <summary>A model's versions side by side: who they are, what they answered, and how they have done since they met.</summary>
/// <remarks>
/// Made when a model's spec names a champion or a second version appears; models with one version have none of it. An answer is counted into its pane
/// and its pairs when its label is known, whichever comes first, and taken back
/// exactly when the label is corrected.
/// </remarks>
internal sealed class VersionWatch
{
    private readonly VersionRace[] _races = new VersionRace[VersionPair.Count];

    public VersionTable Versions { get; private init; } = new();

    public VersionAnswers Answers { get; private init; } = new();

    public ref readonly VersionRace RaceOf(int pair) => ref _races[pair];

    /// <summary>The slot of a version; -1 when there is no room for it.</summary>
    public int SlotOf(string name, long time, long arrival, string? champion, PaneStore panes)
    {
        var isNew = Versions.Find(name) < 0;
        var slot = Versions.SlotOf(name, time, arrival, champion, out var taken);
        if (slot < 0 || !isNew) return slot;
        if (taken)
        {
            Answers.Clear(slot);
            foreach (var pane in panes.All()) pane.Versions?.Clear(slot);
        }
        foreach (var other in Versions.InOrder)
        {
            if (other != slot) _races[VersionPair.Of(slot, other)] = new VersionRace { Since = Math.Max(time, Versions[other]!.First) };
        }
        return slot;
    }

    /// <summary>A version answered a request that has an id.</summary>
    /// <param name="value">Class by index, or a regression's value.</param>
    /// <param name="truth">NaN while the label is not known.</param>
    public void Answered(UInt128 key, int slot, double value, double truth, long time, long arrival, int capacity, bool isRegression, PaneStore panes)
    {
        if (!Answers.Contains(key)) Answers.Add(key, new VersionAnswer { Since = arrival, Time = time, Truth = truth }, capacity);
        ref var answer = ref Answers.Find(key);
        if (Unsafe.IsNullRef(ref answer) || answer.Has(slot)) return;
        answer.Value[slot] = value;
        answer.Answered |= (byte)(1 << slot);
        if (!double.IsNaN(answer.Truth)) Count(answer, slot, 1, isRegression, panes, onlyBefore: VersionTable.MaxVersions);
    }

    /// <summary>The label of a request is known, or another than before.</summary>
    public void Judged(UInt128 key, double truth, bool isRegression, PaneStore panes)
    {
        ref var answer = ref Answers.Find(key);
        if (Unsafe.IsNullRef(ref answer) || answer.Truth == truth) return;
        if (!double.IsNaN(answer.Truth)) CountAll(answer, -1, isRegression, panes);
        answer.Truth = truth;
        CountAll(answer, 1, isRegression, panes);
    }

    /// <summary>Forgets every label: they were of another task, or of another positive class.</summary>
    public void Restart(PaneStore panes)
    {
        Answers.Clear();
        for (var pair = 0; pair < _races.Length; pair++) _races[pair] = new VersionRace { Since = Math.Max(_races[pair].Since, panes.Watermark) };
        foreach (var pane in panes.All()) pane.Versions = null;
    }

    private void CountAll(in VersionAnswer answer, int sign, bool isRegression, PaneStore panes)
    {
        for (var slot = 0; slot < VersionTable.MaxVersions; slot++)
        {
            if (answer.Has(slot)) Count(answer, slot, sign, isRegression, panes, onlyBefore: slot);
        }
    }

    /// <summary>Counts a version's labelled answer, and its pairs with those of slots below <paramref name="onlyBefore"/>, or takes them back.</summary>
    private void Count(in VersionAnswer answer, int slot, int sign, bool isRegression, PaneStore panes, int onlyBefore)
    {
        var correct = answer.Value[slot] == answer.Truth;
        var error = Math.Abs(answer.Value[slot] - answer.Truth);
        var blocks = panes.Find(answer.Time, create: true) is { } pane ? pane.Versions ??= new VersionBlocks() : null;
        if (blocks is not null)
        {
            VersionCounters.RecordLabel(blocks.Counts.Open(VersionCounters.Length), slot, correct, sign);
            if (isRegression) blocks.ErrorsOf(slot).Add(error, sign);
        }
        for (var other = 0; other < VersionTable.MaxVersions; other++)
        {
            if (other == slot || Versions[other] is null) continue;
            var pair = VersionPair.Of(slot, other);
            ref var race = ref _races[pair];
            var isFirst = slot < other;
            var races = answer.Time >= race.Since;
            if (races)
            {
                race.Answered(isFirst, correct, sign);
                if (isRegression) (isFirst ? ref race.FirstErrors : ref race.SecondErrors).Add(error, sign);
            }
            if (other >= onlyBefore || !answer.Has(other)) continue;
            var (first, second) = isFirst ? (slot, other) : (other, slot);
            var (firstRight, secondRight) = (answer.Value[first] == answer.Truth, answer.Value[second] == answer.Truth);
            var difference = Math.Abs(answer.Value[first] - answer.Truth) - Math.Abs(answer.Value[second] - answer.Truth);
            if (blocks is not null)
            {
                VersionCounters.RecordPair(blocks.Counts.Open(VersionCounters.Length), pair, firstRight, secondRight, sign);
                if (isRegression) blocks.DifferencesOf(pair).Add(difference, sign);
            }
            if (!races) continue;
            race.BothAnswered(firstRight, secondRight, sign);
            if (isRegression) race.Differences.Add(difference, sign);
        }
    }

    public void Write(CodecWriter writer)
    {
        Versions.Write(writer);
        foreach (ref readonly var race in _races.AsSpan()) race.Write(writer);
        Answers.Write(writer);
    }

    public static VersionWatch Read(ref CodecReader reader)
    {
        var versions = VersionTable.Read(ref reader);
        var races = new VersionRace[VersionPair.Count];
        for (var pair = 0; pair < races.Length; pair++) races[pair] = VersionRace.Read(ref reader);
        var watch = new VersionWatch { Versions = versions, Answers = VersionAnswers.Read(ref reader) };
        races.CopyTo(watch._races, 0);
        return watch;
    }
}
