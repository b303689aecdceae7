using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace FleetMonitor.Api.Tests.Access;

/// <summary>An OpenID Connect provider, as far as its tokens are checked: discovery and keys, made anew with each.</summary>
internal sealed class Provider : IAsyncDisposable
{
    public const string Audience = "fleetmonitor";

    private readonly RSA _rsa = RSA.Create(2048);
    private WebApplication? _app;

    public string Issuer { get; private set; } = "";

    public async Task StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.MapGet("/.well-known/openid-configuration", () => Results.Json(new { issuer = Issuer, jwks_uri = $"{Issuer}/keys" }));
        _app.MapGet("/keys", () =>
        {
            var key = _rsa.ExportParameters(false);
            var (n, e) = (Base64UrlEncoder.Encode(key.Modulus), Base64UrlEncoder.Encode(key.Exponent));
            return Results.Json(new { keys = new[] { new { kty = "RSA", use = "sig", kid = "k1", n, e } } });
        });
        await _app.StartAsync();
        Issuer = _app.Urls.Single();
    }

    /// <param name="claims">Beside issuer, audience and subject.</param>
    /// <param name="algorithm">What it says it is signed with; by default what it is.</param>
    public string Token(IDictionary<string, object> claims, string audience = Audience, double expiresIn = 600, RSA? signer = null, string algorithm = SecurityAlgorithms.RsaSha256)
    {
        var now = TimeProvider.System.GetUtcNow().UtcDateTime;
        var descriptor = new SecurityTokenDescriptor
        {
            Issuer = Issuer,
            Audience = audience,
            Claims = new Dictionary<string, object>(claims) { ["sub"] = "someone" },
            NotBefore = now.AddHours(-2),
            IssuedAt = now.AddHours(-2),
            Expires = now.AddSeconds(expiresIn),
            SigningCredentials = algorithm == SecurityAlgorithms.HmacSha256
                ? new SigningCredentials(new SymmetricSecurityKey(_rsa.ExportSubjectPublicKeyInfo()) { KeyId = "k1" }, algorithm)
                : new SigningCredentials(new RsaSecurityKey(signer ?? _rsa) { KeyId = "k1" }, algorithm),
        };
        return new JsonWebTokenHandler().CreateToken(descriptor);
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null) await _app.DisposeAsync();
        _rsa.Dispose();
    }
}
