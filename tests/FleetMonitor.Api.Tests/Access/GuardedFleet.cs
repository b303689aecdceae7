using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Xunit;

namespace FleetMonitor.Api.Tests.Access;

/// <summary>A fleet that asks who is calling: by a file of tokens, and by an OpenID Connect provider.</summary>
public sealed class GuardedFleet : IAsyncLifetime
{
    public const string IngestToken = "fm_ingest-4711", ReadToken = "fm_read-4711", AdminToken = "fm_admin-4711", UnknownToken = "fm_nobody-4711", CreditToken = "fm_credit-4711";

    private readonly string _folder = Directory.CreateTempSubdirectory("fleetmonitor-access-").FullName;

    public GuardedFleet()
    {
        TokensFile = Path.Combine(_folder, "tokens");
        File.WriteAllText(TokensFile, Tokens);
    }

    public static string Tokens { get; } = $"""
        # name       scopes       hash        models
        ingest-team  ingest       {Hash(IngestToken)}
        read-team    read         {Hash(ReadToken)}
        admin-team   admin        {Hash(AdminToken)}
        credit-team  ingest,read  {Hash(CreditToken)}  credit-*,logistic
        """;

    public string TokensFile { get; }

    internal Provider Provider { get; } = new();

    public Fleet Fleet { get; private set; } = new();

    public static string Hash(string token) => $"sha256:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)))}";

    public async Task InitializeAsync()
    {
        await Provider.StartAsync();
        Fleet = new Fleet
        {
            Settings = new Dictionary<string, string?>
            {
                ["FleetMonitor:Access:TokensFile"] = TokensFile,
                ["FleetMonitor:Access:TokensPoll"] = "00:00:00.100",
                ["FleetMonitor:Access:Jwt:Authority"] = Provider.Issuer,
                ["FleetMonitor:Access:Jwt:Audience"] = Provider.Audience,
                ["FleetMonitor:Access:Jwt:RequireHttps"] = "false",
            },
        };
        await Fleet.InitializeAsync();
    }

    public async Task DisposeAsync()
    {
        await Fleet.DisposeAsync();
        await Provider.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    internal Task<Answer> SendAsync(string method, string path, string? token, string? json = null)
    {
        (string, string)[] headers = token is null ? [] : [("Authorization", $"Bearer {token}")];
        return Fleet.SendAsync(new HttpMethod(method), path, json is null ? null : Encoding.UTF8.GetBytes(json), json is null ? null : "application/json", headers);
    }

    /// <summary>A counter of the page for Prometheus.</summary>
    internal async Task<double> MetricAsync(string series)
    {
        var page = (await Fleet.GetAsync("/metrics")).Text;
        var line = page.Split('\n').SingleOrDefault(l => l.StartsWith(series + " ", StringComparison.Ordinal));
        return line is null ? 0 : double.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture);
    }

    /// <summary>Predictions of a model, by somebody who may.</summary>
    internal async Task RegisterAsync(string model) =>
        Assert.Equal(HttpStatusCode.OK, (await SendAsync("POST", $"/v1/models/{model}/predictions", AdminToken, """[{"prediction":"1"}]""")).Status);
}

[CollectionDefinition(nameof(GuardedFleet))]
public sealed class GuardedFleetShared : ICollectionFixture<GuardedFleet>;
