using System.Text;
using FleetMonitor.Api.Hosting;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace FleetMonitor.Api.Access;

/// <summary>The tokens in force. The file is read again every second: a good one replaces them, a broken one leaves them and is told of.</summary>
/// <remarks>It is read whole instead of waiting for a change: Kubernetes swaps a link two folders up, which watchers of files do not see, and a read costs
/// less than what could be missed.</remarks>
internal sealed partial class TokenFile(IOptions<AccessOptions> options, AccessMetrics metrics, TimeProvider time, ILogger<TokenFile> logger) : BackgroundService
{
    private volatile TokenTable? _table;
    private string _seen = "", _newer = "";

    /// <summary>Whose token it is; null when it is nobody's.</summary>
    public Caller? Find(string token) => (_table ?? Open()).Find(token);

    /// <summary>Reads the file for the first time.</summary>
    /// <exception cref="StartException">It cannot be read, or not all of it is right.</exception>
    public TokenTable Open()
    {
        if (_table is { } known) return known;
        var (table, error) = Read(out _seen);
        if (error is not null) throw new StartException($"the tokens of {Path} cannot be used: {error}");
        metrics.Tokens = table!.Count;
        return _table = table;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (Path.Length == 0) return;
        LogRead(Open().Count, Path);
        using var timer = new PeriodicTimer(options.Value.TokensPoll, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken)) Look();
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The process ends.
        }
    }

    private string Path => options.Value.TokensFile;

    private void Look()
    {
        var (table, error) = Read(out var text);
        if (text == _seen) return;
        // What is read twice is no longer being written.
        if (text != _newer)
        {
            _newer = text;
            return;
        }
        _seen = text;
        if (table is null) LogBroken(Path, _table!.Count, error!);
        else LogRead(table.Count, Path);
        if (table is not null) (_table, metrics.Tokens) = (table, table.Count);
        metrics.IsStale = table is null;
    }

    /// <param name="text">What there is: the file's text, or why it cannot be read.</param>
    private (TokenTable? Table, string? Error) Read(out string text)
    {
        try
        {
            using var file = new FileStream(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            if (file.Length > TokenTable.MaxFileBytes) throw new IOException($"it is larger than {TokenTable.MaxFileBytes} bytes.");
            using var reader = new StreamReader(file, Encoding.UTF8);
            text = reader.ReadToEnd();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            text = exception.Message;
            return (null, exception.Message);
        }
        var (table, errors) = TokenTable.Parse(text);
        if (errors.Count > 0) return (null, string.Join("; ", errors));
        return table.Count > 0 ? (table, null) : (null, "it has no token.");
    }

    [LoggerMessage(1, LogLevel.Information, "Access: {Tokens} tokens read from {Path}")]
    private partial void LogRead(int tokens, string path);

    [LoggerMessage(2, LogLevel.Error, "Access: {Path} cannot be used as it is now; the {Tokens} tokens read before stay in force. {Error}")]
    private partial void LogBroken(string path, int tokens, string error);
}
