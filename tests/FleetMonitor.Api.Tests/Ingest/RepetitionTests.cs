using Xunit;

namespace FleetMonitor.Api.Tests.Ingest;

[Collection(nameof(Fleet))]
public sealed class RepetitionTests(Fleet fleet)
{
    /// <summary>Whoever opens the model's log takes it from its activation, as another silo would: the next batch is refused there, and repeated to the activation that follows.</summary>
    [Fact]
    public async Task Predictions_WhileTheModelMoves_AreCountedOnceAndTheClientNoticesNothing()
    {
        for (var i = 0; i < 20; i++)
        {
            await fleet.Store.OpenModelAsync("moving", TimeProvider.System.GetUtcNow());
            Assert.Equal(2, (int)(await fleet.PostAsync("/v1/models/moving/predictions", """[{"prediction":1.5},{"prediction":2.5}]""")).Ok()["accepted"]!);
        }
        Assert.Equal(40, (int)(await fleet.GetAsync("/v1/models/moving")).Ok()["counters"]!["predictions"]!);
    }
}
