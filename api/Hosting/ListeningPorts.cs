using System.Net;
using System.Net.Sockets;
using FleetMonitor.Api.Access;
using FleetMonitor.Api.Grpc;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace FleetMonitor.Api.Hosting;

/// <summary>Finds out whether the process may listen where it is told to, before anything of it has started.</summary>
/// <remarks>
/// Orleans would not notice: its sockets share a port with whoever shares it back, so two silos would take each other's connections without a word. Kestrel
/// notices when the silo has joined already, and leaves pages of its going under behind. Between this look and the start a port may still be taken; then
/// Kestrel's error is the one that is told.
/// </remarks>
public static class ListeningPorts
{
    /// <summary>The address that is listened on unless <c>--urls</c> or <c>ASPNETCORE_URLS</c> names another.</summary>
    /// <remarks>This machine only: without tokens nothing asks who is calling.</remarks>
    public const string DefaultUrl = "http://localhost:8080";

    /// <exception cref="StartException">A port is taken, an address is not one of this machine, lacks its certificate, or is others' too while nobody is
    /// asked who they are.</exception>
    public static void RequireFree(IServiceProvider services)
    {
        var configuration = services.GetRequiredService<IConfiguration>();
        // They would replace all other addresses without a word, and with them what is known of these.
        if (configuration.GetSection("Kestrel:Endpoints").GetChildren().Any())
        {
            throw new StartException($"expected no Kestrel:Endpoints; addresses are named by --urls and --{FleetGrpcOptions.Section}:{nameof(FleetGrpcOptions.Url)}, https:// included.");
        }
        var urls = configuration[WebHostDefaults.ServerUrlsKey] ?? DefaultUrl;
        var grpc = services.GetRequiredService<IOptions<FleetGrpcOptions>>().Value.Url;
        var access = services.GetRequiredService<IOptions<AccessOptions>>().Value;
        foreach (var url in urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var address = Parse(url);
            if (access.IsOpen && !access.AllowAnonymous && !IsLocal(address))
            {
                throw new StartException($"{url} can be reached from other machines, and nobody would be asked who they are. Name a file of tokens with --{AccessOptions.Section}:"
                    + $"{nameof(AccessOptions.TokensFile)} (fleetmonitor token makes them), listen on localhost, or say --{AccessOptions.Section}:{nameof(AccessOptions.AllowAnonymous)} true.");
            }
            if (address.Scheme == "https") ServerCertificate.Require(configuration, url);
            Require(url, address, url == grpc ? $"--{FleetGrpcOptions.Section}:{nameof(FleetGrpcOptions.Url)}" : "--urls");
        }
    }

    private static bool IsLocal(BindingAddress address) => address.IsUnixPipe || address.IsNamedPipe || IPAddress.IsLoopback(Host(address.Host));

    private static BindingAddress Parse(string url)
    {
        BindingAddress address;
        try
        {
            address = BindingAddress.Parse(url);
        }
        catch (FormatException)
        {
            throw new StartException($"expected an address to listen on such as {DefaultUrl}, got \"{url}\".");
        }
        if (address.Scheme is not ("http" or "https")) throw new StartException($"expected an address that begins with http:// or https://, got \"{url}\".");
        if (address.Port > IPEndPoint.MaxPort) throw new StartException($"expected a port of at most {IPEndPoint.MaxPort}, got \"{url}\".");
        return address;
    }

    private static void Require(string url, BindingAddress address, string option)
    {
        if (address.IsUnixPipe || address.IsNamedPipe || address.Port == 0) return;
        Require(Host(address.Host), address.Port, $"for {url}", $"choose another address with {option}");
    }

    /// <summary>As Kestrel reads it: a name that is neither localhost nor an address stands for all addresses.</summary>
    private static IPAddress Host(string name) =>
        name.Equals("localhost", StringComparison.OrdinalIgnoreCase) ? IPAddress.Loopback
        : IPAddress.TryParse(name, out var address) ? address
        : IPAddress.Any;

    /// <exception cref="StartException">The port is taken, or the address is not one of this machine.</exception>
    public static void Require(IPAddress address, int port, string purpose, string otherwise)
    {
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(address, port));
        }
        catch (SocketException exception)
        {
            throw new StartException(exception.SocketErrorCode == SocketError.AddressAlreadyInUse
                ? $"port {port}, {purpose}, is in use. Stop what listens there, or {otherwise}."
                : $"port {port}, {purpose}, cannot be listened on at {address}: {exception.Message}.");
        }
    }
}
