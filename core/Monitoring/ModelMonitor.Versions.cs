using System.Runtime.CompilerServices;
using FleetMonitor.Core.Codec;
using FleetMonitor.Core.Scores;
using FleetMonitor.Core.Specs;
using FleetMonitor.Core.Traffic;
using FleetMonitor.Core.Versions;
using FleetMonitor.Core.Windows;

namespace FleetMonitor.Core.Monitoring;

public sealed partial class ModelMonitor
{
    /// <summary>How long none of a version's predictions came once another has taken its place.</summary>
    private const long Handover = 5 * UnixTime.Minute;

    private VersionWatch? _versions;

    /// <summary>A window version by version, and the champion against each of the others.</summary>
    public VersionScores Versions(TimeSpan window, long now)
    {
        var from = PaneStore.WindowStart(window, now);
        var scores = new VersionScores(
            Name, _spec.Task, _spec.Champion ?? _versions?.Versions.InOrder.Select(slot => _versions.Versions[slot]!.Name).FirstOrDefault(), _spec.Challengers ?? ChallengerTraffic.Split,
            window, UnixTime.ToDateTime(from), UnixTime.ToDateTime(now), Better: null, [], []);
        return _versions is null ? scores with { Note = "only one version has been seen" } : VersionScorer.Score(scores, _versions, _panes.Between(from, long.MaxValue), _spec);
    }

    /// <summary>Whether another version's answers count beside the model and never as its own.</summary>
    private bool IsShadow(string? version) => _spec.Challengers == ChallengerTraffic.Shadow && version is not null && version != _spec.Champion;

    /// <summary>Whose a prediction is that names no version.</summary>
    private string UnnamedVersion => _spec.Champion ?? _spec.Version ?? "1";

    /// <summary>Begins to compare once there is something to compare with.</summary>
    private void MeetVersion(string? version, long time, long arrival)
    {
        if (version is null || version == _seenVersion) return;
        if (_versions is null && _seenVersion is { } first) CompareVersions(first, time, arrival);
        if (_seenVersion is null || IsSilent(_seenVersion, arrival)) _seenVersion = version;
    }

    /// <summary>Whether a version has left the traffic to others. Until it has, series keep its name: one that changed with every tick would make several of each counter.</summary>
    private bool IsSilent(string version, long arrival) =>
        _versions is not null && _versions.Versions.Find(version) is var slot && (slot < 0 || arrival - _versions.Versions[slot]!.Arrived >= Handover);

    /// <summary>
    /// Makes the table, with what the label table knows of the version that was alone so far: its answers and their labels, but not its traffic.
    /// </summary>
    /// <param name="first">Null before the first prediction that names one.</param>
    private void CompareVersions(string? first, long time, long arrival)
    {
        _versions = new VersionWatch();
        if (first is null) return;
        var entries = _labels.Entries.Where(entry => entry.HasPrediction).ToList();
        var since = entries.Count == 0 ? time : Math.Min(time, entries.Min(entry => entry.PredictionTime));
        var slot = _versions.SlotOf(first, since, arrival, _spec.Champion, _panes);
        foreach (var entry in entries)
        {
            var truth = !entry.HasLabel ? double.NaN : IsRegression ? entry.Target : entry.Truth;
            _versions.Answered(entry.Key, slot, IsRegression ? entry.Score : entry.Predicted, truth, entry.PredictionTime, entry.Since, _spec.LabelCapacity, IsRegression, _panes);
        }
    }

    private int VersionSlot(string? version, long time, long arrival) =>
        _versions is null ? -1 : _versions.SlotOf(version ?? UnnamedVersion, time, arrival, _spec.Champion, _panes);

    private void RecordVersion(Pane pane, int slot, bool error, PredictionView view, int row, double confidence, long time, long arrival)
    {
        if (slot < 0) return;
        var blocks = pane.Versions ??= new VersionBlocks();
        var latency = view.Latency(row);
        VersionCounters.RecordTraffic(blocks.Counts.Open(VersionCounters.Length), slot, error, latency, confidence);
        if (!double.IsNaN(latency)) blocks.LatencySquares.Open(VersionTable.MaxVersions)[slot] += LatencyBuckets.Counted(latency) * LatencyBuckets.Counted(latency);
        _versions!.Versions.Counted(slot, time, arrival);
    }

    /// <summary>Keeps a version's answer until its label comes; it may be here already.</summary>
    private void AnswerOf(int slot, UInt128 key, double value, long time, long arrival)
    {
        if (slot < 0) return;
        ref var known = ref _labels.Find(key);
        var truth = Unsafe.IsNullRef(ref known) || !known.HasLabel ? double.NaN : IsRegression ? known.Target : known.Truth;
        _versions!.Answered(key, slot, value, truth, time, arrival, _spec.LabelCapacity, IsRegression, _panes);
    }

    /// <summary>
    /// Whether a version has answered a request already; null where nothing is kept of the request's answers, so that whoever answers again repeats
    /// it.
    /// </summary>
    private bool? IsAnswered(UInt128 key, int slot)
    {
        if (_versions is null) return null;
        ref var answer = ref _versions.Answers.Find(key);
        return Unsafe.IsNullRef(ref answer) ? null : slot < 0 || answer.Has(slot);
    }

    /// <summary>
    /// An answer that nobody acted on, or another version's to a request that is counted already: it counts for its version and nowhere else.
    /// </summary>
    private void AdmitBeside(Pane pane, PredictionView view, int row, int slot, bool hasKey, UInt128 key, long time, long arrival, Admission admission, ref RowCounts counts)
    {
        var failed = view.HasFailed(row);
        var predicted = IsRegression || failed ? 0 : ClassOf(view.Label(row));
        if (predicted < 0)
        {
            RejectClass(view, row, admission);
            return;
        }
        counts.Beside++;
        RecordVersion(pane, slot, view.Error(row), view, row, failed ? double.NaN : view.Confidence(row).Confidence, time, arrival);
        if (hasKey && !failed) AnswerOf(slot, key, IsRegression ? view.Value(row) : predicted, time, arrival);
    }

    private void WriteVersions(CodecWriter writer)
    {
        _versions!.Write(writer);
        foreach (var pane in _panes.All())
        {
            writer.Bool(pane.Versions is not null);
            pane.Versions?.Write(writer);
        }
    }

    private void ReadVersions(ref CodecReader reader)
    {
        _versions = VersionWatch.Read(ref reader);
        foreach (var pane in _panes.All())
        {
            if (reader.Bool()) pane.Versions = VersionBlocks.Read(ref reader);
        }
    }
}
