using FleetMonitor.Core.Batches;
using FleetMonitor.Core.Codec;

namespace FleetMonitor.Core.Detectors;

/// <summary>The change detectors of one model, each fed from its stream in the order of the log.</summary>
/// <remarks>
/// Confidence, scores and features are fed as predictions are applied, errors as labels join their predictions. A corrected label is not fed again: the stream has moved on, and what was
/// judged by then was judged by the first. O(detectors) a row; about 2 kB each.
/// </remarks>
internal sealed class ChangeWatch
{
    private readonly ChangeTracker[] _all;
    private readonly ChangeTracker[] _errors, _confidences, _scores, _features;

    public ChangeWatch(IEnumerable<ChangeTracker> trackers)
    {
        _all = [.. trackers];
        _errors = [.. _all.Where(t => t.Spec.On == DetectorSpec.Error)];
        _confidences = [.. _all.Where(t => t.Spec.On == DetectorSpec.Confidence)];
        _scores = [.. _all.Where(t => t.Spec.On == DetectorSpec.Score)];
        _features = [.. _all.Where(t => t.Spec.Feature is not null)];
    }

    /// <summary>Told of each change as it is found: the detector, the event time of the value. No part of the state.</summary>
    public Action<DetectorSpec, DateTimeOffset>? Found { get; set; }

    public IReadOnlyList<ChangeReport> Reports => [.. _all.Select(t => t.Report)];

    public bool WatchesFeatures => _features.Length > 0;

    /// <summary>The watch under another list of detectors: those that stay as they were keep what they know.</summary>
    public ChangeWatch With(IReadOnlyList<DetectorSpec> specs) =>
        new(specs.Select(spec => Array.Find(_all, t => t.Spec == spec) ?? new ChangeTracker(spec))) { Found = Found };

    public bool Is(IReadOnlyList<DetectorSpec> specs) => specs.SequenceEqual(_all.Select(t => t.Spec));

    public void Answered(double confidence, double score, long time, long arrival)
    {
        Feed(_confidences, confidence, time, arrival);
        Feed(_scores, score, time, arrival);
    }

    public void Judged(double error, long time, long arrival) => Feed(_errors, error, time, arrival);

    /// <summary>Feeds the accepted rows of a batch to the detectors on features.</summary>
    public void Observed(PredictionBatch batch, ReadOnlySpan<int> rows, long arrival)
    {
        foreach (var tracker in _features)
        {
            if (batch.Feature(tracker.Spec.Feature!) is not { HasNumbers: true } column) continue;
            var numbers = column.Numbers;
            foreach (var row in rows)
            {
                var time = batch.Times.IsEmpty || batch.Times[row] == UnixTime.Missing ? arrival : batch.Times[row];
                if (tracker.Feed(numbers[row], time, arrival)) Found?.Invoke(tracker.Spec, UnixTime.ToDateTime(time));
            }
        }
    }

    /// <summary>What an error is has changed.</summary>
    public void RestartErrors()
    {
        foreach (var tracker in _errors) tracker.Restart();
    }

    public void Write(CodecWriter writer)
    {
        writer.Varint(_all.Length);
        foreach (var tracker in _all) tracker.Write(writer);
    }

    public static ChangeWatch Read(ref CodecReader reader, IReadOnlyList<DetectorSpec> specs)
    {
        if (reader.SmallInt() is var count && count != specs.Count) throw new CodecException($"{count} detectors where the spec has {specs.Count}.");
        var trackers = new ChangeTracker[specs.Count];
        for (var i = 0; i < trackers.Length; i++) trackers[i] = ChangeTracker.Read(ref reader, specs[i]);
        return new ChangeWatch(trackers);
    }

    private void Feed(ChangeTracker[] trackers, double value, long time, long arrival)
    {
        foreach (var tracker in trackers)
        {
            if (tracker.Feed(value, time, arrival)) Found?.Invoke(tracker.Spec, UnixTime.ToDateTime(time));
        }
    }
}
