using System.Net;

namespace FleetMonitor.EndToEnd.Tests;

[Collection(nameof(Servers))]
public sealed class DashboardTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    /// <summary>Without a sandbox, which root has none of, and without connections of the browser's own.</summary>
    private static readonly string[] Headless =
    [
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
        "--disable-sync", "--virtual-time-budget=5000",
    ];

    [SkippableFact]
    public async Task Dashboard_InDevelopment_ShowsTheModelsGrainsInABrowser()
    {
        var chromium = ChildProcess.Require("chromium");
        using var profile = new TempFolder();
        using var site = new SiloSite();
        await using var silo = await site.StartAsync();
        await site.Http.PostAsync("v1/models/m/predictions", """[{"prediction":"1"}]""");
        var page = new Uri(site.Address, "orleans/#/grains").ToString();

        // The dashboard gathers its figures every few seconds.
        var seen = "";
        await Wait.UntilAsync(
            async () =>
            {
                var ended = await ChildProcess.RunAsync(chromium, [.. Headless, $"--user-data-dir={profile.Path}", "--dump-dom", page], Deadline);
                seen = ended.Output;
                return seen.Contains(">ModelGrain<", StringComparison.Ordinal);
            },
            Deadline,
            () => $"ModelGrain on {page}.\n{seen}\n{silo.Said}");
        Assert.Contains("Orleans Dashboard", seen, StringComparison.Ordinal);
    }

    /// <summary>It asks nobody who they are.</summary>
    [Theory]
    [InlineData("Production")]
    [InlineData("Staging")]
    public async Task Dashboard_Elsewhere_IsNotThere(string environment)
    {
        using var site = new SiloSite();
        await using var silo = site.LaunchAs(environment);
        await silo.ReadyAsync();
        foreach (var path in (string[])["orleans", "orleans/", "orleans/DashboardCounters"])
        {
            using var response = await site.Http.GetAsync(new Uri(path, UriKind.Relative));
            Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        }
    }

    /// <summary>Where it is asked for all the same, it is for admins; with nobody asked who they are, for nobody.</summary>
    [Fact]
    public async Task Dashboard_ElsewhereButAskedFor_IsForAdminsOnly()
    {
        using var folder = new TempFolder();
        var tokens = Path.Combine(folder.Path, "tokens");
        await File.WriteAllTextAsync(tokens, string.Concat(((string[])["admin", "read"]).Select(scope =>
            $"{scope} {scope} sha256:{Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(scope)))}\n")));
        using (var open = new SiloSite())
        {
            await using var silo = open.LaunchAs("Production", "--FleetMonitor:Silo:Dashboard", "true");
            await silo.ReadyAsync();
            Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(open, null));
        }
        using var site = new SiloSite();
        await using var guarded = site.LaunchAs("Production", "--FleetMonitor:Silo:Dashboard", "true", "--FleetMonitor:Access:TokensFile", tokens);
        await guarded.ReadyAsync();
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(site, null));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(site, "read"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(site, "admin"));
    }

    private static async Task<HttpStatusCode> StatusAsync(SiloSite site, string? token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "orleans/DashboardCounters");
        if (token is not null) request.Headers.Authorization = new("Bearer", token);
        using var response = await site.Http.SendAsync(request);
        return response.StatusCode;
    }
}
