using System.Globalization;
using FleetMonitor.Protocol.V1;
using Grpc.Core;
using Grpc.Net.Client;
using Xunit;

namespace FleetMonitor.Api.Tests.Grpc;

/// <summary>A message in rows may be no larger a table than one in JSON.</summary>
[Collection(nameof(Fleet))]
public sealed class RowBoundsTests(Fleet fleet)
{
    /// <summary>Few rows that name many columns, and many that name one: 150 kB on the wire, a table of 64 MB.</summary>
    [Fact]
    public async Task Rows_ThatAreATableOfNothing_AreTooLargeByTheirCells()
    {
        using var channel = GrpcChannel.ForAddress(fleet.GrpcUrl);
        var client = new MonitorService.MonitorServiceClient(channel);
        var request = new RecordPredictionsRequest { Model = "sparse" };
        for (var row = 0; row < 4; row++)
        {
            var wide = new Prediction { Prediction_ = new Value { Number = 1 } };
            for (var i = 0; i < 1_000; i++) wide.Features.Add(string.Create(CultureInfo.InvariantCulture, $"f{row}-{i}"), new Value { Number = 1 });
            request.Predictions.Add(wide);
        }
        for (var row = 0; row < 2_000; row++) request.Predictions.Add(new Prediction { Prediction_ = new Value { Number = 1 } });
        var refused = await Assert.ThrowsAsync<RpcException>(() => client.RecordPredictionsAsync(request).ResponseAsync);
        Assert.Equal(StatusCode.ResourceExhausted, refused.StatusCode);
        Assert.StartsWith("cells: ", refused.Status.Detail, StringComparison.Ordinal);

        while (request.Predictions.Count > 4) request.Predictions.RemoveAt(request.Predictions.Count - 1);
        Assert.Equal(4, (await client.RecordPredictionsAsync(request)).Result.Accepted);
    }
}
