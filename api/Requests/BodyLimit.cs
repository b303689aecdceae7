using Microsoft.AspNetCore.Http.Metadata;

namespace FleetMonitor.Api.Requests;

/// <summary>How large a request of an endpoint may be, in bytes: on the wire, and again after decompression.</summary>
/// <remarks>
/// Endpoints heed it. Kestrel and decompression stop at twice of it, where they close the connection: a body that is only somewhat too large is thereby read off, and its client sees
/// the answer instead of a broken pipe.
/// </remarks>
/// <param name="Bound">Its name.</param>
internal sealed record BodyLimit(long Bytes, string Bound = Bounds.Bound.BodyBytes) : IRequestSizeLimitMetadata
{
    public long? MaxRequestBodySize => Bytes * 2;
}
