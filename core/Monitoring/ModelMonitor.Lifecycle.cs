using FleetMonitor.Core.Codec;
using FleetMonitor.Core.Drift;
using FleetMonitor.Core.Ingest;
using FleetMonitor.Core.References;
using FleetMonitor.Core.Windows;

namespace FleetMonitor.Core.Monitoring;

public sealed partial class ModelMonitor
{
    private const int MostReferences = 10;
    private const int UsualCapture = 5_000;

    private readonly List<ReferenceDescription> _references = [];
    private int _referenceVersion;
    private bool _retired;
    private long _maintenanceUntil;
    private string? _maintenanceReason;
    private int _captureOrdered;
    private long _captureSince;

    public bool Retired => _retired;

    /// <summary>When the capture of a reference began whose rows are still kept one by one, Unix microseconds; null while there is none.</summary>
    public long? CapturingSince => _capture is { Rows: > 0 } ? _captureSince : null;

    /// <summary>Rows that the reference being captured will have.</summary>
    private int CaptureTarget => _captureOrdered > 0 ? _captureOrdered : _spec.Reference.Capture;

    /// <summary>Why a window cannot become the reference now, for a person; null when it can.</summary>
    public string? WindowObstacle(TimeSpan window, long now)
    {
        if (_layout is null) return "there is no reference yet whose bins the window was counted over: capture the predictions that follow instead";
        var totals = Totals(window, now);
        return WindowReference.Obstacle(_layout, totals, _spec.MinSamples);
    }

    private ApplyResult Rebaseline(RebaselineOrder order, long arrival)
    {
        if (order.Window > 0) return RebaselineOn(order.Window, arrival);
        DropReference();
        _captureOrdered = order.Predictions > 0 ? order.Predictions : _spec.Reference.Capture > 0 ? 0 : UsualCapture;
        StartCapture(arrival);
        return ApplyResult.Nothing;
    }

    private ApplyResult RebaselineOn(long micros, long arrival)
    {
        Advance(arrival);
        var window = TimeSpan.FromMicroseconds(micros);
        if (WindowObstacle(window, arrival) is { } obstacle) return ApplyResult.Nothing with { Rejected = 1, Errors = [new RowError(0, "window", obstacle)] };
        var from = PaneStore.WindowStart(window, arrival);
        var totals = _panes.Totals(from, long.MaxValue, Bounds);
        var columns = WindowReference.Columns(_layout!, totals);
        DropReference();
        Use(new Reference(++_referenceVersion, ReferenceSource.Window, columns.Max(column => column.Rows), arrival, columns), from, arrival);
        return ApplyResult.Nothing;
    }

    private ApplyResult Maintain(MaintenanceOrder order)
    {
        (_maintenanceUntil, _maintenanceReason) = (order.Until, order.Reason);
        return ApplyResult.Nothing;
    }

    private ApplyResult Retire()
    {
        _retired = true;
        return ApplyResult.Nothing;
    }

    private ApplyResult Forget(long arrival)
    {
        if (_capture is not null) StartCapture(arrival);
        return ApplyResult.Nothing;
    }

    private void BeginCapture(long arrival)
    {
        if (_spec.Reference.Capture <= 0 || _spec.Task is null) return;
        _captureOrdered = 0;
        StartCapture(arrival);
    }

    private void StartCapture(long arrival)
    {
        _capture = new ReferenceBuilder(_spec);
        _captureSince = arrival;
    }

    private void Install(ReferenceBuilder builder, ReferenceSource source, long from, long arrival)
    {
        var reference = builder.Build(++_referenceVersion, source, arrival);
        FitReconstruction(builder, reference);
        Use(reference, source == ReferenceSource.Uploaded ? 0 : from, arrival);
    }

    private void Use(Reference reference, long from, long to)
    {
        _reference = reference;
        _layout = new ColumnLayout(reference);
        _capture = null;
        RestartEvidence();
        _panes.ClearColumns();
        SliceByReference();
        RememberReference(from, to);
    }

    private void DropReference()
    {
        _reference = null;
        _layout = null;
        _capture = null;
        RestartEvidence();
        (_reconstruction, _encoder) = (null, null);
        _residuals = new Performance.ResidualBaseline();
        // What came in the minute that it was dropped in belongs to what was.
        RestartCalibration(_panes.Watermark == 0 ? 0 : _panes.Watermark + UnixTime.Minute);
        _panes.ClearColumns();
        SliceByReference();
    }

    /// <summary>Of a reference that an older build installed, no more is known than it says itself.</summary>
    private void RememberReference(long from = 0, long to = 0)
    {
        if (_reference is not { } reference) return;
        _references.Add(new ReferenceDescription(reference.Version, reference.Source, reference.Rows, UnixTime.ToDateTime(reference.Since))
        {
            From = from == 0 ? null : UnixTime.ToDateTime(from),
            To = from == 0 ? null : UnixTime.ToDateTime(to),
        });
        if (_references.Count > MostReferences) _references.RemoveAt(0);
    }

    private void WriteLifecycle(CodecWriter writer)
    {
        writer.OptionalText(_maintenanceReason);
        writer.Varint(_captureOrdered);
        writer.Int64(_captureSince);
        writer.Varint(_references.Count);
        foreach (var reference in _references)
        {
            writer.Varint(reference.Version);
            writer.Byte((byte)reference.Source);
            writer.Int64(reference.Rows);
            writer.Int64(UnixTime.From(reference.Since));
            writer.Int64(reference.From is { } from ? UnixTime.From(from) : 0);
            writer.Int64(reference.To is { } to ? UnixTime.From(to) : 0);
        }
    }

    private void ReadLifecycle(ref CodecReader reader)
    {
        _maintenanceReason = reader.OptionalText();
        _captureOrdered = reader.SmallInt();
        _captureSince = reader.Int64();
        for (var count = reader.Length(34); count > 0; count--)
        {
            var description = new ReferenceDescription(reader.SmallInt(), (ReferenceSource)reader.Byte(), reader.Int64(), UnixTime.ToDateTime(reader.Int64()));
            long from = reader.Int64(), to = reader.Int64();
            _references.Add(from == 0 ? description : description with { From = UnixTime.ToDateTime(from), To = UnixTime.ToDateTime(to) });
        }
    }

    /// <summary>Lets go of what waited for its label, or for its prediction, longer than the horizon.</summary>
    private void Expire(long arrival)
    {
        var before = arrival - UnixTime.From(_spec.LabelHorizon);
        _labels.Expire(before);
        _versions?.Answers.Expire(before);
    }
}
