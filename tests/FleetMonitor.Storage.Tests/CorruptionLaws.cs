namespace FleetMonitor.Storage.Tests;

/// <summary>That damage is found where it is read and costs only its model, on every store.</summary>
public abstract class CorruptionLaws(StoreKind kind)
{

    [SkippableFact]
    public async Task Record_WithAFlippedBit_IsFoundAtReplayAndCostsOnlyItsModel()
    {
        await using var test = await kind.OpenAsync();
        var lease = await test.OpenModelAsync("rotten");
        var sound = await test.OpenModelAsync("sound");
        for (var i = 1; i <= 3; i++) await test.Store.AppendAsync(lease, TestStore.Bytes($"body {i}"));
        await test.Store.AppendAsync(sound, TestStore.Bytes("body"));
        await test.ExecuteAsync($"UPDATE log SET body = {test.Literal("bodY 2")} WHERE model_id = {lease.ModelId} AND sequence = 2");

        var damaged = await Assert.ThrowsAsync<StoreCorruptException>(() => test.ReadAsync(lease));
        Assert.Contains("'rotten'", damaged.Message, StringComparison.Ordinal);
        Assert.Contains("sequence 2", damaged.Message, StringComparison.Ordinal);
        Assert.True(test.Store.Health.IsReady);
        Assert.Equal(["body"], await test.ReadAsync(sound));
    }

    [SkippableFact]
    public async Task Record_Missing_IsFoundAtReplay()
    {
        await using var test = await kind.OpenAsync();
        var lease = await test.OpenModelAsync("m");
        for (var i = 1; i <= 5; i++) await test.Store.AppendAsync(lease, TestStore.Bytes($"{i}"));
        await test.ExecuteAsync("DELETE FROM log WHERE sequence = 3");
        var damaged = await Assert.ThrowsAsync<StoreCorruptException>(() => test.ReadAsync(lease));
        Assert.Contains("missing", damaged.Message, StringComparison.Ordinal);
    }

    /// <summary>One that is cut in half must not pass for a shorter one; other models go on.</summary>
    [SkippableFact]
    public async Task Checkpoint_CutInHalf_IsFoundAtOpenAndCostsOnlyItsModel()
    {
        await using var test = await kind.OpenAsync();
        var rotten = await test.OpenModelAsync("rotten");
        var sound = await test.OpenModelAsync("sound");
        foreach (var lease in (ModelLease[])[rotten, sound])
        {
            await test.Store.AppendAsync(lease, TestStore.Bytes("1"));
            await test.Store.SaveCheckpointAsync(lease, 1, TestStore.Bytes("whole state"));
        }
        await test.ExecuteAsync($"UPDATE checkpoints SET state = {test.Literal("whole")} WHERE model_id = {rotten.ModelId}");
        var damaged = await Assert.ThrowsAsync<StoreCorruptException>(() => test.OpenModelAsync("rotten"));
        Assert.Contains("checkpoint", damaged.Message, StringComparison.Ordinal);
        Assert.True(test.Store.Health.IsReady);
        Assert.Equal("whole state", TestStore.Text((await test.OpenModelAsync("sound")).Checkpoint!.Value));
    }

    [SkippableFact]
    public async Task Checkpoint_WithAFlippedBit_IsFoundAtOpen()
    {
        await using var test = await kind.OpenAsync();
        var lease = await test.OpenModelAsync("m");
        await test.Store.AppendAsync(lease, TestStore.Bytes("1"));
        await test.Store.SaveCheckpointAsync(lease, 1, TestStore.Bytes("state"));
        await test.ExecuteAsync($"UPDATE checkpoints SET state = {test.Literal("stato")}");
        var damaged = await Assert.ThrowsAsync<StoreCorruptException>(() => test.OpenModelAsync("m"));
        Assert.Contains("checkpoint", damaged.Message, StringComparison.Ordinal);
        Assert.True(test.Store.Health.IsReady);
    }
}
