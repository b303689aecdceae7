using System.Buffers;
using System.Diagnostics;

namespace FleetMonitor.Inference.Tensors;

/// <summary>A tensor of a request or an answer: its elements in row-major order, little-endian, in pooled memory.</summary>
/// <remarks>
/// Texts lie one behind the other as UTF-8, with the end of each kept apart. Filled by whom it was made by, read by everyone else, given back by its last
/// owner: once, and after the last use.
/// Not thread-safe.
/// </remarks>
public sealed class Tensor : IDisposable
{
    private byte[] _bytes;
    private int[]? _ends;
    private int _length;
    private int _texts;

    private Tensor(string name, TensorType type, long[] shape, int count, byte[] bytes, int length, int[]? ends)
    {
        Name = name;
        Type = type;
        Shape = shape;
        Count = count;
        _bytes = bytes;
        _length = length;
        _ends = ends;
    }

    public string Name { get; }

    public TensorType Type { get; }

    public long[] Shape { get; }

    /// <summary>Elements: the product of the dimensions.</summary>
    public int Count { get; }

    /// <summary>All elements; of texts those appended so far, without their lengths.</summary>
    public Span<byte> Bytes => _bytes.AsSpan(0, _length);

    /// <summary>For whom needs memory that can be pinned.</summary>
    internal Memory<byte> Memory => _bytes.AsMemory(0, _length);

    /// <summary>Texts appended so far.</summary>
    public int Texts => _texts;

    /// <summary>Room for <paramref name="count"/> elements, with what was in the memory before.</summary>
    public static Tensor Rent(string name, TensorType type, long[] shape, int count)
    {
        Debug.Assert(TensorShape.Count(shape, int.MaxValue) == count, "The count is the shape's product.");
        if (type == TensorType.Text) return new Tensor(name, type, shape, count, ArrayPool<byte>.Shared.Rent(Math.Max(16, count * 8)), 0, ArrayPool<int>.Shared.Rent(count));
        var length = checked(count * type.Width());
        return new Tensor(name, type, shape, count, ArrayPool<byte>.Shared.Rent(Math.Max(1, length)), length, null);
    }

    public Span<T> As<T>() where T : unmanaged => System.Runtime.InteropServices.MemoryMarshal.Cast<byte, T>(Bytes);

    /// <summary>Appends the next text.</summary>
    public void Append(ReadOnlySpan<byte> utf8)
    {
        utf8.CopyTo(Reserve(utf8.Length));
        Advance(utf8.Length);
    }

    /// <summary>Room for a text of at most so many bytes, to be made one by <see cref="Advance"/>.</summary>
    public Span<byte> Reserve(int bytes)
    {
        Debug.Assert(_ends is not null && _texts < Count, "Only texts are appended, as many as were announced.");
        if (_length + bytes > _bytes.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(Array.MaxLength, Math.Max(_bytes.Length * 2L, (long)_length + bytes)));
            Bytes.CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = larger;
        }
        return _bytes.AsSpan(_length, bytes);
    }

    /// <summary>Makes the first bytes of what was reserved the next text.</summary>
    public void Advance(int bytes)
    {
        _length += bytes;
        _ends![_texts++] = _length;
    }

    /// <summary>A text's UTF-8.</summary>
    public ReadOnlySpan<byte> Text(int index)
    {
        Debug.Assert(index < _texts, "Only what was appended can be read.");
        var start = index == 0 ? 0 : _ends![index - 1];
        return _bytes.AsSpan(start, _ends![index] - start);
    }

    public void Dispose()
    {
        if (_bytes.Length == 0) return;
        ArrayPool<byte>.Shared.Return(_bytes);
        if (_ends is not null) ArrayPool<int>.Shared.Return(_ends);
        (_bytes, _ends, _length, _texts) = ([], null, 0, 0);
    }
}
