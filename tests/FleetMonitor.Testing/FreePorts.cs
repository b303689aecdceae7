using System.Net;
using System.Net.Sockets;

namespace FleetMonitor.Testing;

/// <summary>Ports that nothing listens on, as the system gives them out; none of them twice.</summary>
public static class FreePorts
{
    private static readonly Lock Gate = new();
    private static readonly HashSet<int> Given = [];

    public static int[] Find(int count)
    {
        lock (Gate) return [.. Enumerable.Range(0, count).Select(_ => Find())];
    }

    private static int Find()
    {
        while (true)
        {
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            var port = ((IPEndPoint)listener.LocalEndpoint).Port;
            if (Given.Add(port)) return port;
        }
    }
}
