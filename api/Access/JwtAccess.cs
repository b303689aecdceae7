using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;

namespace FleetMonitor.Api.Access;

/// <summary>Tokens of an OpenID Connect provider, judged by the framework; their claims say what they are for.</summary>
internal static class JwtAccess
{
    public const string SchemeName = "Jwt";

    /// <summary>Only what is signed with a key that the provider alone has.</summary>
    private static readonly string[] Algorithms =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512, SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384,
        SecurityAlgorithms.RsaSsaPssSha512, SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512,
    ];

    private static readonly object AwayKey = new();

    public static void AddJwt(this AuthenticationBuilder authentication)
    {
        authentication.AddJwtBearer(SchemeName, _ => { });
        authentication.Services.AddOptions<JwtBearerOptions>(SchemeName).Configure<IOptions<AccessOptions>>((bearer, access) => Configure(bearer, access.Value.Jwt));
    }

    /// <summary>Whether a request brings what only the provider can judge: three parts between dots, the first a JSON object in Base64.</summary>
    public static bool Brings(HttpRequest request) => TokenHandler.Bearer(request) is { } token && token.StartsWith("eyJ", StringComparison.Ordinal) && token.AsSpan().Count('.') == 2;

    /// <summary>Whether a request's token could not be judged, since the provider is away.</summary>
    public static bool IsAway(HttpContext context) => context.Items.ContainsKey(AwayKey);

    private static void Configure(JwtBearerOptions bearer, JwtOptions jwt)
    {
        bearer.Authority = jwt.Authority;
        bearer.Audience = jwt.Audience;
        bearer.RequireHttpsMetadata = jwt.RequireHttps;
        bearer.MapInboundClaims = false;
        bearer.BackchannelTimeout = TimeSpan.FromSeconds(10);
        bearer.TokenValidationParameters.ValidAlgorithms = Algorithms;
        bearer.TokenValidationParameters.ClockSkew = TimeSpan.FromMinutes(1);
        bearer.Events = new JwtBearerEvents
        {
            OnTokenValidated = validated =>
            {
                if (CallerOf(validated.Principal!, jwt) is { } caller) validated.Principal = caller.Principal();
                else validated.Fail("The token's claims cannot be used.");
                return Task.CompletedTask;
            },
            OnAuthenticationFailed = async failed =>
            {
                // Without the provider's answer every token looks as if it were another issuer's.
                if (!await HasKeysAsync(failed)) failed.HttpContext.Items[AwayKey] = true;
                failed.Fail("The token is not good.");
            },
        };
    }

    private static async Task<bool> HasKeysAsync(AuthenticationFailedContext failed)
    {
        try
        {
            return await failed.Options.ConfigurationManager!.GetConfigurationAsync(failed.HttpContext.RequestAborted) is not null;
        }
        catch (Exception exception) when (exception is InvalidOperationException or IOException or HttpRequestException or OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>Null where its patterns are none: a limit that cannot be read must not become no limit.</summary>
    private static Caller? CallerOf(ClaimsPrincipal principal, JwtOptions jwt)
    {
        var scopes = AccessScopes.None;
        foreach (var word in principal.FindAll(jwt.ScopeClaim).SelectMany(claim => claim.Value.Split(' ', StringSplitOptions.RemoveEmptyEntries)))
        {
            if (word.StartsWith(jwt.ScopePrefix, StringComparison.Ordinal) && Policies.Scope(word[jwt.ScopePrefix.Length..]) is { } scope) scopes |= scope;
        }
        var models = ModelPatterns.All;
        var patterns = principal.FindAll(jwt.ModelsClaim).Select(claim => claim.Value.Replace(' ', ',')).ToArray();
        if (patterns.Length > 0 && (models = ModelPatterns.Parse(string.Join(',', patterns)).Patterns) is null) return null;
        var name = (principal.FindFirst("client_id") ?? principal.FindFirst("azp") ?? principal.FindFirst("sub"))?.Value ?? "";
        return new Caller(name.Length <= 100 ? name : name[..100], scopes, models);
    }
}
