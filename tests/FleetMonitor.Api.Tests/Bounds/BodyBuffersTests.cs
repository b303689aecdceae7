using FleetMonitor.Api.Requests;
using Xunit;

namespace FleetMonitor.Api.Tests.Bounds;

public sealed class BodyBuffersTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(1 << 20)]
    [InlineData((1 << 20) + 1)]
    [InlineData((64 << 20) + 1)]
    public void Rent_OfAnySize_IsAsLongAsAsked(int bytes)
    {
        var buffer = BodyBuffers.Rent(bytes);
        Assert.True(buffer.Length >= bytes);
        BodyBuffers.Return(buffer);
    }

    /// <summary>A burst of large bodies must not hold their memory when it is over.</summary>
    [Fact]
    public void Return_OfManyLargeBuffers_KeepsFewOfThem()
    {
        const int Bytes = 3 << 20;
        byte[][] burst = [.. Enumerable.Range(0, 20).Select(_ => BodyBuffers.Rent(Bytes))];
        foreach (var buffer in burst) BodyBuffers.Return(buffer);
        byte[][] next = [.. Enumerable.Range(0, 20).Select(_ => BodyBuffers.Rent(Bytes))];
        // Four of their size, and four of the one above, of which the pool gives when its own are out.
        Assert.InRange(next.Count(burst.Contains), 1, 8);
        foreach (var buffer in next) BodyBuffers.Return(buffer);
    }
}
