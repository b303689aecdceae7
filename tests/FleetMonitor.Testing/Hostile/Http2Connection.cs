using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;

namespace FleetMonitor.Testing.Hostile;

/// <summary>What a server makes of an attack over HTTP/2: a connection each.</summary>
internal static class Http2Connection
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>The payload of the last ping: the server that acknowledges it has read all that came before.</summary>
    private static readonly byte[] Last = "hostile!"u8.ToArray();

    /// <summary>Sends an attack and a ping behind it.</summary>
    /// <returns><c>endured</c> where the server acknowledges the ping, <c>GOAWAY</c> and its code where it gives the reason for an end, <c>closed</c> where it gives none, <c>left</c> where the client hung up without reading.</returns>
    /// <exception cref="TimeoutException">The server neither goes on nor ends it.</exception>
    public static async Task<string> EndureAsync(Uri server, Http2Attack attack)
    {
        using var patience = new CancellationTokenSource(Patience);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(server.Host, server.Port, patience.Token);
            var end = attack.Reads ? EndAsync(socket, patience.Token) : null;
            var bytes = new Http2Frames().Raw(Http2Frames.Preface).Frame(Http2Frames.Settings, 0, 0).Raw(attack.Frames.Span).Frame(Http2Frames.Ping, 0, 0, Last).Written;
            var sending = SendAsync(socket, bytes, patience.Token);
            if (end is null)
            {
                // What nobody reads fills the server's buffers, and it stops reading: that is for it to do, and no reason to wait.
                await Task.WhenAny(sending, Task.Delay(TimeSpan.FromSeconds(1), patience.Token));
                socket.Close();
                await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return "left";
            }
            var ended = await end;
            socket.Close();
            await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return ended;
        }
        catch (SocketException)
        {
            return "closed";
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            throw new TimeoutException($"The server neither goes on nor ends the connection within {Patience}.");
        }
    }

    private static async Task SendAsync(Socket socket, ReadOnlyMemory<byte> bytes, CancellationToken patience)
    {
        while (!bytes.IsEmpty) bytes = bytes[await socket.SendAsync(bytes, patience)..];
    }

    private static async Task<string> EndAsync(Socket socket, CancellationToken patience)
    {
        var head = new byte[9];
        var payload = new byte[1 << 14];
        string? goneAway = null;
        try
        {
            while (await FillAsync(socket, head, patience))
            {
                var length = (int)(BinaryPrimitives.ReadUInt32BigEndian(head) >> 8);
                if (length > payload.Length || !await FillAsync(socket, payload.AsMemory(0, length), patience)) break;
                if (head[3] == Http2Frames.Ping && head[4] == Http2Frames.Acknowledge && payload.AsSpan(0, 8).SequenceEqual(Last)) return "endured";
                if (head[3] == Http2Frames.GoAway && length >= 8) goneAway ??= string.Create(CultureInfo.InvariantCulture, $"GOAWAY {BinaryPrimitives.ReadUInt32BigEndian(payload.AsSpan(4))}");
            }
        }
        catch (SocketException)
        {
            // Reset: as closed.
        }
        return goneAway ?? "closed";
    }

    private static async Task<bool> FillAsync(Socket socket, Memory<byte> into, CancellationToken patience)
    {
        while (!into.IsEmpty)
        {
            var read = await socket.ReceiveAsync(into, patience);
            if (read == 0) return false;
            into = into[read..];
        }
        return true;
    }
}
