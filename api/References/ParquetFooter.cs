using System.Buffers.Binary;
using FleetMonitor.Core.Formats;

namespace FleetMonitor.Api.References;

/// <summary>Refuses footers that the Parquet reader would misread: it trusts every type and length in them, and goes on for ever where the bytes end.</summary>
/// <remarks>
/// Walks the metadata (Thrift's compact protocol: field headers of type and id, varints, counted lists) once, beside the types that the format gives each field, and builds nothing. A field
/// that the reader does not know passes if the reader can skip it. O(bytes); every count is checked against the bytes that are left.
/// Source: parquet.thrift, and "Thrift Compact protocol encoding" of Apache Thrift.
/// </remarks>
internal ref struct ParquetFooter
{
    private const int TailLength = 8;

    private static readonly Shape Bool = new(Wire.True), I8 = new(Wire.I8), Int = new(Wire.Int), Double = new(Wire.Double), Text = new(Wire.Text);
    private static readonly Shape Nothing = Struct();
    private static readonly Shape Unit = Struct((1, Nothing), (2, Nothing), (3, Nothing));
    private static readonly Shape KeyValue = Struct((1, Text), (2, Text));
    private static readonly Shape LogicalType = Struct(
        (1, Nothing), (2, Nothing), (3, Nothing), (4, Nothing), (5, Struct((1, Int), (2, Int))), (6, Nothing), (7, Struct((1, Bool), (2, Unit))), (8, Struct((1, Bool), (2, Unit))),
        (10, Struct((1, I8), (2, Bool))), (11, Nothing), (12, Nothing), (13, Nothing), (14, Nothing), (15, Nothing), (16, Struct((1, I8))), (17, Struct((1, Text))), (18, Struct((1, Text), (2, Int))));
    private static readonly Shape SchemaElement = Struct((1, Int), (2, Int), (3, Int), (4, Text), (5, Int), (6, Int), (7, Int), (8, Int), (9, Int), (10, LogicalType));
    private static readonly Shape Statistics = Struct((1, Text), (2, Text), (3, Int), (4, Int), (5, Text), (6, Text), (7, Bool), (8, Bool));
    private static readonly Shape Box = Struct((1, Double), (2, Double), (3, Double), (4, Double), (5, Double), (6, Double), (7, Double), (8, Double));
    private static readonly Shape ColumnMetaData = Struct(
        (1, Int), (2, List(Int)), (3, List(Text)), (4, Int), (5, Int), (6, Int), (7, Int), (8, List(KeyValue)), (9, Int), (10, Int), (11, Int), (12, Statistics),
        (13, List(Struct((1, Int), (2, Int), (3, Int)))), (14, Int), (15, Int), (16, Struct((1, Int), (2, List(Int)), (3, List(Int)))), (17, Struct((1, Box), (2, List(Int)))));
    private static readonly Shape ColumnChunk = Struct((1, Text), (2, Int), (3, ColumnMetaData), (4, Int), (5, Int), (6, Int), (7, Int));
    private static readonly Shape RowGroup = Struct((1, List(ColumnChunk)), (2, Int), (3, Int), (4, List(Struct((1, Int), (2, Bool), (3, Bool)))), (5, Int), (6, Int), (7, Int));
    private static readonly Shape FileMetaData = Struct((1, Int), (2, List(SchemaElement)), (3, Int), (4, List(RowGroup)), (5, List(KeyValue)), (6, Text), (7, List(Struct((1, Nothing)))));

    private ReadOnlySpan<byte> _rest;

    private ParquetFooter(ReadOnlySpan<byte> metadata) => _rest = metadata;

    private enum Wire
    {
        Stop = 0,
        True = 1,
        False = 2,
        I8 = 3,
        I16 = 4,
        Int = 5,
        I64 = 6,
        Double = 7,
        Text = 8,
        List = 9,
        Struct = 12,
    }

    /// <exception cref="DocumentException">The file has no footer, or one that cannot be read.</exception>
    public static void Check(ReadOnlySpan<byte> file)
    {
        if (file.Length < TailLength || !file.EndsWith("PAR1"u8)) throw new DocumentException("the body is not a Parquet file: it does not end as one");
        var length = BinaryPrimitives.ReadInt32LittleEndian(file[^TailLength..]);
        if (length < 0 || length > file.Length - TailLength) throw Damaged();
        new ParquetFooter(file.Slice(file.Length - TailLength - length, length)).Fields(FileMetaData);
    }

    private void Fields(Shape shape)
    {
        var id = 0;
        while (Byte() is var header and not 0)
        {
            var delta = header >> 4;
            id = delta == 0 ? Id() : id + delta;
            Value((Wire)(header & 15), shape.Fields!.GetValueOrDefault(id), inList: false);
        }
    }

    private void Value(Wire wire, Shape? shape, bool inList)
    {
        if (shape is not null && Canonical(wire) != shape.Wire) throw Damaged();
        switch (Canonical(wire))
        {
            case Wire.True:
                if (inList) Skip(1);
                break;
            case Wire.I8: Skip(1); break;
            case Wire.Int: Varint(); break;
            case Wire.Double: Skip(sizeof(double)); break;
            case Wire.Text: Skip(Varint()); break;
            case Wire.List when shape is not null: Elements(shape.Element!); break;
            case Wire.Struct when shape is not null: Fields(shape); break;
            default: throw Damaged();
        }
    }

    private void Elements(Shape element)
    {
        var header = Byte();
        var count = header >> 4 == 15 ? Varint() : (ulong)(header >> 4);
        if (count > (ulong)_rest.Length) throw Damaged();
        for (ulong i = 0; i < count; i++) Value((Wire)(header & 15), element, inList: true);
    }

    private int Id()
    {
        var zigzag = Varint();
        return zigzag <= ushort.MaxValue ? (int)(zigzag >> 1) ^ -(int)(zigzag & 1) : throw Damaged();
    }

    private ulong Varint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 70; shift += 7)
        {
            var next = Byte();
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80) return value;
        }
        throw Damaged();
    }

    private byte Byte()
    {
        if (_rest.IsEmpty) throw Damaged();
        var value = _rest[0];
        _rest = _rest[1..];
        return value;
    }

    private void Skip(ulong bytes)
    {
        if (bytes > (ulong)_rest.Length) throw Damaged();
        _rest = _rest[(int)bytes..];
    }

    private static Wire Canonical(Wire wire) => wire switch { Wire.False => Wire.True, Wire.I16 or Wire.I64 => Wire.Int, _ => wire };

    private static DocumentException Damaged() => new("the body is not a Parquet file that can be read: its footer is damaged, encrypted, or newer than known");

    private static Shape List(Shape element) => new(Wire.List, element);

    private static Shape Struct(params (int Id, Shape Shape)[] fields) => new(Wire.Struct, Fields: fields.ToDictionary(f => f.Id, f => f.Shape));

    private sealed record Shape(Wire Wire, Shape? Element = null, IReadOnlyDictionary<int, Shape>? Fields = null);
}
