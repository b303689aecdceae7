using System.Net;
using System.Net.Sockets;

namespace FleetMonitor.EndToEnd.Tests;

/// <summary>Ports that nothing listens on, as the system gives them out.</summary>
internal static class FreePorts
{
    /// <summary>All are held until the last is found, so that they differ.</summary>
    public static int[] Find(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToArray();
        foreach (var listener in listeners) listener.Start();
        int[] ports = [.. listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        foreach (var listener in listeners) listener.Dispose();
        return ports;
    }
}
