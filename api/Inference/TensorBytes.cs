using System.Buffers.Binary;
using System.Text.Unicode;
using FleetMonitor.Inference;
using FleetMonitor.Inference.Tensors;

namespace FleetMonitor.Api.Inference;

/// <summary>Tensors as bytes on the wire, the same over HTTP and gRPC: row-major, little-endian, a byte a bool, texts behind their length of four
/// bytes.</summary>
internal static class TensorBytes
{
    private const int LengthBytes = sizeof(uint);

    /// <exception cref="InferenceException">There are too few or too many bytes, or they are not of the type.</exception>
    public static Tensor Read(string name, TensorType type, long[] shape, int count, ReadOnlySpan<byte> bytes)
    {
        if (type == TensorType.Text) return ReadTexts(name, shape, count, bytes);
        if (bytes.Length != (long)count * type.Width()) throw Wrong($"input \"{name}\": expected {(long)count * type.Width()} bytes for shape {TensorInfo.Describe(shape)} of {type.Name()}, got {bytes.Length}");
        if (type == TensorType.Bool && bytes.ContainsAnyExceptInRange((byte)0, (byte)1)) throw Wrong($"input \"{name}\": expected a byte of 0 or 1 for each BOOL");
        var tensor = Tensor.Rent(name, type, shape, count);
        bytes.CopyTo(tensor.Bytes);
        return tensor;
    }

    public static int Length(Tensor tensor) => tensor.Type == TensorType.Text ? tensor.Bytes.Length + (tensor.Count * LengthBytes) : tensor.Bytes.Length;

    /// <param name="into">Has <see cref="Length"/> bytes.</param>
    public static void Write(Tensor tensor, Span<byte> into)
    {
        if (tensor.Type != TensorType.Text)
        {
            tensor.Bytes.CopyTo(into);
            return;
        }
        for (var i = 0; i < tensor.Count; i++)
        {
            var text = tensor.Text(i);
            BinaryPrimitives.WriteUInt32LittleEndian(into, (uint)text.Length);
            text.CopyTo(into[LengthBytes..]);
            into = into[(LengthBytes + text.Length)..];
        }
    }

    /// <summary>The number of elements of a shape that a client sends.</summary>
    /// <exception cref="InferenceException">A dimension is not above 0, or there are more than <paramref name="max"/>.</exception>
    public static int Count(string name, ReadOnlySpan<long> shape, int max)
    {
        if (shape.Length > TensorShape.MaxRank) throw Wrong($"input \"{name}\": expected at most {TensorShape.MaxRank} dimensions, got {shape.Length}");
        return TensorShape.Count(shape, max) ?? throw Wrong($"input \"{name}\": expected dimensions of 1 or more and at most {max} elements, got shape {TensorInfo.Describe(shape.ToArray())}");
    }

    private static Tensor ReadTexts(string name, long[] shape, int count, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < (long)count * LengthBytes) throw Wrong($"input \"{name}\": expected {count} elements of BYTES, each behind its length of {LengthBytes} bytes, got {bytes.Length} bytes");
        var tensor = Tensor.Rent(name, TensorType.Text, shape, count);
        try
        {
            for (var i = 0; i < count; i++)
            {
                if (bytes.Length < LengthBytes) throw Wrong($"input \"{name}\": expected {count} elements of BYTES, got {i}");
                var length = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
                bytes = bytes[LengthBytes..];
                if (length > (uint)bytes.Length) throw Wrong($"input \"{name}\": element {i} is said to have {length} bytes where {bytes.Length} are left");
                if (!Utf8.IsValid(bytes[..(int)length])) throw Wrong($"input \"{name}\": element {i} is no UTF-8");
                tensor.Append(bytes[..(int)length]);
                bytes = bytes[(int)length..];
            }
            if (!bytes.IsEmpty) throw Wrong($"input \"{name}\": {bytes.Length} bytes are left behind its {count} elements of BYTES");
            return tensor;
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    private static InferenceException Wrong(string message) => new(InferenceFailure.Invalid, message);
}
