using System.Security.Claims;
using Microsoft.AspNetCore.Http;

namespace FleetMonitor.Api.Access;

/// <summary>Who calls, and what they may do.</summary>
/// <param name="Name">As the token file or the provider names them.</param>
internal sealed record Caller(string Name, AccessScopes Scopes, ModelPatterns Models)
{
    /// <summary>Everybody, where nobody is asked who they are: without a name.</summary>
    public static readonly Caller Anyone = new("", AccessScopes.Admin, ModelPatterns.All);

    /// <summary>The caller of a request; null while none is known.</summary>
    public static Caller? Of(HttpContext context) => (context.User.Identity as CallerIdentity)?.Caller;

    /// <summary>The models that a request's caller is limited to; null: no limit.</summary>
    public static IReadOnlyList<string>? Limits(HttpContext context) => Of(context) is { } caller ? caller.Models.Limits : null;

    /// <summary>Whether a request's caller may have to do with a model that its path does not name.</summary>
    public static bool May(HttpContext context, string model) => Of(context) is not { } caller || caller.Models.Match(model);

    public ClaimsPrincipal Principal() => new(new CallerIdentity(this));

    /// <summary>A caller as the framework passes them on.</summary>
    private sealed class CallerIdentity(Caller caller) : ClaimsIdentity([new Claim(DefaultNameClaimType, caller.Name)], "Bearer")
    {
        public Caller Caller => caller;
    }
}
