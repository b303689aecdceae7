using Microsoft.ML.OnnxRuntime.Tensors;

namespace FleetMonitor.Inference.Tensors;

/// <summary>What a tensor's elements are: the types of the Open Inference Protocol.</summary>
public enum TensorType
{
    Bool = 1,
    UInt8 = 2,
    UInt16 = 3,
    UInt32 = 4,
    UInt64 = 5,
    Int8 = 6,
    Int16 = 7,
    Int32 = 8,
    Int64 = 9,
    Float16 = 10,
    Float32 = 11,
    Float64 = 12,

    /// <summary>UTF-8 of any length; the protocol's BYTES.</summary>
    Text = 13,
}

/// <summary>Names, widths and the runtime's counterparts of <see cref="TensorType"/>.</summary>
public static class TensorTypes
{
    private static readonly string[] Names = ["", "BOOL", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64", "FP16", "FP32", "FP64", "BYTES"];
    private static readonly int[] Widths = [0, 1, 1, 2, 4, 8, 1, 2, 4, 8, 2, 4, 8, 0];

    private static readonly TensorElementType[] Elements =
    [
        TensorElementType.DataTypeMax, TensorElementType.Bool, TensorElementType.UInt8, TensorElementType.UInt16, TensorElementType.UInt32, TensorElementType.UInt64, TensorElementType.Int8,
        TensorElementType.Int16, TensorElementType.Int32, TensorElementType.Int64, TensorElementType.Float16, TensorElementType.Float, TensorElementType.Double, TensorElementType.String,
    ];

    /// <summary>As the protocol writes it, such as FP32.</summary>
    public static string Name(this TensorType type) => Names[(int)type];

    /// <summary>Bytes an element; 0 for texts, which have no fixed width.</summary>
    public static int Width(this TensorType type) => Widths[(int)type];

    /// <summary>The type of that name; null for a name that the protocol does not have.</summary>
    public static TensorType? Parse(ReadOnlySpan<char> name)
    {
        for (var type = 1; type < Names.Length; type++)
        {
            if (name.SequenceEqual(Names[type])) return (TensorType)type;
        }
        return null;
    }

    internal static TensorElementType Element(this TensorType type) => Elements[(int)type];

    /// <summary>Null for element types that the protocol cannot carry (bfloat16, complex, packed).</summary>
    internal static TensorType? Of(TensorElementType element) => Array.IndexOf(Elements, element) is var type and > 0 ? (TensorType)type : null;
}
