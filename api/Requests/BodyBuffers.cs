using System.Buffers;

namespace FleetMonitor.Api.Requests;

/// <summary>The buffers that bodies of requests are read into, and of answers written into. Of those beyond a mebibyte four of each size are kept: the shared pool would keep 32 a processor and size, gigabytes of them, long after a burst of large bodies.</summary>
internal static class BodyBuffers
{
    private const int MostShared = 1 << 20, MostKept = 64 << 20, KeptOfASize = 4;

    private static readonly ArrayPool<byte> Large = ArrayPool<byte>.Create(MostKept, KeptOfASize);

    public static byte[] Rent(int bytes) => Pool(bytes).Rent(bytes);

    /// <summary>Its pool follows from its length: what is rented is as long as its pool's sizes are.</summary>
    public static void Return(byte[] buffer) => Pool(buffer.Length).Return(buffer);

    private static ArrayPool<byte> Pool(int bytes) => bytes <= MostShared ? ArrayPool<byte>.Shared : Large;
}
