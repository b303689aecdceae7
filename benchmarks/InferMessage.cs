using System.Runtime.InteropServices;
using System.Text;

namespace FleetMonitor.Benchmarks;

/// <summary>An encoded ModelInferRequest with one raw float32 input.</summary>
internal static class InferMessage
{
    public static byte[] Of(string model, string input, int rows, int features, float[] values)
    {
        // Packed dimensions.
        byte[] shape = [.. Varint(rows), .. Varint(features)];
        byte[] tensor = [.. Field(1, Encoding.UTF8.GetBytes(input)), .. Field(2, "FP32"u8.ToArray()), .. Field(3, shape)];
        return [.. Field(1, Encoding.UTF8.GetBytes(model)), .. Field(5, tensor), .. Field(7, MemoryMarshal.AsBytes<float>(values).ToArray())];
    }

    private static byte[] Field(int number, byte[] bytes) => [(byte)((number << 3) | 2), .. Varint(bytes.Length), .. bytes];

    private static byte[] Varint(int value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7) bytes.Add((byte)(value | 0x80));
        bytes.Add((byte)value);
        return [.. bytes];
    }
}
