using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace FleetMonitor.EndToEnd.Tests;

/// <summary>What the one script says before it builds anything.</summary>
[Collection(nameof(Servers))]
public sealed class FleetScriptTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(0, "help")]
    [InlineData(0, "--help")]
    [InlineData(2, "fly")]
    public async Task Fleet_WithoutACommand_ShowsItsUse(int exitCode, params string[] arguments)
    {
        var ended = await RunAsync(arguments);
        Assert.Equal(exitCode, ended.ExitCode);
        foreach (var command in (string[])["up", "test", "replay", "bench"]) Assert.Contains($"./fleet {command}", ended.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Up_PortInUse_SaysSoInOneLine()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
        await RefusedAsync($"port {port} is in use", "up", "--port", port);
    }

    [Theory]
    [InlineData("a port", "up", "--port")]
    [InlineData("a port", "up", "--port", "http")]
    [InlineData("a port", "up", "--port", "0")]
    [InlineData("a port", "up", "--port", "65534")]
    [InlineData("a folder of spec files", "up", "--specs")]
    [InlineData("a folder of spec files", "up", "--specs", "nowhere")]
    [InlineData("--nothing", "up", "--nothing")]
    [InlineData("there is no suite everything", "test", "everything")]
    public async Task Command_WithWrongArguments_SaysSoInOneLine(string said, params string[] arguments) => await RefusedAsync(said, arguments);

    private static async Task RefusedAsync(string said, params string[] arguments)
    {
        var ended = await RunAsync(arguments);
        Assert.True(ended.ExitCode == 1, ended.ToString());
        var line = Assert.Single(ended.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("fleet: ", line, StringComparison.Ordinal);
        Assert.Contains(said, line, StringComparison.Ordinal);
        Assert.Equal("", ended.Output);
    }

    private static Task<Ended> RunAsync(string[] arguments) =>
        ChildProcess.RunAsync(Path.Combine(Repository.Root, "fleet"), arguments, TimeSpan.FromSeconds(20), folder: Path.GetTempPath());
}
