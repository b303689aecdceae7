using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Xunit.Abstractions;

namespace FleetMonitor.EndToEnd.Tests;

[Collection(nameof(Servers))]
public sealed class StartTests(ITestOutputHelper output)
{
    private const int ColdStarts = 5;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Start_FiveTimes_IsReadySoon()
    {
        var times = new List<double>();
        for (var start = 0; start < ColdStarts; start++)
        {
            using var site = new SiloSite();
            var watch = Stopwatch.StartNew();
            await using var silo = await site.StartAsync();
            times.Add(watch.Elapsed.TotalSeconds);
            Assert.Equal("", silo.Errors);
        }
        times.Sort();
        var range = string.Create(CultureInfo.InvariantCulture, $"{times[0]:0.00} to {times[^1]:0.00} s");
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"ready after {times[ColdStarts / 2]:0.00} s (median of {ColdStarts}; {range})"));
    }

    /// <summary>As a rollout does that is called off.</summary>
    [Fact]
    public async Task Stop_WhileItStarts_EndsInPeace()
    {
        using var site = new SiloSite();
        await using var silo = site.Launch();
        await Wait.UntilAsync(() => silo.Output.Contains("Configuration:", StringComparison.Ordinal), Deadline, () => $"the start.\n{silo.Said}");
        var ended = await silo.StopAsync();
        Assert.True(ended.ExitCode == 0, ended.ToString());
        Assert.DoesNotContain("Unhandled", silo.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_HttpPortInUse_IsRefused()
    {
        using var site = new SiloSite();
        using var other = new TcpListener(IPAddress.Loopback, site.HttpPort);
        other.Start();
        await RefusedAsync(site, site.HttpPort.ToString(CultureInfo.InvariantCulture), "--urls");
    }

    [Fact]
    public async Task Start_GrpcPortInUse_IsRefused()
    {
        using var site = new SiloSite();
        using var other = new TcpListener(IPAddress.Loopback, site.GrpcPort);
        other.Start();
        await RefusedAsync(site, site.GrpcPort.ToString(CultureInfo.InvariantCulture), "--FleetMonitor:Grpc:Url");
    }

    /// <summary>Orleans itself would share its port with the other silo, without a word.</summary>
    [Fact]
    public async Task Start_PortsOfAnotherSilo_IsRefused()
    {
        using var site = new SiloSite();
        await using var silo = await site.StartAsync();
        using var sameSiloPort = new SiloSite { SiloPort = site.SiloPort };
        await RefusedAsync(sameSiloPort, site.SiloPort.ToString(CultureInfo.InvariantCulture), "FleetMonitor:Silo:SiloPort");
        using var sameGatewayPort = new SiloSite { GatewayPort = site.GatewayPort };
        await RefusedAsync(sameGatewayPort, site.GatewayPort.ToString(CultureInfo.InvariantCulture), "FleetMonitor:Silo:GatewayPort");
    }

    [Fact]
    public async Task Start_FileOfAnotherSilo_IsRefusedAndTheOtherGoesOn()
    {
        using var site = new SiloSite();
        await using var silo = await site.StartAsync();
        using var second = new SiloSite { Database = site.Database };
        await RefusedAsync(second, site.Database, "in use");
        await site.Http.PostAsync("v1/models/m/predictions", """[{"prediction":"1"}]""");
    }

    [Fact]
    public async Task Start_CorruptDatabase_IsRefused()
    {
        using var site = new SiloSite();
        var bytes = new byte[100_000];
        new Random(3).NextBytes(bytes);
        await File.WriteAllBytesAsync(site.Database, bytes);
        await RefusedAsync(site, site.Database, "not a database");
        Assert.Equal(bytes, await File.ReadAllBytesAsync(site.Database));
    }

    [Theory]
    [InlineData("--FleetMonitor:Storage:MaxReaders", "0", "MaxReaders")]
    [InlineData("--FleetMonitor:Storage:Durability", "sometimes", "FleetMonitor:Storage:Durability")]
    [InlineData("--FleetMonitor:Models:Tick", "yesterday", "FleetMonitor:Models:Tick")]
    [InlineData("--FleetMonitor:Api:MaxBatchItems", "-1", "MaxBatchItems")]
    [InlineData("--FleetMonitor:Silo:SiloPort", "99999", "SiloPort")]
    [InlineData("--FleetMonitor:Silo:GatewayPort", "none", "FleetMonitor:Silo:GatewayPort")]
    [InlineData("--FleetMonitor:Grpc:Url", "http://127.0.0.1:0", "FleetMonitor:Grpc:Url")]
    [InlineData("--FleetMonitor:Grpc:Url", "somewhere", "FleetMonitor:Grpc:Url")]
    [InlineData("--FleetMonitor:Grpc:MaxBatchesInFlight", "0", "MaxBatchesInFlight")]
    [InlineData("--urls", "gopher://127.0.0.1:70", "gopher://127.0.0.1:70")]
    [InlineData("--urls", "8080", "8080")]
    [InlineData("--urls", "http://127.0.0.1:80800", "80800")]
    public async Task Start_NonsenseOption_IsRefused(string option, string value, string named)
    {
        using var site = new SiloSite();
        await RefusedAsync(site, [option, value], named);
        Assert.False(File.Exists(site.Database), "Nothing is made before the options are right.");
    }

    [Theory]
    [InlineData("--urls", "http://0.0.0.0:{0}", "FleetMonitor:Access:TokensFile")]
    [InlineData("--urls", "http://*:{0}", "FleetMonitor:Access:TokensFile")]
    [InlineData("--FleetMonitor:Grpc:Url", "http://[::]:{0}", "FleetMonitor:Access:AllowAnonymous")]
    [InlineData("--urls", "https://127.0.0.1:{0}", "Kestrel:Certificates:Default:Path")]
    [InlineData("--FleetMonitor:Access:TokensFile", "/nowhere/{0}", "/nowhere/")]
    [InlineData("--FleetMonitor:Access:Jwt:Authority", "https://127.0.0.1:{0}", "FleetMonitor:Access:Jwt:Audience")]
    [InlineData("--Kestrel:Endpoints:Other:Url", "http://127.0.0.1:{0}", "Kestrel:Endpoints")]
    public async Task Start_WhereNobodyWouldBeAskedWhoTheyAre_IsRefused(string option, string value, string named)
    {
        using var site = new SiloSite();
        await RefusedAsync(site, [option, value.Replace("{0}", FreePorts.Find(1)[0].ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)], named);
    }

    [Fact]
    public async Task Start_TokensThatAreWrong_IsRefusedWithEveryLine()
    {
        using var site = new SiloSite();
        using var folder = new TempFolder();
        var file = Path.Combine(folder.Path, "tokens");
        await File.WriteAllTextAsync(file, "a read\nb write sha256:00\n");
        await RefusedAsync(site, ["--FleetMonitor:Access:TokensFile", file], file, "line 1", "line 2");
    }

    /// <summary>With tokens every address may be listened on, also with TLS.</summary>
    [Fact]
    public async Task Start_WithTokensAndACertificate_ServesHttpsOnEveryAddress()
    {
        using var folder = new TempFolder();
        using var key = RSA.Create(2048);
        var name = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = name.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        string At(string file) => Path.Combine(folder.Path, file);
        await File.WriteAllTextAsync(At("tls.crt"), certificate.ExportCertificatePem());
        await File.WriteAllTextAsync(At("tls.key"), key.ExportPkcs8PrivateKeyPem());
        await File.WriteAllTextAsync(At("tokens"), $"reader read sha256:{Convert.ToHexString(SHA256.HashData("open sesame"u8))}\n");
        using var site = new SiloSite();
        var port = FreePorts.Find(1)[0].ToString(CultureInfo.InvariantCulture);
        await using var silo = await site.StartAsync(
            "--urls", $"{site.Address.ToString().TrimEnd('/')};https://0.0.0.0:{port}", "--FleetMonitor:Access:TokensFile", At("tokens"),
            "--Kestrel:Certificates:Default:Path", At("tls.crt"), "--Kestrel:Certificates:Default:KeyPath", At("tls.key"));

        using var trusting = new HttpClientHandler { ServerCertificateCustomValidationCallback = (_, seen, _, _) => seen!.Thumbprint == certificate.Thumbprint };
        using var client = new HttpClient(trusting) { BaseAddress = new Uri($"https://127.0.0.1:{port}/") };
        using var nobody = await client.GetAsync(new Uri("v1/models", UriKind.Relative));
        Assert.Equal(HttpStatusCode.Unauthorized, nobody.StatusCode);
        client.DefaultRequestHeaders.Authorization = new("Bearer", "open sesame");
        using var reader = await client.GetAsync(new Uri("v1/models", UriKind.Relative));
        Assert.Equal(HttpStatusCode.OK, reader.StatusCode);
        Assert.DoesNotContain("sesame", silo.Output, StringComparison.Ordinal);
    }

    /// <summary>Values that are of no option's type, out of range, misspelt or contradictory: all of it at once, and nothing is made.</summary>
    [Fact]
    public async Task Start_ManyMistakes_IsRefusedWithAllOfThem()
    {
        using var site = new SiloSite();
        await using var silo = site.Launch(
            "--FleetMonitor:Api:MaxBatchItems", "0", "--FleetMonitor:Api:MaxBodyBites", "7", "--FleetMonitor:Models:Tick", "yesterday", "--FleetMonitor:Server:MaxHeaders", "many",
            "--FleetMonitor:Access:Jwt:Authority", "http://login", "--FleetMonitor:Access:Jwt:Scope", "x", "--FleetMonitor:Storage:Kind", "Paper");
        var ended = await silo.EndAsync();
        Assert.Equal(1, ended.ExitCode);
        Assert.DoesNotContain("   at ", ended.ToString(), StringComparison.Ordinal);
        foreach (var key in (string[])["Api:MaxBatchItems", "Api:MaxBodyBites", "Models:Tick", "Server:MaxHeaders", "Access:Jwt:Authority", "Access:Jwt:Audience", "Access:Jwt:Scope", "Storage:Kind"])
        {
            Assert.Contains($"\n  FleetMonitor:{key}: ", ended.Errors, StringComparison.Ordinal);
        }
        Assert.False(File.Exists(site.Database));
    }

    private static Task RefusedAsync(SiloSite site, params string[] named) => RefusedAsync(site, [], named);

    /// <summary>One line for a person, and an exit code for a script.</summary>
    private static async Task RefusedAsync(SiloSite site, string[] options, params string[] named)
    {
        await using var silo = site.Launch(options);
        var ended = await silo.EndAsync();
        Assert.True(ended.ExitCode == 1, ended.ToString());
        var line = Assert.Single(ended.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("fleet-monitor cannot start: ", line, StringComparison.Ordinal);
        Assert.All(named, name => Assert.Contains(name, line, StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", ended.ToString(), StringComparison.Ordinal);
    }
}
