using FleetMonitor.Core.Codec;

namespace FleetMonitor.Core.Detectors;

/// <summary>One detector of a model and what it has found.</summary>
internal sealed class ChangeTracker(DetectorSpec spec)
{
    /// <summary>Changes that are remembered one by one.</summary>
    public const int Kept = 16;

    private readonly ChangeDetector _detector = spec.Create();
    private readonly List<DetectedChange> _recent = [];
    private long _values, _changes;

    public DetectorSpec Spec { get; } = spec;

    public ChangeReport Report => new(Spec.Detector, Spec.On, _values, _changes, [.. Enumerable.Reverse(_recent)]);

    /// <summary>Feeds the next value of the stream; whether it changed. What the detector is not made for (a missing value, too) is left out.</summary>
    /// <param name="time">Event time of the prediction, Unix microseconds.</param>
    public bool Feed(double value, long time, long arrival)
    {
        if (!Spec.Takes(value)) return false;
        var index = _values++;
        if (_detector.Update(value) != DetectorState.Changed) return false;
        _changes++;
        if (_recent.Count == Kept) _recent.RemoveAt(0);
        _recent.Add(new DetectedChange(index, UnixTime.ToDateTime(time), UnixTime.ToDateTime(arrival)));
        return true;
    }

    /// <summary>Starts the detector afresh: what it was fed means something else now. What it found stays.</summary>
    public void Restart() => _detector.Reset();

    public void Write(CodecWriter writer)
    {
        writer.Int64(_values);
        writer.Int64(_changes);
        writer.Varint(_recent.Count);
        foreach (var change in _recent)
        {
            writer.Int64(change.Index);
            writer.Int64(UnixTime.From(change.Time));
            writer.Int64(UnixTime.From(change.Found));
        }
        _detector.Save(writer);
    }

    public static ChangeTracker Read(ref CodecReader reader, DetectorSpec spec)
    {
        var tracker = new ChangeTracker(spec) { _values = reader.Int64(), _changes = reader.Int64() };
        var recent = reader.Length(3 * sizeof(long));
        if (recent > Kept) throw new CodecException($"{recent} changes where at most {Kept} are kept.");
        for (var i = 0; i < recent; i++) tracker._recent.Add(new DetectedChange(reader.Int64(), ReadTime(ref reader), ReadTime(ref reader)));
        tracker._detector.Load(ref reader);
        return tracker;
    }

    private static DateTimeOffset ReadTime(ref CodecReader reader)
    {
        var micros = reader.Int64();
        return micros is >= 0 and < 253_402_300_800 * UnixTime.Second ? UnixTime.ToDateTime(micros) : throw new CodecException($"A change at {micros}.");
    }
}
