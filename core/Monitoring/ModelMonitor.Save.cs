using FleetMonitor.Core.Codec;
using FleetMonitor.Core.Drift;
using FleetMonitor.Core.Ingest;
using FleetMonitor.Core.Labels;
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
        writer.Varint(_references);
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

    /// <summary>What format 2 has and format 1 had not.</summary>
    internal void WriteAdded(CodecWriter writer)
    {
        WriteEvidence(writer);
        WriteSegments(writer);
        WriteEstimation(writer);
    }

    /// <summary>A monitor as it was when saved. Throws <see cref="CodecException"/> on other bytes.</summary>
    public static ModelMonitor Load(ReadOnlySpan<byte> bytes)
    {
        var reader = new CodecReader(bytes);
        var version = reader.Byte();
        if (version is < 1 or > FormatVersion) throw new CodecException($"A checkpoint of format {version}; this build reads formats 1 to {FormatVersion}.");
        var monitor = new ModelMonitor(reader.Text());
        var parse = SpecJson.Parse(reader.Bytes());
        monitor._spec = parse.Spec is { } spec ? spec with { Features = spec.Features ?? (spec.Task is null ? null : []) } : throw new CodecException($"A saved spec that is none: {string.Join("; ", parse.Errors)}.");
        monitor._featuresGiven = reader.Bool();
        monitor._retired = reader.Bool();
        monitor._maintenanceUntil = reader.Int64();
        monitor._seenVersion = reader.OptionalText();
        monitor._references = reader.SmallInt();
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
                foreach (var category in reader.Texts()) slot.BinOf(category);
            }
        }
        if (reader.Bool()) monitor._capture = ReferenceBuilder.Read(ref reader, monitor._spec);
        monitor._panes = PaneStore.Read(ref reader, monitor._spec.Windows, monitor.Bounds);
        monitor._labels = LabelTable.Read(ref reader);
        monitor._producers = ProducerLedger.Read(ref reader);
        // Format 1 knew nothing of what follows: it starts empty.
        if (version == 1)
        {
            monitor.RestartEvidence();
            monitor.RestartSegments();
            monitor.RecountScores();
        }
        else
        {
            monitor.ReadEvidence(ref reader);
            monitor.ReadSegments(ref reader);
            monitor.ReadEstimation(ref reader);
        }
        if (!reader.AtEnd) throw new CodecException($"{reader.Remaining} bytes too many behind a checkpoint.");
        return monitor;
    }
}
