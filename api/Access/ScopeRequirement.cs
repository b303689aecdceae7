using System.Net;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;

namespace FleetMonitor.Api.Access;

/// <summary>What an endpoint asks of its caller.</summary>
/// <param name="Name">As the scope is written.</param>
/// <param name="Scopes">Any of them will do; admin takes them all.</param>
/// <param name="AllModels">Whether it shows every model, and so is not for who is limited to some.</param>
internal sealed record ScopeRequirement(string Name, AccessScopes Scopes, bool AllModels = false) : IAuthorizationRequirement;

/// <summary>The Orleans dashboard: open to who develops on this machine, otherwise for admins that are known by a token.</summary>
internal sealed record DashboardRequirement : IAuthorizationRequirement;

/// <summary>Judges both; a reason that it gives is told to the caller.</summary>
internal sealed class ScopeHandler(IHostEnvironment environment) : IAuthorizationHandler
{
    public Task HandleAsync(AuthorizationHandlerContext context)
    {
        if (context.Resource is not HttpContext http || Caller.Of(http) is not { } caller) return Task.CompletedTask;
        foreach (var requirement in context.PendingRequirements.ToArray())
        {
            var reason = requirement switch
            {
                ScopeRequirement scope => Missing(scope, caller, http),
                DashboardRequirement => Missing(caller, http),
                _ => "",
            };
            if (reason is null) context.Succeed(requirement);
            else if (reason.Length > 0) context.Fail(new AuthorizationFailureReason(this, reason));
        }
        return Task.CompletedTask;
    }

    /// <summary>Null when nothing is.</summary>
    private static string? Missing(ScopeRequirement requirement, Caller caller, HttpContext http)
    {
        // What is not there, or not by this method, is answered as such.
        if (http.GetEndpoint() is not RouteEndpoint) return null;
        if ((caller.Scopes & requirement.Scopes) == 0 || (requirement.Name == Policies.Admin && caller.Scopes != AccessScopes.Admin)) return MissingScope(requirement.Name);
        if (requirement.AllModels && !caller.Models.IsAll) return "the token is for some models only; this is about all of them";
        if (http.Request.RouteValues["model"] is string model && !caller.Models.Match(model)) return OtherModels;
        return null;
    }

    /// <summary>Says nothing of whether there is such a model.</summary>
    public const string OtherModels = "the token is for other models";

    private static string MissingScope(string scope) => scope == Policies.Any ? "the token has no scope at all" : $"the token lacks the scope {scope}";

    private string? Missing(Caller caller, HttpContext http)
    {
        if (environment.IsDevelopment() && http.Connection.RemoteIpAddress is { } from && IPAddress.IsLoopback(from)) return null;
        return caller != Caller.Anyone && caller.Scopes == AccessScopes.Admin ? null : MissingScope(Policies.Admin);
    }
}
