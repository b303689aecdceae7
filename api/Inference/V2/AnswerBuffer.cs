using System.Buffers;
using FleetMonitor.Api.Requests;

namespace FleetMonitor.Api.Inference.V2;

/// <summary>An answer in pooled memory, so that its length is known before its first byte is sent.</summary>
internal sealed class AnswerBuffer : IBufferWriter<byte>, IDisposable
{
    private byte[] _bytes = BodyBuffers.Rent(1_024);

    public int Length { get; private set; }

    public ReadOnlyMemory<byte> Memory => _bytes.AsMemory(0, Length);

    public void Advance(int count) => Length += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsMemory(Length);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsSpan(Length);
    }

    public void Dispose()
    {
        BodyBuffers.Return(_bytes);
        _bytes = [];
        Length = 0;
    }

    private void Reserve(int sizeHint)
    {
        if (_bytes.Length - Length >= Math.Max(1, sizeHint)) return;
        var larger = BodyBuffers.Rent((int)Math.Min(Array.MaxLength, Math.Max(_bytes.Length * 2L, (long)Length + sizeHint)));
        _bytes.AsSpan(0, Length).CopyTo(larger);
        BodyBuffers.Return(_bytes);
        _bytes = larger;
    }
}
