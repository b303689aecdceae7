using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace FleetMonitor.Api.Access;

/// <summary>Who may do what, for HTTP and gRPC alike. An endpoint that names no policy is for admins.</summary>
internal static class FleetAccess
{
    public static void AddFleetAccess(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        // Whoever sends junk must not fill the log with it; a metric counts them.
        builder.Logging.AddFilter(typeof(TokenHandler).FullName, LogLevel.Warning);
        services.AddOptions<AccessOptions>().BindConfiguration(AccessOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<AccessOptions>, AccessOptionsValidator>();
        services.AddSingleton<IValidateOptions<AccessOptions>, AccessRules>();
        services.AddSingleton<AccessMetrics>();
        services.AddSingleton<TokenFile>();
        services.AddHostedService(provider => provider.GetRequiredService<TokenFile>());
        services.AddHostedService<AccessNotice>();
        var jwt = !string.IsNullOrEmpty(builder.Configuration[$"{AccessOptions.Section}:{nameof(AccessOptions.Jwt)}:{nameof(JwtOptions.Authority)}"]);
        var authentication = services.AddAuthentication(TokenHandler.SchemeName).AddScheme<AuthenticationSchemeOptions, TokenHandler>(
            TokenHandler.SchemeName, scheme => scheme.ForwardDefaultSelector = context => jwt && JwtAccess.Brings(context.Request) ? JwtAccess.SchemeName : null);
        if (jwt) authentication.AddJwt();
        services.AddSingleton<IAuthorizationHandler, ScopeHandler>();
        services.AddSingleton<IAuthorizationMiddlewareResultHandler, AccessAnswers>();
        services.AddAuthorizationBuilder()
            .Require(Policies.Ingest, new ScopeRequirement(Policies.Ingest, AccessScopes.Ingest))
            .Require(Policies.Read, new ScopeRequirement(Policies.Read, AccessScopes.Read))
            .Require(Policies.Any, new ScopeRequirement(Policies.Any, AccessScopes.Admin))
            .Require(Policies.Admin, Admin)
            .Require(Policies.Metrics, new ScopeRequirement(Policies.Read, AccessScopes.Read, AllModels: true))
            .Require(Policies.Dashboard, new DashboardRequirement())
            .SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().AddRequirements(Admin).Build());
    }

    public static void UseFleetAccess(this WebApplication app)
    {
        app.UseAuthentication();
        app.UseAuthorization();
    }

    private static ScopeRequirement Admin => new(Policies.Admin, AccessScopes.Admin);

    private static AuthorizationBuilder Require(this AuthorizationBuilder builder, string name, IAuthorizationRequirement requirement) =>
        builder.AddPolicy(name, policy => policy.RequireAuthenticatedUser().AddRequirements(requirement));
}
