using System.Buffers;
using FleetMonitor.Core.Batches;
using FleetMonitor.Core.Drift;
using FleetMonitor.Core.Multivariate;
using FleetMonitor.Core.References;
using FleetMonitor.Core.Scores;
using FleetMonitor.Core.Windows;

namespace FleetMonitor.Core.Monitoring;

public sealed partial class ModelMonitor
{
    /// <summary>What a row's error counts at most, in standard deviations: the sum has room for 10⁹ rows.</summary>
    private const double LargestError = 1e3;

    private ReconstructionModel? _reconstruction;
    private RowEncoder? _encoder;

    /// <summary>Fits to a reference that comes into force, if the spec asks for it.</summary>
    private void FitReconstruction(ReferenceBuilder rows, Reference reference)
    {
        _encoder = new RowEncoder(reference);
        _reconstruction = _spec.Multivariate ? ReconstructionModel.Fit(_encoder.Encode(rows.NumbersOf, rows.CategoriesOf)) : null;
    }

    private void RecordReconstruction(PredictionBatch batch, ReadOnlySpan<int> rows, ReadOnlySpan<Pane?> panes)
    {
        if (_reconstruction is not { } model || _encoder is not { } encoder || !_spec.Multivariate) return;
        var block = ArrayPool<double>.Shared.Rent(model.Columns * ReconstructionModel.Block);
        Span<double> values = stackalloc double[ReconstructionModel.Block], errors = stackalloc double[ReconstructionModel.Block];
        block.AsSpan().Clear();
        for (var start = 0; start < rows.Length; start += ReconstructionModel.Block)
        {
            var count = Math.Min(ReconstructionModel.Block, rows.Length - start);
            for (var column = 0; column < model.Columns; column++)
            {
                encoder.Encode(column, batch, rows.Slice(start, count), values);
                model.Standardise(column, values[..count], block.AsSpan(column * ReconstructionModel.Block));
            }
            model.Errors(block, errors[..count]);
            for (var i = 0; i < count; i++)
            {
                var counters = panes[start + i]!.Columns.Open(_layout!.Counters);
                counters[_layout.Reconstruction + ColumnLayout.ReconstructedRows]++;
                counters[_layout.Reconstruction + ColumnLayout.ReconstructionErrors] += (long)Math.Round((errors[i] < LargestError ? errors[i] : LargestError) / ReconstructionModel.ErrorUnit);
            }
        }
        ArrayPool<double>.Shared.Return(block);
    }

    private ReconstructionScore? Reconstruction(WindowTotals totals)
    {
        if (_reconstruction is not { } model || !_spec.Multivariate) return null;
        var rows = totals.Columns[_layout!.Reconstruction + ColumnLayout.ReconstructedRows];
        var (lower, upper) = model.Limits(rows);
        double? error = rows < _spec.MinSamples ? null : totals.Columns[_layout.Reconstruction + ColumnLayout.ReconstructionErrors] * ReconstructionModel.ErrorUnit / rows;
        return new ReconstructionScore(rows, error, model.Mean, lower, upper, model.Components, error is { } known ? model.IsBeyond(known, rows) : null);
    }
}
