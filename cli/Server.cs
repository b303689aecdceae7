using System.CommandLine;
using System.Net.Http.Headers;
using FleetMonitor.Client;

namespace FleetMonitor.Cli;

/// <summary>The server a command talks to: its option and the client for it.</summary>
internal sealed class Server : IDisposable
{
    public const string DefaultUrl = "http://localhost:8080";

    public Server(string url, Terminal terminal, string? producer = null)
    {
        if (!Uri.TryCreate(url.EndsWith('/') ? url : url + "/", UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
        {
            throw new CommandException(ExitCode.Usage, $"expected a URL such as {DefaultUrl}, got \"{url}\"");
        }
        Http = new HttpClient(terminal.Handler?.Invoke() ?? new SocketsHttpHandler()) { BaseAddress = address };
        if (Token(terminal) is { } token) Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        Client = new FleetMonitorClient(Http, producer, time: terminal.Time);
    }

    /// <summary>For what the client has no word for.</summary>
    public HttpClient Http { get; }

    public FleetMonitorClient Client { get; }

    /// <summary>One name everywhere; <c>--to</c> is the older one of commands that send.</summary>
    public static Option<string> Option() => new("--url", "--to")
    {
        Description = "The server.",
        HelpName = "URL",
        DefaultValueFactory = _ => DefaultUrl,
    };

    /// <summary>What every command that talks to a server takes.</summary>
    public static Option<string?> TokenOption { get; } = new("--token")
    {
        HelpName = "TOKEN",
        Description = $"What the server knows you by; otherwise {AccessToken.Variable}, or the file that {AccessToken.FileVariable} names.",
        Recursive = true,
    };

    private static string? Token(Terminal terminal)
    {
        try
        {
            return AccessToken.Of(terminal.Token)();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.Usage, $"{AccessToken.FileVariable}: {exception.Message}");
        }
    }

    public void Dispose() => Http.Dispose();
}
