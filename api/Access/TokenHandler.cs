using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace FleetMonitor.Api.Access;

/// <summary>Finds out who calls by the bearer token that a request brings (RFC 6750). Without tokens and authority everybody is <see cref="Caller.Anyone"/>.</summary>
internal sealed class TokenHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> schemes, ILoggerFactory loggers, UrlEncoder encoder, TokenFile tokens, IOptions<AccessOptions> options)
    : AuthenticationHandler<AuthenticationSchemeOptions>(schemes, loggers, encoder)
{
    public const string SchemeName = "Token";

    /// <summary>The token that a request brings; null where it brings none.</summary>
    public static string? Bearer(HttpRequest request)
    {
        const string scheme = "Bearer ";
        return request.Headers.Authorization is [{ } header] && header.StartsWith(scheme, StringComparison.OrdinalIgnoreCase) ? header[scheme.Length..].Trim() : null;
    }

    protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(Authenticate());

    private AuthenticateResult Authenticate()
    {
        if (options.Value.IsOpen) return Success(Caller.Anyone);
        if (Bearer(Request) is not { } token) return AuthenticateResult.NoResult();
        return options.Value.TokensFile.Length > 0 && tokens.Find(token) is { } caller ? Success(caller) : AuthenticateResult.Fail("The token is not known.");
    }

    private static AuthenticateResult Success(Caller caller) => AuthenticateResult.Success(new AuthenticationTicket(caller.Principal(), SchemeName));
}
