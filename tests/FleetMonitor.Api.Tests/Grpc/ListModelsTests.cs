using FleetMonitor.Protocol.V1;
using Grpc.Core;
using Grpc.Net.Client;
using Xunit;

namespace FleetMonitor.Api.Tests.Grpc;

[Collection(nameof(Fleet))]
public sealed class ListModelsTests(Fleet fleet)
{
    [Fact]
    public async Task ListModels_WithAFilterThatNoStoreWouldTake_NamesTheField()
    {
        using var channel = GrpcChannel.ForAddress(fleet.GrpcUrl);
        var monitor = new MonitorService.MonitorServiceClient(channel);
        var refused = await Assert.ThrowsAsync<RpcException>(() => monitor.ListModelsAsync(new ListModelsRequest { Search = new string('s', 60_000) }).ResponseAsync);
        Assert.Equal(new Status(StatusCode.InvalidArgument, "search: expected at most 1000 characters, got 60000"), new Status(refused.StatusCode, refused.Status.Detail));
        Assert.Empty((await monitor.ListModelsAsync(new ListModelsRequest { Search = new string('s', 1_000) })).Models);
    }
}
