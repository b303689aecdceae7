using System.Net;
using Xunit;

namespace FleetMonitor.Api.Tests.Access;

public sealed class ProviderAwayTests
{
    [Fact]
    public async Task Jwt_WhileTheProviderIsAway_IsToBeTriedAgain()
    {
        var provider = new Provider();
        await provider.StartAsync();
        var token = provider.Token(new Dictionary<string, object> { ["scope"] = "read" });
        await provider.DisposeAsync();
        var fleet = new Fleet
        {
            Settings = new Dictionary<string, string?>
            {
                ["FleetMonitor:Access:Jwt:Authority"] = provider.Issuer,
                ["FleetMonitor:Access:Jwt:Audience"] = Provider.Audience,
                ["FleetMonitor:Access:Jwt:RequireHttps"] = "false",
            },
        };
        await fleet.InitializeAsync();
        try
        {
            var answer = await fleet.SendAsync(HttpMethod.Get, "/v1/models", null, null, ("Authorization", $"Bearer {token}"));
            answer.Problem(HttpStatusCode.ServiceUnavailable);
            Assert.NotNull(answer.Headers.RetryAfter);
            Assert.Equal(HttpStatusCode.Unauthorized, (await fleet.GetAsync("/v1/models")).Status);
            Assert.Equal(HttpStatusCode.Unauthorized, (await fleet.SendAsync(HttpMethod.Get, "/v1/models", null, null, ("Authorization", "Bearer fm_x"))).Status);
        }
        finally
        {
            await fleet.DisposeAsync();
        }
    }
}
