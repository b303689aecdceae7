using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Xunit.Abstractions;

namespace FleetMonitor.EndToEnd.Tests;

[Collection(nameof(Servers))]
public sealed class StartTests(ITestOutputHelper output)
{
    private const int ColdStarts = 5;

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
