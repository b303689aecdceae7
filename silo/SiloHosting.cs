using FleetMonitor.Grains;
using FleetMonitor.Storage;
using Microsoft.Extensions.Options;
using Orleans.Dashboard;

namespace FleetMonitor.Silo;

internal static class SiloHosting
{
    /// <summary>The address that is listened on unless <c>--urls</c> or <c>ASPNETCORE_URLS</c> names another.</summary>
    /// <remarks>This machine only, since nothing asks who is calling.</remarks>
    public const string DefaultUrl = "http://localhost:8080";

    /// <summary>One silo on this machine, with its models' log in a SQLite file.</summary>
    public static WebApplicationBuilder AddFleetSilo(this WebApplicationBuilder builder)
    {
        if (string.IsNullOrEmpty(builder.Configuration[WebHostDefaults.ServerUrlsKey])) builder.WebHost.UseUrls(DefaultUrl);
        var silo = builder.Configuration.GetSection("FleetMonitor:Silo").Get<SiloOptions>() ?? new SiloOptions();
        builder.Services.AddOptions<SiloOptions>().BindConfiguration("FleetMonitor:Silo").ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<SiloOptions>, SiloOptionsValidator>();
        builder.Services.AddSqliteFleetStore(builder.Configuration.GetSection("FleetMonitor:Storage").Bind);
        builder.Services.AddOptions<SqliteStoreOptions>().ValidateOnStart();
        builder.Services.AddModelGrains();
        builder.UseOrleans(orleans =>
        {
            orleans.UseLocalhostClustering(silo.SiloPort, silo.GatewayPort);
            if (builder.Environment.IsDevelopment()) orleans.AddDashboard();
        });
        return builder;
    }

    /// <summary>Finds what would keep the process from working before anything of it has started: options, ports, the database.</summary>
    public static void RequireStartable(this WebApplication app)
    {
        app.Services.GetRequiredService<IStartupValidator>().Validate();
        ListeningPorts.RequireFree(app.Services);
        _ = app.Services.GetRequiredService<FleetStore>();
    }

    /// <summary>Orleans' dashboard, in development only: it asks nobody who they are.</summary>
    public static WebApplication MapDashboard(this WebApplication app)
    {
        if (app.Environment.IsDevelopment()) app.MapOrleansDashboard("/orleans").ExcludeFromDescription();
        return app;
    }
}
