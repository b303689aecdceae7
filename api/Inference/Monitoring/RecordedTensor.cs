using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using FleetMonitor.Inference.Tensors;

namespace FleetMonitor.Api.Inference.Monitoring;

/// <summary>A tensor in a page.</summary>
internal readonly ref struct RecordedTensor(TensorType type, ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    public bool IsText => type == TensorType.Text;

    /// <summary>All elements of a tensor of numbers.</summary>
    public double[] Numbers()
    {
        var numbers = new double[_bytes.Length / type.Width()];
        for (var i = 0; i < numbers.Length; i++) numbers[i] = Number(i);
        return numbers;
    }

    /// <summary>All elements of a tensor of texts.</summary>
    public string[] Texts()
    {
        var texts = new List<string>();
        for (var rest = _bytes; !rest.IsEmpty;)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(rest);
            texts.Add(Encoding.UTF8.GetString(rest.Slice(sizeof(int), length)));
            rest = rest[(sizeof(int) + length)..];
        }
        return [.. texts];
    }

    private double Number(int element) => type switch
    {
        TensorType.Bool or TensorType.UInt8 => _bytes[element],
        TensorType.Int8 => (sbyte)_bytes[element],
        TensorType.UInt16 => As<ushort>(element),
        TensorType.Int16 => As<short>(element),
        TensorType.UInt32 => As<uint>(element),
        TensorType.Int32 => As<int>(element),
        TensorType.UInt64 => As<ulong>(element),
        TensorType.Int64 => As<long>(element),
        TensorType.Float16 => (double)As<Half>(element),
        TensorType.Float32 => As<float>(element),
        _ => As<double>(element),
    };

    private T As<T>(int element) where T : unmanaged => MemoryMarshal.Cast<byte, T>(_bytes)[element];
}
