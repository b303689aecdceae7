using System.Net;
using Xunit;

namespace FleetMonitor.Api.Tests;

[Collection(nameof(Fleet))]
public sealed class FrontPageTests(Fleet fleet)
{
    [Fact]
    public async Task FrontPage_SaysWhatThisIs_AndEveryLinkLeadsSomewhere()
    {
        var page = (await fleet.GetAsync("/")).Ok();
        Assert.Equal("FleetMonitor", (string?)page["service"]);
        Assert.Matches(@"^\d+\.\d+\.\d+$", (string?)page["version"]);
        var links = page["links"]!.AsObject().Select(link => (string?)link.Value).ToArray();
        Assert.Contains("/v1/models", links);
        foreach (var link in links) Assert.Equal(HttpStatusCode.OK, (await fleet.GetAsync(link!)).Status);
    }
}
