using System.Globalization;
using System.Net;
using System.Text;
using Xunit;

namespace FleetMonitor.Api.Tests.Models;

[Collection(nameof(Fleet))]
public sealed class LifecycleTests(Fleet fleet)
{
    [Fact]
    public async Task Maintenance_ForAWhileThenEnded_MutesAndUnmutes()
    {
        await fleet.PutAsync("/v1/models/maintained", "{}");
        var before = TimeProvider.System.GetUtcNow();
        var model = (await fleet.PostAsync("/v1/models/maintained/maintenance", """{"duration":"2h"}""")).Ok();
        Assert.Equal("maintenance", (string?)model["state"]);
        Assert.InRange((DateTimeOffset)model["maintenance_until"]! - before, TimeSpan.FromHours(2) - TimeSpan.FromSeconds(1), TimeSpan.FromHours(2) + TimeSpan.FromMinutes(1));

        var until = before.AddDays(3).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
        model = (await fleet.PostAsync("/v1/models/maintained/maintenance", $$"""{"until":"{{until}}"}""")).Ok();
        Assert.Equal(DateTimeOffset.Parse(until, CultureInfo.InvariantCulture), (DateTimeOffset)model["maintenance_until"]!);

        model = (await fleet.PostAsync("/v1/models/maintained/maintenance", """{"end":true}""")).Ok();
        Assert.NotEqual("maintenance", (string?)model["state"]);
        Assert.Null(model["maintenance_until"]);
    }

    [Theory]
    [InlineData("{}", "expected one of ")]
    [InlineData("null", "expected one of ")]
    [InlineData("[]", "expected one of ")]
    [InlineData("", "expected one of ")]
    [InlineData("""{"end":false}""", "expected one of ")]
    [InlineData("""{"duration":"2h","end":true}""", "expected one of ")]
    [InlineData("""{"duration":"2h","reason":"move"}""", "expected one of ")]
    [InlineData("""{"duration":"0h"}""", "duration: expected ")]
    [InlineData("""{"duration":"a while"}""", "duration: expected ")]
    [InlineData("""{"duration":"4000d"}""", "duration: expected ")]
    [InlineData("""{"until":"2020-01-01T00:00:00Z"}""", "until: expected a time to come")]
    [InlineData("""{"until":"tomorrow"}""", "until: expected a time to come")]
    public async Task Maintenance_ThatCannotBeRead_SaysWhatWasExpected(string body, string detail)
    {
        await fleet.PutAsync("/v1/models/maintained-badly", "{}");
        Assert.StartsWith(detail, (await fleet.PostAsync("/v1/models/maintained-badly/maintenance", body)).Detail(HttpStatusCode.BadRequest), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rebaseline_AModelWithAReference_CapturesANewOne()
    {
        await fleet.PutAsync("/v1/models/rebased", """{"task":"regression","reference":{"capture":100}}""");
        Assert.Equal("live", (string?)await Send(100));
        Assert.Equal(1, (int)(await fleet.GetAsync("/v1/models/rebased")).Ok()["reference"]!["version"]!);
        var model = (await fleet.SendAsync(HttpMethod.Post, "/v1/models/rebased/rebaseline")).Ok();
        Assert.Equal("capturing", (string?)model["state"]);
        Assert.Null(model["reference"]);
        Assert.Equal("live", (string?)await Send(100));
        Assert.Equal(2, (int)(await fleet.GetAsync("/v1/models/rebased")).Ok()["reference"]!["version"]!);
    }

    private async Task<System.Text.Json.Nodes.JsonNode?> Send(int count)
    {
        var lines = new StringBuilder();
        for (var i = 0; i < count; i++) lines.Append(CultureInfo.InvariantCulture, $"{{\"prediction\":{i}.5,\"features\":{{\"a\":{i}}}}}\n");
        (await fleet.PostLinesAsync("/v1/models/rebased/predictions", lines.ToString())).Ok();
        return (await fleet.GetAsync("/v1/models/rebased")).Ok()["state"];
    }
}
