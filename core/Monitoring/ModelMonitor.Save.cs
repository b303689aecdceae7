using FleetMonitor.Core.Codec;
using FleetMonitor.Core.Detectors;
using FleetMonitor.Core.Drift;
using FleetMonitor.Core.Ingest;
using FleetMonitor.Core.Labels;
using FleetMonitor.Core.Multivariate;
using FleetMonitor.Core.Performance;
using FleetMonitor.Core.References;
using FleetMonitor.Core.Specs;
using FleetMonitor.Core.Windows;

namespace FleetMonitor.Core.Monitoring;

public sealed partial class ModelMonitor
{
    /// <summary>The whole state as bytes. <c>Load(Save())</c> saves the same bytes and goes on exactly as this would.</summary>
    public byte[] Save()
    {
        var writer = new CodecWriter(64 * 1024);
        writer.Byte(FormatVersion);
        writer.Text(Name);
        writer.Bytes(SpecJson.Write(_spec));
        writer.Bool(_featuresGiven);
        writer.Bool(_retired);
        writer.Int64(_maintenanceUntil);
        writer.OptionalText(_seenVersion);
        writer.Varint(_referenceVersion);
        writer.Texts([.. _classes]);
        foreach (var counter in (ReadOnlySpan<long>)[_counters.Predictions, _counters.Errors, _counters.Duplicates, _counters.TooLate, _counters.Rejected, _counters.Labels, _counters.LabelsJoined, _counters.LabelsCorrected, _counters.UnknownFeatures, _counters.LastPrediction])
        {
            writer.Int64(counter);
        }
        writer.Bool(_reference is not null);
        if (_reference is not null)
        {
            _reference.Write(writer);
            foreach (var slot in _layout!.Columns) writer.Texts([.. slot.Unseen]);
        }
        writer.Bool(_capture is not null);
        _capture?.Write(writer);
        _panes.Write(writer);
        _labels.Write(writer);
        _producers.Write(writer);
        WriteAdded(writer);
        return writer.ToArray();
    }

    /// <summary>What later formats have and format 1 had not.</summary>
    internal void WriteAdded(CodecWriter writer)
    {
        WriteEvidence(writer);
        WriteSegments(writer);
        WriteChanges(writer);
        WriteEstimation(writer);
        WriteSections(writer);
    }

    /// <summary>A monitor as it was when saved. Throws <see cref="CodecException"/> on other bytes.</summary>
    public static ModelMonitor Load(ReadOnlySpan<byte> bytes)
    {
        var reader = new CodecReader(bytes);
        var version = reader.Byte();
        if (version is < 1 or > FormatVersion) throw new CodecException($"A checkpoint of format {version}; this build reads formats 1 to {FormatVersion}.");
        var monitor = new ModelMonitor(reader.Text());
        var parse = SpecJson.ParseCompleted(reader.Bytes());
        monitor._spec = parse.Spec is { } spec ? spec with { Features = spec.Features ?? (spec.Task is null ? null : []) } : throw new CodecException($"A saved spec that is none: {string.Join("; ", parse.Errors)}.");
        monitor._featuresGiven = reader.Bool();
        monitor._retired = reader.Bool();
        monitor._maintenanceUntil = reader.Int64();
        monitor._seenVersion = reader.OptionalText();
        monitor._referenceVersion = reader.SmallInt();
        foreach (var label in reader.Texts())
        {
            monitor._classIndex.Add(label, monitor._classes.Count);
            monitor._classes.Add(label);
        }
        monitor._counters = new ModelCounters
        {
            Predictions = reader.Int64(),
            Errors = reader.Int64(),
            Duplicates = reader.Int64(),
            TooLate = reader.Int64(),
            Rejected = reader.Int64(),
            Labels = reader.Int64(),
            LabelsJoined = reader.Int64(),
            LabelsCorrected = reader.Int64(),
            UnknownFeatures = reader.Int64(),
            LastPrediction = reader.Int64(),
        };
        if (reader.Bool())
        {
            monitor._reference = Reference.Read(ref reader);
            monitor._layout = new ColumnLayout(monitor._reference);
            foreach (var slot in monitor._layout.Columns)
            {
                foreach (var category in reader.Texts()) slot.TryAddUnseen(category);
            }
        }
        if (reader.Bool()) monitor._capture = ReferenceBuilder.Read(ref reader, monitor._spec);
        monitor._panes = PaneStore.Read(ref reader, monitor._spec.KeptWindows(), monitor.Bounds);
        monitor._labels = LabelTable.Read(ref reader);
        monitor._producers = ProducerLedger.Read(ref reader);
        // Format 1 knew nothing of what follows: it starts empty.
        if (version == 1)
        {
            monitor.RestartEvidence();
            monitor.RestartSegments();
            monitor.WatchChanges();
            monitor.RecountScores();
        }
        else
        {
            monitor.ReadEvidence(ref reader);
            monitor.ReadSegments(ref reader);
            monitor.ReadChanges(ref reader);
            monitor.ReadEstimation(ref reader);
        }
        if (version < 3) monitor.RememberReference();
        else monitor.ReadSections(ref reader);
        if (!reader.AtEnd) throw new CodecException($"{reader.Remaining} bytes too many behind a checkpoint.");
        return monitor;
    }

    /// <summary>What format 3 has and format 2 had not, each in a section of its own; those that a build does not know it leaves out.</summary>
    private void WriteSections(CodecWriter writer)
    {
        var lifecycle = writer.BeginSection((byte)Section.Lifecycle);
        WriteLifecycle(writer);
        writer.EndSection(lifecycle);
        if (_versions is not null)
        {
            var versions = writer.BeginSection((byte)Section.Versions);
            WriteVersions(writer);
            writer.EndSection(versions);
        }
        if (_panes.BeginsLate)
        {
            var panes = writer.BeginSection((byte)Section.Panes);
            _panes.WriteBeginnings(writer);
            writer.EndSection(panes);
        }
        writer.EndSection(writer.BeginSection((byte)Section.End));
    }

    private void ReadSections(ref CodecReader reader)
    {
        while (true)
        {
            var section = new CodecReader(reader.Section(out var tag));
            switch ((Section)tag)
            {
                case Section.End: return;
                case Section.Lifecycle: ReadLifecycle(ref section); break;
                case Section.Versions: ReadVersions(ref section); break;
                case Section.Panes: _panes.ReadBeginnings(ref section); break;
                default: continue;
            }
            if (!section.AtEnd) throw new CodecException($"{section.Remaining} bytes too many in a section of a checkpoint.");
        }
    }

    private enum Section : byte
    {
        End = 0, Lifecycle = 1, Versions = 2, Panes = 3,
    }

    /// <summary>Change detectors, residuals and unknown categories: format 1 had none.</summary>
    private void WriteChanges(CodecWriter writer)
    {
        _changes.Write(writer);
        _residuals.Write(writer);
        foreach (var slot in _layout?.Columns ?? [])
        {
            writer.Bool(slot.Unknown is not null);
            slot.Unknown?.Write(writer);
        }
        writer.Bool(_reconstruction is not null);
        _reconstruction?.Write(writer);
        _capture?.WriteCategories(writer);
    }

    private void ReadChanges(ref CodecReader reader)
    {
        _changes = ChangeWatch.Read(ref reader, Detectors);
        _residuals = ResidualBaseline.Read(ref reader);
        foreach (var slot in _layout?.Columns ?? [])
        {
            if (reader.Bool()) slot.Unknown = UnknownTracker.Read(ref reader);
        }
        if (_reference is not null) _encoder = new RowEncoder(_reference);
        if (reader.Bool()) _reconstruction = ReconstructionModel.Read(ref reader);
        if (_reconstruction is not null && _reconstruction.Columns != _encoder?.Count) throw new CodecException("A reconstruction of other columns than the reference's.");
        _capture?.ReadCategories(ref reader);
    }
}
