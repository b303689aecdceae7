using System.Runtime.InteropServices;
using System.Text;
using FleetMonitor.Inference.Tensors;

namespace FleetMonitor.Api.Inference.Monitoring;

/// <summary>Inferences that wait for their monitor, as bytes one behind the other: writing one is a few copies, and allocates nothing once the page has
/// grown to what it needs.</summary>
/// <remarks>A record: rows, id's length, tensors, start (µs), latency (s), id; then each tensor's type, length and bytes, of texts the length before each.
/// Not thread-safe.</remarks>
internal sealed class RecordPage(int maxBytes)
{
    private const int HeaderBytes = 32;
    private const int TensorHeaderBytes = 8;
    private const int InitialBytes = 16 << 10;

    private byte[] _bytes = [];

    public int Length { get; private set; }

    /// <param name="tensors">Those that the monitor needs; none of an inference that failed.</param>
    /// <returns>False when the page has no room for it.</returns>
    public bool TryAdd(string id, int rows, long started, double latency, ReadOnlySpan<Tensor> tensors)
    {
        var idBytes = Encoding.UTF8.GetByteCount(id);
        var size = (long)HeaderBytes + Aligned(idBytes);
        foreach (var tensor in tensors) size += TensorHeaderBytes + Aligned(TensorBytes.Length(tensor));
        if (!Reserve(size)) return false;

        var into = _bytes.AsSpan(Length, (int)size);
        MemoryMarshal.Write(into, rows);
        MemoryMarshal.Write(into[4..], idBytes);
        MemoryMarshal.Write(into[8..], tensors.Length);
        MemoryMarshal.Write(into[16..], started);
        MemoryMarshal.Write(into[24..], latency);
        Encoding.UTF8.GetBytes(id, into[HeaderBytes..]);
        into = into[(HeaderBytes + (int)Aligned(idBytes))..];
        foreach (var tensor in tensors)
        {
            var bytes = TensorBytes.Length(tensor);
            MemoryMarshal.Write(into, (int)tensor.Type);
            MemoryMarshal.Write(into[4..], bytes);
            TensorBytes.Write(tensor, into.Slice(TensorHeaderBytes, bytes));
            into = into[(TensorHeaderBytes + (int)Aligned(bytes))..];
        }
        Length += (int)size;
        return true;
    }

    public void Clear() => Length = 0;

    public Reader Read() => new(_bytes.AsSpan(0, Length));

    private static long Aligned(int bytes) => (bytes + 7L) & ~7L;

    private bool Reserve(long size)
    {
        if (Length + size > maxBytes) return false;
        if (Length + size > _bytes.Length) Array.Resize(ref _bytes, (int)Math.Min(maxBytes, Math.Max(Math.Max(InitialBytes, _bytes.Length * 2L), Length + size)));
        return true;
    }

    /// <summary>Walks over the records of a page.</summary>
    public ref struct Reader(ReadOnlySpan<byte> page)
    {
        private ReadOnlySpan<byte> _rest = page;

        public int Rows { get; private set; }

        public ReadOnlySpan<byte> Id { get; private set; }

        /// <summary>Unix microseconds.</summary>
        public long Started { get; private set; }

        /// <summary>Seconds.</summary>
        public double Latency { get; private set; }

        /// <summary>Tensors that follow, each to be read by <see cref="NextTensor"/>; 0 of an inference that failed.</summary>
        public int Tensors { get; private set; }

        public bool Next()
        {
            if (_rest.IsEmpty) return false;
            Rows = MemoryMarshal.Read<int>(_rest);
            var idBytes = MemoryMarshal.Read<int>(_rest[4..]);
            Tensors = MemoryMarshal.Read<int>(_rest[8..]);
            Started = MemoryMarshal.Read<long>(_rest[16..]);
            Latency = MemoryMarshal.Read<double>(_rest[24..]);
            Id = _rest.Slice(HeaderBytes, idBytes);
            _rest = _rest[(HeaderBytes + (int)Aligned(idBytes))..];
            return true;
        }

        public RecordedTensor NextTensor()
        {
            var bytes = MemoryMarshal.Read<int>(_rest[4..]);
            var tensor = new RecordedTensor((TensorType)MemoryMarshal.Read<int>(_rest), _rest.Slice(TensorHeaderBytes, bytes));
            _rest = _rest[(TensorHeaderBytes + (int)Aligned(bytes))..];
            return tensor;
        }
    }
}
