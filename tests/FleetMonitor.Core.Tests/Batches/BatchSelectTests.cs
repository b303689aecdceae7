using System.Globalization;
using System.Text;
using FleetMonitor.Core.Batches;
using Xunit;

namespace FleetMonitor.Core.Tests.Batches;

public sealed class BatchSelectTests
{
    [Fact]
    public void Select_SomeRows_IsTheBatchThatHasOnlyThose()
    {
        int[] rows = [7, 2, 3, 9];
        Assert.Equal(Batch(rows).Buffer.ToArray(), Batch([.. Enumerable.Range(0, 10)]).Select(rows).Buffer.ToArray());
    }

    [Fact]
    public void Select_NoRows_IsAnEmptyBatch() => Assert.Equal(0, Batch([0, 1]).Select([]).Count);

    [Fact]
    public void At_ATime_ChangesTheTimesAlone()
    {
        var batch = Batch([1, 2, 3]);
        var moved = batch.At(42);
        Assert.Equal([42, 42, 42], moved.Times.ToArray());
        Assert.Equal(batch.At(42).Buffer.ToArray(), moved.At(7).At(42).Buffer.ToArray());
        Assert.Equal(Enumerable.Range(0, 3).Select(batch.Ids!.Text), Enumerable.Range(0, 3).Select(moved.Ids!.Text));
        Assert.Equal(batch.Features[0].Numbers.ToArray(), moved.Features[0].Numbers.ToArray());
        Assert.Equal(batch.Labels!.Texts, moved.Labels!.Texts);
    }

    [Fact]
    public void At_OfABatchWithoutTimes_GivesItSome()
    {
        var rows = new PredictionBatchBuilder();
        rows.BeginRow();
        rows.SetPrediction(1);
        rows.EndRow();
        Assert.Equal([42], rows.Build().At(42).Times.ToArray());
    }

    /// <summary>One row a number, with a value in every kind of column, missing where the number says so.</summary>
    private static PredictionBatch Batch(int[] numbers)
    {
        var rows = new PredictionBatchBuilder();
        foreach (var n in numbers)
        {
            var text = n.ToString(CultureInfo.InvariantCulture);
            rows.BeginRow();
            rows.SetId(Encoding.UTF8.GetBytes(text));
            rows.SetTime(n);
            rows.SetVersion(text);
            rows.SetPrediction(text);
            rows.SetScore(n / 10.0);
            rows.SetProbability("1", n / 10.0);
            rows.SetLatency(n);
            rows.SetError(n % 3 == 0);
            if (n % 4 == 0) rows.SetFeatureMissing("x");
            else rows.SetFeature("x", n);
            rows.SetFeature("y", $"c{n % 2}");
            rows.SetTag("region"u8, "eu");
            rows.SetLabel(text);
            rows.EndRow();
        }
        return rows.Build();
    }
}
