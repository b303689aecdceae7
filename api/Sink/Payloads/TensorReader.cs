using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using FleetMonitor.Core.Formats;

namespace FleetMonitor.Api.Sink.Payloads;

/// <summary>Tensors of the Open Inference Protocol: values in the JSON, or behind it with their size in the JSON.</summary>
internal static class TensorReader
{
    private const int MaxTensors = 1_000;

    public static Payload Read(JsonElement tensors, ReadOnlySpan<byte> binary, string? version)
    {
        var count = tensors.GetArrayLength();
        if (count > MaxTensors) throw new LimitException("tensors", MaxTensors);
        List<Tensor> read = [];
        int? rows = null;
        var total = 0L;
        foreach (var element in tensors.EnumerateArray())
        {
            var name = element.GetProperty("name").GetString() ?? "";
            if (name.Length is 0 || name.Length > DecodeLimits.Default.MaxName)
            {
                throw new DocumentException($"expected tensors' names of 1 to {DecodeLimits.Default.MaxName} characters");
            }
            var shape = Shape(element.GetProperty("shape"), out var size);
            total += size;
            if (total > PayloadReader.MaxCells) throw new LimitException("values", PayloadReader.MaxCells);
            var cells = Values(element, name, (int)size, ref binary);
            // A tensor of another length than the first belongs to the whole request, not to its rows.
            var own = shape.Length == 0 ? 1 : (int)shape[0];
            rows ??= own;
            if (own == rows) read.Add(Bounded(new Tensor(name, null, Width(shape), cells)));
        }
        if (!binary.IsEmpty) throw new DocumentException($"expected the tensors' bytes to end the payload, got {binary.Length} more");
        if (rows > DecodeLimits.Default.MaxItems) throw new LimitException("rows", DecodeLimits.Default.MaxItems);
        return new Payload(rows ?? 0, read, version is { Length: > 0 } && version.Length <= DecodeLimits.Default.MaxName ? version : null);
    }

    /// <summary>A payload of one tensor.</summary>
    public static Payload One(Tensor tensor, long[] shape, string? version) => new(shape.Length == 0 ? 1 : (int)shape[0], [Bounded(tensor)], version);

    /// <summary>Dimensions, and how many values they hold; at most <see cref="PayloadReader.MaxCells"/>.</summary>
    public static long[] Shape(JsonElement element, out long size)
    {
        if (element.ValueKind != JsonValueKind.Array || element.GetArrayLength() > 16)
        {
            throw new DocumentException("shape: expected an array of at most 16 numbers");
        }
        long[] shape = [.. element.EnumerateArray().Select(dimension => dimension.GetInt64())];
        size = 1;
        foreach (var dimension in shape)
        {
            if (dimension < 0) throw new DocumentException("shape: expected 0 or more");
            if (dimension > PayloadReader.MaxCells) throw new LimitException("values", PayloadReader.MaxCells);
            size *= dimension;
            if (size > PayloadReader.MaxCells) throw new LimitException("values", PayloadReader.MaxCells);
        }
        return shape;
    }

    /// <summary>Values of a row.</summary>
    public static int Width(long[] shape) => (int)shape.Skip(1).Aggregate(1L, (width, dimension) => width * dimension);

    /// <summary>A tensor that is too wide is no table, and none of its columns is kept.</summary>
    private static Tensor Bounded(Tensor tensor) => tensor.Width > RowsReader.MaxWidth ? new Tensor(tensor.Name, null, 0, []) : tensor;

    private static IReadOnlyList<Cell> Values(JsonElement element, string name, int size, ref ReadOnlySpan<byte> binary)
    {
        var type = element.GetProperty("datatype").GetString() ?? "";
        if (element.TryGetProperty("parameters", out var parameters) && parameters.ValueKind == JsonValueKind.Object
            && parameters.TryGetProperty("binary_data_size", out var length))
        {
            var bytes = length.GetInt64();
            if (bytes < 0 || bytes > binary.Length) throw new DocumentException($"{name}: expected {bytes} bytes behind the JSON, got {binary.Length}");
            var own = binary[..(int)bytes];
            binary = binary[(int)bytes..];
            return type == "BYTES" ? Texts(own, name, size) : Numbers(own, name, type, size);
        }
        if (!element.TryGetProperty("data", out var data)) throw new DocumentException($"{name}: expected data, got none");
        if (type != "BYTES" && Element(type) == 0) throw new DocumentException($"{name}: unknown datatype");
        var cells = new List<Cell>(Math.Min(size, 1 << 16));
        RowsReader.Flatten(data, cells, size);
        return cells.Count == size
            ? cells
            : throw new DocumentException($"{name}: expected {size} values as the shape says, got {(cells.Count > size ? "more" : cells.Count)}");
    }

    /// <summary>Bytes of one value; 0 for a type that is none.</summary>
    private static int Element(string type) => type switch
    {
        "BOOL" or "INT8" or "UINT8" => 1,
        "INT16" or "UINT16" or "FP16" or "BF16" => 2,
        "INT32" or "UINT32" or "FP32" => 4,
        "INT64" or "UINT64" or "FP64" => 8,
        _ => 0,
    };

    private static Cell[] Numbers(ReadOnlySpan<byte> bytes, string name, string type, int size)
    {
        var element = Element(type);
        if (element == 0) throw new DocumentException($"{name}: unknown datatype");
        if (bytes.Length != (long)size * element)
        {
            throw new DocumentException($"{name}: expected {(long)size * element} bytes as shape and datatype say, got {bytes.Length}");
        }
        var cells = new Cell[size];
        for (var i = 0; i < size; i++)
        {
            var value = bytes.Slice(i * element, element);
            cells[i] = type == "BOOL" ? new Cell(double.NaN, value[0] == 0 ? "false" : "true") : new Cell(Number(value, type), null);
        }
        return cells;
    }

    private static double Number(ReadOnlySpan<byte> value, string type) => type switch
    {
        "INT8" => (sbyte)value[0],
        "UINT8" => value[0],
        "INT16" => BinaryPrimitives.ReadInt16LittleEndian(value),
        "UINT16" => BinaryPrimitives.ReadUInt16LittleEndian(value),
        "FP16" => (double)BinaryPrimitives.ReadHalfLittleEndian(value),
        "BF16" => BitConverter.UInt32BitsToSingle((uint)BinaryPrimitives.ReadUInt16LittleEndian(value) << 16),
        "INT32" => BinaryPrimitives.ReadInt32LittleEndian(value),
        "UINT32" => BinaryPrimitives.ReadUInt32LittleEndian(value),
        "FP32" => BinaryPrimitives.ReadSingleLittleEndian(value),
        "INT64" => BinaryPrimitives.ReadInt64LittleEndian(value),
        "UINT64" => BinaryPrimitives.ReadUInt64LittleEndian(value),
        _ => BinaryPrimitives.ReadDoubleLittleEndian(value),
    };

    /// <summary>Each with its length of four bytes before it.</summary>
    private static List<Cell> Texts(ReadOnlySpan<byte> bytes, string name, int size)
    {
        var cells = new List<Cell>(Math.Min(size, bytes.Length / sizeof(uint)));
        while (!bytes.IsEmpty)
        {
            if (bytes.Length < sizeof(uint) || BinaryPrimitives.ReadUInt32LittleEndian(bytes) is var length && length > bytes.Length - sizeof(uint))
            {
                throw new DocumentException($"{name}: a text ends beyond the tensor");
            }
            var text = bytes.Slice(sizeof(uint), (int)length);
            bytes = bytes[(sizeof(uint) + (int)length)..];
            if (cells.Count == size || length > DecodeLimits.Default.MaxText)
            {
                throw new DocumentException($"{name}: expected {size} texts of at most {DecodeLimits.Default.MaxText} bytes");
            }
            if (!Utf8.IsValid(text)) throw new DocumentException($"{name}: expected UTF-8");
            cells.Add(new Cell(double.NaN, Encoding.UTF8.GetString(text)));
        }
        return cells.Count == size ? cells : throw new DocumentException($"{name}: expected {size} texts, got {cells.Count}");
    }
}
