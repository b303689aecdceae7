using System.Net;
using System.Net.Sockets;

namespace FleetMonitor.Storage.Tests;

/// <summary>A way to the server on which a test decides what arrives.</summary>
internal sealed class FaultyProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly int _server;
    private readonly List<Link> _links = [];
    private readonly Lock _gate = new();
    private readonly Task _accepting;
    private volatile bool _refuses;

    public FaultyProxy(int serverPort)
    {
        _server = serverPort;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>New connections are closed at once.</summary>
    public bool Refuses
    {
        get => _refuses;
        set => _refuses = value;
    }

    /// <summary>The next answer on each connection that exists is lost, and the connection with it: the server has done what it was asked, and nobody hears
    /// of it.</summary>
    public void LoseNextAnswers() => ForEach(link => link.Fault = Fault.LoseAnswer);

    /// <summary>The next request on each connection that exists is lost, and the connection with it.</summary>
    public void LoseNextRequests() => ForEach(link => link.Fault = Fault.LoseRequest);

    /// <summary>Requests on the connections that exist are held back, whatever becomes of the client, until <see cref="DeliverAsync"/>.</summary>
    public void HoldRequests() => ForEach(link => link.Fault = Fault.HoldRequests);

    /// <summary>Of what is sent on the connections that exist the server gets so many bytes each, and nothing arrives any more either way: the client's machine is gone, and nobody says so.</summary>
    public void FallSilentAfter(int bytes) => ForEach(link => link.FallSilentAfter(bytes));

    /// <summary>Lets the server have what was held back, and waits for it to have dealt with it.</summary>
    public async Task DeliverAsync()
    {
        List<Link> held;
        lock (_gate) held = [.. _links.Where(link => link.Fault == Fault.HoldRequests)];
        foreach (var link in held) await link.DeliverAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _accepting;
        ForEach(link => link.Close());
    }

    private void ForEach(Action<Link> act)
    {
        lock (_gate) _links.ForEach(act);
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            try
            {
                var client = await _listener.AcceptTcpClientAsync();
                if (_refuses)
                {
                    client.Dispose();
                    continue;
                }
                var server = new TcpClient();
                await server.ConnectAsync(IPAddress.Loopback, _server);
                lock (_gate) _links.Add(new Link(client, server));
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                if (!_listener.Server.IsBound) return;
            }
        }
    }

    private enum Fault
    {
        None,
        LoseAnswer,
        LoseRequest,
        HoldRequests,
        FallSilent,
    }

    private sealed class Link
    {
        private readonly TcpClient _client, _server;
        private readonly List<byte> _held = [];
        private int _left;

        public Link(TcpClient client, TcpClient server)
        {
            (_client, _server) = (client, server);
            _ = ForwardAsync(client.GetStream(), server.GetStream(), Fault.LoseRequest);
            _ = ForwardAsync(server.GetStream(), client.GetStream(), Fault.LoseAnswer);
        }

        public volatile Fault Fault;

        public void FallSilentAfter(int bytes)
        {
            _left = bytes;
            Fault = Fault.FallSilent;
        }

        public void Close()
        {
            _client.Dispose();
            _server.Dispose();
        }

        public async Task DeliverAsync()
        {
            if (_held.Count == 0) return; // Nothing came, or it had ended before.
            var server = _server.GetStream();
            await server.WriteAsync(_held.ToArray());
            _server.Client.Shutdown(SocketShutdown.Send); // The server ends the connection when it has done all of it.
            var rest = new byte[4096];
            while (await ReadAsync(server, rest) > 0)
            {
            }
            Close();
        }

        private async Task ForwardAsync(NetworkStream from, NetworkStream to, Fault losing)
        {
            var buffer = new byte[1 << 16];
            try
            {
                while (await from.ReadAsync(buffer) is > 0 and var read)
                {
                    if (Fault == losing) break;
                    if (Fault == Fault.HoldRequests)
                    {
                        if (losing == Fault.LoseRequest) _held.AddRange(buffer.AsSpan(0, read));
                        continue;
                    }
                    if (Fault == Fault.FallSilent)
                    {
                        if (losing != Fault.LoseRequest) continue;
                        read = Math.Min(read, _left);
                        _left -= read;
                    }
                    await to.WriteAsync(buffer.AsMemory(0, read));
                }
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException)
            {
                // One of the two is gone; so is the other.
            }
            if (Fault is not (Fault.HoldRequests or Fault.FallSilent)) Close();
        }

        private static async Task<int> ReadAsync(NetworkStream stream, byte[] buffer)
        {
            try
            {
                return await stream.ReadAsync(buffer);
            }
            catch (IOException)
            {
                return 0;
            }
        }
    }
}
