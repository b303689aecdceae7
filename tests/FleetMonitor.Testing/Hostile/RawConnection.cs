using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace FleetMonitor.Testing.Hostile;

/// <summary>HTTP/1.1 on a bare socket: it sends whatever it is given, and reads an answer as it is. Used by one task at a time.</summary>
internal sealed class RawConnection(Uri server) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly byte[] _buffer = new byte[64 << 10];
    private Socket? _socket;
    private int _from, _to;

    /// <summary>Sends a request and reads its answer; null where the server closed the connection without one.</summary>
    /// <exception cref="TimeoutException">The server neither answers nor closes.</exception>
    public async Task<RawAnswer?> AskAsync(ReadOnlyMemory<byte> request)
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            // A connection that was kept may have been closed meanwhile: what was asked over it is asked again.
            var kept = _socket is not null;
            return await AskOnceAsync(request, patience.Token) ?? (kept ? await AskOnceAsync(request, patience.Token) : null);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            Close();
            throw new TimeoutException($"The server neither answers nor closes within {Patience}.");
        }
    }

    private async Task<RawAnswer?> AskOnceAsync(ReadOnlyMemory<byte> request, CancellationToken patience)
    {
        try
        {
            if (_socket is null) await OpenAsync(patience);
            // A server that refuses what is sent may answer and close before it has read all of it.
            var sending = SendAsync(request, patience);
            var answer = await ReadAsync(patience);
            if (answer is null || answer.Closes || !sending.IsCompletedSuccessfully) Close();
            await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return answer;
        }
        catch (Exception exception) when (exception is SocketException or IOException or ObjectDisposedException)
        {
            Close();
            return null;
        }
    }

    /// <summary>Sends what is no whole request, and hangs up.</summary>
    public async Task BreakOffAsync(ReadOnlyMemory<byte> part)
    {
        try
        {
            Close();
            await OpenAsync(CancellationToken.None);
            await SendAsync(part, CancellationToken.None);
        }
        catch (SocketException)
        {
            // It hung up first.
        }
        Close();
    }

    /// <summary>Sends bytes one by one until the server has had enough, or it was asked to stop.</summary>
    /// <returns>Whether the server ended it.</returns>
    public async Task<bool> DribbleAsync(ReadOnlyMemory<byte> request, TimeSpan pause, CancellationToken stop)
    {
        try
        {
            await OpenAsync(stop);
            var ended = ReadAsync(stop);
            for (var i = 0; i < request.Length && !ended.IsCompleted; i++)
            {
                await SendAsync(request.Slice(i, 1), stop);
                await Task.WhenAny(ended, Task.Delay(pause, stop));
            }
            await ended;
            return true;
        }
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
        finally
        {
            Close();
        }
    }

    public void Dispose() => Close();

    private async Task OpenAsync(CancellationToken stop)
    {
        (_from, _to) = (0, 0);
        _socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await _socket.ConnectAsync(server.Host, server.Port, stop);
    }

    private async Task SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken stop)
    {
        while (!bytes.IsEmpty) bytes = bytes[await _socket!.SendAsync(bytes, stop)..];
    }

    private async Task<RawAnswer?> ReadAsync(CancellationToken stop)
    {
        var lines = new List<string>();
        while (true)
        {
            if (await LineAsync(stop) is not { } line) return null;
            if (line.Length > 0) lines.Add(line);
            else if (lines.Count > 0 && !lines[0].StartsWith("HTTP/1.1 1", StringComparison.Ordinal)) break;
            else lines.Clear();
        }
        var status = int.Parse(lines[0].AsSpan(9, 3), CultureInfo.InvariantCulture);
        string? Header(string name) => lines.Skip(1).FirstOrDefault(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))?[(name.Length + 1)..].Trim();
        var body = new StringBuilder();
        if (Header("Content-Length") is { } length)
        {
            if (!await BodyAsync(body, int.Parse(length, CultureInfo.InvariantCulture), stop)) return null;
        }
        else if (Header("Transfer-Encoding") is not null)
        {
            while (await LineAsync(stop) is { } size && int.Parse(size, NumberStyles.HexNumber, CultureInfo.InvariantCulture) is var chunk)
            {
                if (!await BodyAsync(body, chunk, stop)) return null;
                await LineAsync(stop);
                if (chunk == 0) break;
            }
        }
        return new RawAnswer(status, Header("Retry-After"), "close".Equals(Header("Connection"), StringComparison.OrdinalIgnoreCase), body.ToString());
    }

    private async Task<bool> BodyAsync(StringBuilder body, int length, CancellationToken stop)
    {
        while (length > 0)
        {
            if (_from == _to && !await FillAsync(stop)) return false;
            var take = Math.Min(length, _to - _from);
            body.Append(Encoding.Latin1.GetString(_buffer, _from, take));
            (_from, length) = (_from + take, length - take);
        }
        return true;
    }

    private async Task<string?> LineAsync(CancellationToken stop)
    {
        var line = new StringBuilder();
        while (true)
        {
            if (_from == _to && !await FillAsync(stop)) return null;
            var next = (char)_buffer[_from++];
            if (next == '\n') return line.ToString();
            if (next != '\r') line.Append(next);
        }
    }

    private async Task<bool> FillAsync(CancellationToken stop)
    {
        (_from, _to) = (0, await _socket!.ReceiveAsync(_buffer, stop));
        return _to > 0;
    }

    private void Close()
    {
        _socket?.Dispose();
        _socket = null;
    }
}

/// <summary>An answer as it came.</summary>
/// <param name="Closes">Whether the server closes the connection behind it.</param>
internal sealed record RawAnswer(int Status, string? RetryAfter, bool Closes, string Body)
{
    /// <summary>Whether a server may answer so, whatever it was sent. 505 is what HTTP has for a version that nobody speaks.</summary>
    public bool IsSound => Status is < 500 or 505 || (Status == 503 && RetryAfter is not null);
}
