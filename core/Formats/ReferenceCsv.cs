using FleetMonitor.Core.Batches;
using FleetMonitor.Core.Specs;

namespace FleetMonitor.Core.Formats;

/// <summary>A reference as CSV: all rows of a file at once.</summary>
public static class ReferenceCsv
{
    /// <summary>As <see cref="PredictionCsv"/>, with kinds inferred over the whole file.</summary>
    /// <remarks>Throws <see cref="DocumentException"/> when the header lacks a column that the mapping names, <see cref="LimitException"/> when the file is too large.</remarks>
    public static Decoded<PredictionBatch> Decode(Stream stream, CsvMapping mapping, ModelSpec? spec, DecodeLimits limits)
    {
        var csv = PredictionCsv.Open(stream, mapping, spec, limits);
        var rows = csv.Read(limits.MaxItems);
        return csv.Read(1).Items == 0 ? rows : throw new LimitException("items", limits.MaxItems);
    }

    /// <inheritdoc cref="Decode"/>
    public static async Task<Decoded<PredictionBatch>> DecodeAsync(
        Stream stream, CsvMapping mapping, ModelSpec? spec, DecodeLimits limits, CancellationToken cancellation = default)
    {
        var csv = await PredictionCsv.OpenAsync(stream, mapping, spec, limits, cancellation).ConfigureAwait(false);
        var rows = await csv.ReadAsync(limits.MaxItems, long.MaxValue, cancellation).ConfigureAwait(false);
        var rest = await csv.ReadAsync(1, long.MaxValue, cancellation).ConfigureAwait(false);
        return rest.Items == 0 ? rows : throw new LimitException("items", limits.MaxItems);
    }
}
