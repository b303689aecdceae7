using FleetMonitor.Inference.Tensors;

namespace FleetMonitor.Inference.Sessions;

/// <summary>How a model's tensors lie in memory that is made once: so many bytes a row, whatever a request holds.</summary>
/// <remarks>
/// A model with a batch dimension has it first in every input; the others are of fixed length. One without has one row, the whole tensor.
/// Outputs whose length the file does not fix, texts and maps are the runtime's to allocate.
/// </remarks>
internal sealed class RowLayout
{
    /// <summary>Bytes of all rows of one slot.</summary>
    private const int MaxBytes = 16 << 20;

    private RowLayout(bool hasBatch, int maxRows, long[][] inputs, long[]?[] outputs)
    {
        HasBatch = hasBatch;
        MaxRows = maxRows;
        Inputs = inputs;
        Outputs = outputs;
    }

    public bool HasBatch { get; }

    /// <summary>Rows for which there is room.</summary>
    public int MaxRows { get; }

    /// <summary>A row's dimensions, by input.</summary>
    public IReadOnlyList<long[]> Inputs { get; }

    /// <summary>A row's dimensions, by output; null where the runtime allocates.</summary>
    public IReadOnlyList<long[]?> Outputs { get; }

    /// <summary>The layout of a model; null when an input's row has no fixed length.</summary>
    /// <param name="hasBatch">Whether the first dimension of every input is the batch's.</param>
    public static RowLayout? Of(IReadOnlyList<TensorInfo> inputs, IReadOnlyList<OutputInfo> outputs, bool hasBatch, int maxRows)
    {
        var rows = inputs.Select(input => Row(input.Shape, hasBatch)).ToArray();
        if (rows.Any(row => row is null)) return null;
        var fixedOutputs = outputs.Select(output => output.IsMaps || output.Tensor.Type == TensorType.Text ? null : Row(output.Tensor.Shape, hasBatch)).ToArray();
        var bytes = inputs.Select((input, i) => Bytes(input.Type, rows[i]!)).Sum() + outputs.Select((output, i) => fixedOutputs[i] is { } row ? Bytes(output.Tensor.Type, row) : 0).Sum();
        if (bytes > MaxBytes) return null;
        return new RowLayout(hasBatch, hasBatch ? (int)Math.Clamp(MaxBytes / Math.Max(1, bytes), 1, maxRows) : 1, rows!, fixedOutputs);
    }

    /// <summary>The dimensions of a tensor of so many rows.</summary>
    public long[] Shape(long[] row, int rows) => HasBatch ? [rows, .. row] : row;

    public static int Elements(long[] row)
    {
        var count = 1;
        foreach (var dimension in row) count = checked(count * (int)dimension);
        return count;
    }

    private static long Bytes(TensorType type, long[] row) => (long)Elements(row) * Math.Max(1, type.Width());

    private static long[]? Row(IReadOnlyList<long>? shape, bool hasBatch)
    {
        if (shape is null || (hasBatch && (shape.Count == 0 || shape[0] >= 0))) return null;
        long[] row = [.. hasBatch ? shape.Skip(1) : shape];
        return TensorShape.Count(row, MaxBytes) is null ? null : row;
    }
}
