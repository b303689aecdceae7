using System.Net;
using System.Net.Sockets;
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
    /// <remarks>This machine only, since nothing asks who is calling.</remarks>
    public const string DefaultUrl = "http://localhost:8080";

    /// <exception cref="StartException">A port is taken, or an address is not one of this machine.</exception>
    public static void RequireFree(IServiceProvider services)
    {
        var urls = services.GetRequiredService<IConfiguration>()[WebHostDefaults.ServerUrlsKey] ?? DefaultUrl;
        var grpc = services.GetRequiredService<IOptions<FleetGrpcOptions>>().Value.Url;
        foreach (var url in urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            Require(url, url == grpc ? $"--{FleetGrpcOptions.Section}:{nameof(FleetGrpcOptions.Url)}" : "--urls");
        }
    }

    private static void Require(string url, string option)
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
        if (address.IsUnixPipe || address.IsNamedPipe || address.Port == 0) return;
        if (address.Port > IPEndPoint.MaxPort) throw new StartException($"expected a port of at most {IPEndPoint.MaxPort}, got \"{url}\".");
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
