using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace FleetMonitor.Observability.Tests.Live;

/// <summary>A mail server that takes every mail and keeps it (RFC 5321: EHLO, MAIL, RCPT, DATA, QUIT).</summary>
internal sealed class SmtpSink : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentQueue<Mail> _mails = new();
    private readonly Task _accepting;

    public SmtpSink()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public string Address => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    public IEnumerable<Mail> Mails => _mails;

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        var sessions = new List<Task>();
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                sessions.Add(TalkAsync(await _listener.AcceptTcpClientAsync(_stopping.Token)));
            }
            catch (Exception exception) when (exception is OperationCanceledException or SocketException)
            {
                break;
            }
        }
        await Task.WhenAll(sessions);
    }

    private async Task TalkAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                using var reader = new StreamReader(client.GetStream(), Encoding.UTF8);
                await using var writer = new StreamWriter(client.GetStream(), new UTF8Encoding(false)) { NewLine = "\r\n", AutoFlush = true };
                var to = new List<string>();
                await writer.WriteLineAsync("220 sink");
                while (await reader.ReadLineAsync(_stopping.Token) is { } line)
                {
                    switch (line.Split(' ', ':')[0].ToUpperInvariant())
                    {
                        case "RCPT":
                            to.Add(line[(line.IndexOf('<') + 1)..line.IndexOf('>')]);
                            await writer.WriteLineAsync("250 ok");
                            break;
                        case "DATA":
                            await writer.WriteLineAsync("354 go on");
                            _mails.Enqueue(new Mail([.. to], await ReadAsync(reader)));
                            to.Clear();
                            await writer.WriteLineAsync("250 kept");
                            break;
                        case "QUIT":
                            await writer.WriteLineAsync("221 bye");
                            return;
                        default:
                            await writer.WriteLineAsync("250 ok");
                            break;
                    }
                }
            }
            catch (Exception exception) when (exception is OperationCanceledException or IOException)
            {
                // The tests end, or the client went.
            }
        }
    }

    private async Task<string> ReadAsync(StreamReader reader)
    {
        var text = new StringBuilder();
        while (await reader.ReadLineAsync(_stopping.Token) is { } line && line != ".") text.AppendLine(line);
        return text.ToString();
    }
}

/// <summary>A mail as it came.</summary>
/// <param name="Raw">Headers and body.</param>
internal sealed record Mail(IReadOnlyList<string> To, string Raw)
{
    /// <summary>Quoted-printable undone, as far as these tests read it.</summary>
    public string Text => Raw.Replace("=\r\n", "", StringComparison.Ordinal).Replace("=\n", "", StringComparison.Ordinal).Replace("=3D", "=", StringComparison.Ordinal);
}
