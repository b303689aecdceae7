using System.Net;
using System.Security.Cryptography;
using Microsoft.IdentityModel.Tokens;
using Xunit;

namespace FleetMonitor.Api.Tests.Access;

[Collection(nameof(GuardedFleet))]
public sealed class JwtTests(GuardedFleet guarded)
{
    [Fact]
    public async Task Jwt_WithScopes_IsTaken()
    {
        var read = guarded.Provider.Token(new Dictionary<string, object> { ["scope"] = "openid read" });
        (await guarded.SendAsync("GET", "/v1/models", read)).Ok();
        Assert.Equal("the token lacks the scope admin", (await guarded.SendAsync("PUT", "/v1/models/jwt", read, "{}")).Detail(HttpStatusCode.Forbidden));
        var admin = guarded.Provider.Token(new Dictionary<string, object> { ["scope"] = new[] { "openid", "admin" } });
        (await guarded.SendAsync("PUT", "/v1/models/jwt", admin, "{}")).Ok();
        var nothing = guarded.Provider.Token(new Dictionary<string, object> { ["scope"] = "openid" });
        Assert.Equal(HttpStatusCode.Forbidden, (await guarded.SendAsync("GET", "/v1/models", nothing)).Status);
    }

    [Fact]
    public async Task Jwt_LimitedToModels_IsForNoOthers()
    {
        await guarded.RegisterAsync("credit-jwt");
        await guarded.RegisterAsync("fraud-jwt");
        var token = guarded.Provider.Token(new Dictionary<string, object> { ["scope"] = "read", ["fleetmonitor_models"] = "credit-*" });
        (await guarded.SendAsync("GET", "/v1/models/credit-jwt", token)).Ok();
        Assert.Equal(HttpStatusCode.Forbidden, (await guarded.SendAsync("GET", "/v1/models/fraud-jwt", token)).Status);
        // A limit that cannot be read must not become none.
        var broken = guarded.Provider.Token(new Dictionary<string, object> { ["scope"] = "read", ["fleetmonitor_models"] = "credit-[" });
        Assert.Equal(HttpStatusCode.Unauthorized, (await guarded.SendAsync("GET", "/v1/models/fraud-jwt", broken)).Status);
    }

    [Fact]
    public async Task Jwt_ThatIsNotGood_IsUnauthorized()
    {
        var claims = new Dictionary<string, object> { ["scope"] = "admin" };
        using var stranger = RSA.Create(2048);
        string[] tokens =
        [
            guarded.Provider.Token(claims, audience: "another"),
            guarded.Provider.Token(claims, expiresIn: -600),
            guarded.Provider.Token(claims, signer: stranger),
            guarded.Provider.Token(claims, algorithm: SecurityAlgorithms.HmacSha256),
            guarded.Provider.Token(claims)[..^8],
        ];
        foreach (var token in tokens) Assert.Equal(HttpStatusCode.Unauthorized, (await guarded.SendAsync("GET", "/v1/models", token)).Status);
    }
}
