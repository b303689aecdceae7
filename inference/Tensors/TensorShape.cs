namespace FleetMonitor.Inference.Tensors;

/// <summary>Arithmetic on dimensions that a client sends: nothing overflows, nothing is believed.</summary>
public static class TensorShape
{
    /// <summary>No tensor has more dimensions.</summary>
    public const int MaxRank = 16;

    /// <summary>The number of elements; null where a dimension is below 1 or the product is above <paramref name="max"/>.</summary>
    public static int? Count(ReadOnlySpan<long> shape, int max)
    {
        var count = 1L;
        foreach (var dimension in shape)
        {
            if (dimension < 1 || dimension > max) return null;
            count *= dimension;
            if (count > max) return null;
        }
        return (int)count;
    }
}
