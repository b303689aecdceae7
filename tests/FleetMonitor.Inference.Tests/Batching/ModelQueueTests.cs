using FleetMonitor.Inference.Models;
using Microsoft.Extensions.Time.Testing;

namespace FleetMonitor.Inference.Tests.Batching;

public sealed class ModelQueueTests
{
    private static readonly ModelSettings Waits = new() { Batching = new BatchingSettings { MaxRows = 8, MaxDelay = TimeSpan.FromSeconds(1) }, Deadline = TimeSpan.FromSeconds(10) };

    [Fact]
    public async Task Infer_RequestsWithinTheDelay_RunTogether()
    {
        var time = new FakeTimeProvider();
        await using var loaded = new Loaded(OnnxModels.Logistic([1], 0), Waits, time);
        var answers = Enumerable.Range(0, 5).Select(_ => Infer(loaded, 1)).ToArray();
        await AdvanceUntilAsync(time, TimeSpan.FromMilliseconds(100), Task.WhenAll(answers));
        Assert.All(answers, answer => Assert.Equal(5, answer.Result.RunRows));
        Assert.Equal([5], loaded.Meters.Of("fleetmonitor.inference.batch.size"));
        Assert.Equal(5, loaded.Meters.Of("fleetmonitor.inference.queue.duration").Length);
    }

    [Fact]
    public async Task Infer_FullRun_StartsBeforeTheDelayIsOver()
    {
        await using var loaded = new Loaded(OnnxModels.Logistic([1], 0), Waits, new FakeTimeProvider());
        var answers = await Task.WhenAll(Infer(loaded, 3), Infer(loaded, 3), Infer(loaded, 2));
        Assert.All(answers, answer => Assert.Equal(8, answer.RunRows));
    }

    [Fact]
    public async Task Infer_MoreRowsThanARunHas_RunByThemselves()
    {
        await using var loaded = new Loaded(OnnxModels.Logistic([1], 0), Waits, new FakeTimeProvider());
        var answer = await Infer(loaded, 100);
        Assert.Equal(100, answer.RunRows);
        Assert.Equal(100, answer.Outputs[0].Count);
    }

    [Fact]
    public async Task Infer_FullQueue_IsRefusedAtOnce()
    {
        var time = new FakeTimeProvider();
        await using var loaded = new Loaded(OnnxModels.Logistic([1], 0), Waits with { MaxQueue = 2 }, time);
        Task[] waiting = [Infer(loaded, 1), Infer(loaded, 1)];
        var refusal = await Assert.ThrowsAsync<InferenceException>(() => Infer(loaded, 1));
        Assert.Equal((InferenceFailure.Busy, "the model's queue is full (2 requests wait)"), (refusal.Failure, refusal.Message));
        await AdvanceUntilAsync(time, TimeSpan.FromMilliseconds(100), Task.WhenAll(waiting));
        Assert.Equal(["ok", "ok", "refused"], loaded.Meters.Outcomes().Order());
    }

    [Fact]
    public async Task Infer_DeadlinePassed_IsAnsweredSoWhenItPasses()
    {
        var time = new FakeTimeProvider();
        await using var loaded = new Loaded(OnnxModels.Logistic([1], 0), Waits with { Deadline = TimeSpan.FromMilliseconds(300) }, time);
        var late = Infer(loaded, 1);
        await AdvanceUntilAsync(time, TimeSpan.FromMilliseconds(50), late);
        var refusal = await Assert.ThrowsAsync<InferenceException>(() => late);
        Assert.Equal((InferenceFailure.TooLate, "the request waited for 0.3 s, the model's deadline"), (refusal.Failure, refusal.Message));
    }

    [Fact]
    public async Task Infer_AbandonedWhileItWaits_IsNotRun()
    {
        var time = new FakeTimeProvider();
        await using var loaded = new Loaded(OnnxModels.Logistic([1], 0), Waits, time);
        using var gone = new CancellationTokenSource();
        var abandoned = Infer(loaded, 1, gone.Token);
        var other = Infer(loaded, 1);
        await gone.CancelAsync();
        await AdvanceUntilAsync(time, TimeSpan.FromMilliseconds(100), other);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => abandoned);
        Assert.Equal(1, (await other).RunRows);
    }

    [Fact]
    public async Task Dispose_RequestsThatWait_AreAnsweredFirst()
    {
        var loaded = new Loaded(OnnxModels.Logistic([1], 0), Waits, new FakeTimeProvider());
        var waiting = Enumerable.Range(0, 5).Select(_ => Infer(loaded, 1)).ToArray();
        await loaded.DisposeAsync();
        Assert.All(await Task.WhenAll(waiting), answer => Assert.Single(answer.Outputs));
        var refusal = await Assert.ThrowsAsync<InferenceException>(() => Infer(loaded, 1));
        Assert.Equal(InferenceFailure.Unavailable, refusal.Failure);
    }

    [Fact]
    public async Task Infer_RowsThatDependOnEachOther_AreNeverMerged()
    {
        await using var loaded = new Loaded(OnnxModels.Centred(2), Waits, new FakeTimeProvider());
        Assert.False(loaded.Model.Merges);
        Assert.Equal("output \"Y\": a row's answer depends on the rows beside it", loaded.Model.Note);
        await Parallel.ForAsync(0, 50, async (i, _) =>
        {
            using var input = Loaded.Floats("X", [2, 2], i, 0, 0, i);
            using var output = (await loaded.Model.InferAsync([input], CancellationToken.None)).Outputs[0];
            Assert.Equal([i / 2f, -i / 2f, -i / 2f, i / 2f], output.As<float>().ToArray());
        });
    }

    [Fact]
    public async Task Infer_MergingSwitchedOff_RunsOneByOne()
    {
        await using var loaded = new Loaded(OnnxModels.Logistic([1], 0), new ModelSettings { Batching = new BatchingSettings { Enabled = false } });
        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Infer(loaded, 1)));
        Assert.All(loaded.Meters.Of("fleetmonitor.inference.batch.size"), rows => Assert.Equal(1, rows));
    }

    private static async Task<FleetMonitor.Inference.Batching.InferenceAnswer> Infer(Loaded loaded, int rows, CancellationToken abandoned = default)
    {
        using var input = Loaded.Floats("X", [rows, 1], new float[rows]);
        return await loaded.Model.InferAsync([input], abandoned);
    }

    private static async Task AdvanceUntilAsync(FakeTimeProvider time, TimeSpan step, Task done)
    {
        await Wait.UntilAsync(
            () =>
            {
                time.Advance(step);
                return done.IsCompleted;
            },
            TimeSpan.FromSeconds(30),
            () => "the queue's answer");
    }
}
