using Microsoft.AspNetCore.Builder;

namespace FleetMonitor.Api.Access;

/// <summary>Who may see what asks nobody who they are.</summary>
public static class DashboardAccess
{
    /// <summary>In development, who is on this machine; everywhere else, who brings a token with the scope <c>admin</c>.</summary>
    public static TBuilder RequireDashboardAccess<TBuilder>(this TBuilder endpoints) where TBuilder : IEndpointConventionBuilder => endpoints.RequireAuthorization(Policies.Dashboard);
}
