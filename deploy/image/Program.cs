using System.Net;
using System.Net.Sockets;
using FleetMonitor.Api.Gateway;
using FleetMonitor.Cli;

namespace FleetMonitor.Image;

/// <summary>The container's program, by its first argument: <c>silo</c> (also where there is none), <c>gateway</c>, or <c>fleetmonitor</c>, the command line.</summary>
public static class Program
{
    private const string PodAddress = "POD_IP";

    public static Task<int> Main(string[] args) => args switch
    {
        ["fleetmonitor", .. var rest] => CommandLine.Main(rest),
        ["gateway", .. var rest] => GatewayProgram.Main([.. Content, .. rest]),
        ["silo", .. var rest] => SiloAsync(rest),
        _ => SiloAsync(args),
    };

    /// <summary>Settings lie beside the program, wherever it is started.</summary>
    private static string[] Content => ["--contentRoot", AppContext.BaseDirectory];

    /// <summary>Where the others reach this silo: Kubernetes says so, elsewhere it is the container's own address.</summary>
    private static Task<int> SiloAsync(string[] args)
    {
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable(PodAddress)) && OwnAddress() is { } own) Environment.SetEnvironmentVariable(PodAddress, own);
        return Silo.Program.Main([.. Content, .. args]);
    }

    private static string? OwnAddress()
    {
        try
        {
            var addresses = Dns.GetHostAddresses(Dns.GetHostName()).Where(address => !IPAddress.IsLoopback(address) && !address.IsIPv6LinkLocal);
            return addresses.OrderBy(address => address.AddressFamily == AddressFamily.InterNetwork ? 0 : 1).FirstOrDefault()?.ToString();
        }
        catch (SocketException)
        {
            return null; // A container without a name: the silo's own default.
        }
    }
}
