using FleetMonitor.Api.Bounds;
using Microsoft.AspNetCore.Http;

namespace FleetMonitor.Api.Requests;

/// <summary>A request's body, decompressed, that is read at its pace or not at all: 408.</summary>
internal sealed class PacedBody(HttpRequest request) : Stream
{
    private readonly BodyPace _pace = BodyPace.Of(request.HttpContext);

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <exception cref="BadHttpRequestException">408: it comes too slowly.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            var read = await request.Body.ReadAsync(buffer, _pace.Start(cancellationToken));
            _pace.Came(read);
            return read;
        }
        catch (OperationCanceledException) when (_pace.IsOver)
        {
            throw _pace.TooSlow();
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("A body is awaited.");

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) _pace.Dispose();
        base.Dispose(disposing);
    }
}
