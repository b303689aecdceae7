using System.Text;
using FleetMonitor.Core.Formats;
using Xunit;

namespace FleetMonitor.Core.Tests.Formats;

public sealed class ColumnarPredictionsTests
{
    [Fact]
    public void Build_OfColumns_HasTheBytesOfTheSameItemsAsJson()
    {
        var json = PredictionJson.Decode(Encoding.UTF8.GetBytes("""
            [{"id":"a","time":"2026-11-22T10:00:00Z","version":"3","prediction":"1","score":0.75,"latency_ms":2,"error":true,"features":{"x":1.5,"c":"DE","both":1},"tags":{"region":"eu"}},
             {"prediction":"0","score":0.25,"features":{"x":null,"c":"FR","both":"two"}},
             {"id":"c","prediction":"1","features":{"x":2.5}}]
            """), DecodeLimits.Default);

        var columns = new ColumnarPredictions(3, DecodeLimits.Default);
        columns.Ids(["a", "", "c"]);
        columns.Times([1_795_341_600_000_000, 0, 0]);
        columns.Versions(new TextColumn(["3"], [1, 0, 0]));
        columns.Predictions([], new TextColumn(["0", "1"], [2, 1, 2]));
        columns.Scores([0.75, 0.25, double.NaN]);
        columns.Latencies([0.002, double.NaN, double.NaN]);
        columns.Errors([true, false, false]);
        columns.Feature("x", [1.5, double.NaN, 2.5], default);
        // Written twice in the dictionary, and with a text that no row uses.
        columns.Feature("c", [], new TextColumn(["ES", "FR", "DE", "FR"], [3, 4, 0]));
        columns.Feature("both", [1, double.NaN, double.NaN], new TextColumn(["two"], [0, 1, 0]));
        columns.Tag("region", new TextColumn(["eu"], [1, 0, 0]));
        var decoded = columns.Build();

        Assert.Equal((3, 0), (decoded.Items, decoded.Rejected));
        Assert.Equal(json.Batch.Buffer.ToArray(), decoded.Batch.Buffer.ToArray());
    }

    [Fact]
    public void Build_WithBadRows_KeepsTheOthersAndNamesThese()
    {
        var columns = new ColumnarPredictions(5, DecodeLimits.Default);
        columns.Ids(["a", new string('x', 257), "c", "d", "e"]);
        columns.Times([1, 1, ulong.MaxValue, 1, 1]);
        columns.Predictions([0, 1, 1, double.PositiveInfinity, 1], default);
        columns.Feature("f", [1, 2, 3, 4, 5], new TextColumn([new string('y', 5_000)], [1, 0, 0, 0, 0]));
        var decoded = columns.Build();
        Assert.Equal((5, 4), (decoded.Items, decoded.Rejected));
        Assert.Equal([4], decoded.Indices.ToArray());
        Assert.Equal([(0, "features.f"), (1, "id"), (2, "time"), (3, "prediction")], decoded.Errors.Select(e => (e.Index, e.Field)));
        Assert.Equal("e", decoded.Batch.Ids!.Text(0));
        Assert.Equal(5, decoded.Batch.Feature("f")!.NumberAt(0));
    }

    [Theory]
    [InlineData("length")]
    [InlineData("code")]
    [InlineData("twice")]
    [InlineData("name")]
    [InlineData("none")]
    public void Build_OfColumnsThatFitNoRows_IsRefused(string what)
    {
        var exception = Assert.Throws<DocumentException>(() =>
        {
            var columns = new ColumnarPredictions(2, DecodeLimits.Default);
            if (what != "none") columns.Predictions([0, 1], default);
            switch (what)
            {
                case "length": columns.Scores([0.5]); break;
                case "code": columns.Feature("f", [], new TextColumn(["a"], [1, 2])); break;
                case "twice": columns.Feature("f", [1, 2], default); columns.Feature("f", [1, 2], default); break;
                case "name": columns.Feature("", [1, 2], default); break;
                default: break;
            }
            columns.Build();
        });
        Assert.NotEmpty(exception.Message);
    }

    [Fact]
    public void Shares_RoundedFromFloat32_AreTakenForOneAndOthersLeftToTheModel()
    {
        var columns = new ColumnarPredictions(3, DecodeLimits.Default);
        columns.Predictions([0, 1, 1], default);
        columns.Scores([1.0000001, -0.0000001, 1.5]);
        Assert.Equal([1, 0, 1.5], columns.Build().Batch.Scores.ToArray());
    }

    [Fact]
    public void Limits_OfTheRequest_RefuseItWhole()
    {
        Assert.Equal("items", Assert.Throws<LimitException>(() => new ColumnarPredictions(10_001, DecodeLimits.Default)).Limit);
        var columns = new ColumnarPredictions(1, DecodeLimits.Default with { MaxColumns = 2 });
        columns.Feature("a", [1], default);
        columns.Feature("b", [1], default);
        Assert.Equal("columns", Assert.Throws<LimitException>(() => columns.Feature("c", [1], default)).Limit);
    }

    [Fact]
    public void Labels_WithBadRows_KeepTheOthersAndNameThese()
    {
        var decoded = ColumnarLabels.Read(["a", "", "c", "d"], [1, 1, double.NaN, double.NaN], new TextColumn(["yes"], [0, 0, 0, 1]), [], DecodeLimits.Default);
        Assert.Equal([0, 3], decoded.Indices.ToArray());
        Assert.Equal([(1, "id"), (2, "label")], decoded.Errors.Select(e => (e.Index, e.Field)));
        Assert.Equal(("a", 1, "d", "yes"), (decoded.Batch.Ids.Text(0), decoded.Batch.Labels.NumberAt(0), decoded.Batch.Ids.Text(1), decoded.Batch.Labels.TextAt(1)));
    }
}
