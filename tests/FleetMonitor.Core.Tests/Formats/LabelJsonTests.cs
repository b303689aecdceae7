using System.Text;
using FleetMonitor.Core.Batches;
using FleetMonitor.Core.Formats;
using Xunit;

namespace FleetMonitor.Core.Tests.Formats;

public class LabelJsonTests
{
    [Fact]
    public void Decode_Labels_FillsTheColumns()
    {
        var decoded = Decode("""{"labels":[{"id":"p-1","label":"1","time":"2026-11-22T10:00:00.5Z"},{"label":2.5,"id":7,"other":{}},{"id":"x\u0079","label":true,"time":null}]}""");

        Assert.Equal((3, 0), (decoded.Items, decoded.Rejected));
        Assert.Equal(["p-1", "7", "xy"], Enumerable.Range(0, 3).Select(decoded.Batch.Ids.Text));
        Assert.Equal("1", decoded.Batch.Labels.TextAt(0));
        Assert.Equal(2.5, decoded.Batch.Labels.NumberAt(1));
        Assert.Equal("true", decoded.Batch.Labels.TextAt(2));
        Assert.Equal("2026-11-22T10:00:00.5Z", UnixTime.Format(decoded.Batch.Times[0]));
        Assert.Equal(UnixTime.Missing, decoded.Batch.Times[1]);
        Assert.Equal(UnixTime.Missing, decoded.Batch.Times[2]);
    }

    [Theory]
    [InlineData("""{"label":1}""", "id", "expected a string or an integer, got nothing")]
    [InlineData("""{"id":null,"label":1}""", "id", "expected a string or an integer, got null")]
    [InlineData("""{"id":"a"}""", "label", "expected a string, a number or a bool, got nothing")]
    [InlineData("""{"id":"a","label":null}""", "label", "expected a string, a number or a bool, got null")]
    [InlineData("""{"id":"a","label":1e999}""", "label", "expected a number within float64's range, got 1e999")]
    [InlineData("""{"id":"a","label":1,"id":"b"}""", "id", "given twice")]
    [InlineData("""{"id":"a","label":1,"time":"soon"}""", "time", "expected an RFC 3339 time from 1970 on, got \"soon\"")]
    [InlineData("7", "", "expected an object, got 7")]
    public void Decode_BadLabel_IsRejectedAndLeavesNoTrace(string item, string field, string message)
    {
        const string First = """{"id":"a","label":"x"}""";
        const string Last = """{"id":"b","label":"y"}""";
        var decoded = Decode($"[{First},{item},{Last}]");

        Assert.Equal([new ItemError(1, field, message)], decoded.Errors);
        Assert.Equal([0, 2], decoded.Indices.ToArray());
        Assert.Equal(Decode($"[{First},{Last}]").Batch.Buffer.ToArray(), decoded.Batch.Buffer.ToArray());
    }

    [Fact]
    public void DecodeLines_Labels_KeepsTheGood()
    {
        var decoded = LabelJson.DecodeLines("{\"id\":1,\"label\":1}\nnot json\n{\"id\":2,\"label\":0}\n"u8, DecodeLimits.Default);

        Assert.Equal([0, 2], decoded.Indices.ToArray());
        Assert.Equal([1, 0], decoded.Batch.Labels.Numbers.ToArray());
        Assert.Equal(2, decoded.Errors.Single().Line);
    }

    [Fact]
    public void Decode_Predictions_AreNotLabels() =>
        Assert.Equal("expected {\"labels\":[…]} or an array, got an object with \"predictions\"", Assert.Throws<DocumentException>(() => Decode("""{"predictions":[]}""")).Message);

    private static Decoded<LabelBatch> Decode(string document) => LabelJson.Decode(Encoding.UTF8.GetBytes(document), DecodeLimits.Default);
}
