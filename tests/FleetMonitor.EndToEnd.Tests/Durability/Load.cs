namespace FleetMonitor.EndToEnd.Tests.Durability;

/// <summary>Several writers at once.</summary>
internal sealed class Load : IAsyncDisposable
{
    private static readonly string[] Names = ["writer-a", "writer-b", "writer-c", "writer-d"];
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly CancellationTokenSource _stop = new();
    private readonly Ledger _ledger;
    private readonly Task[] _writers;

    public Load(HttpClient http, Ledger ledger, DateTimeOffset start, bool repeater = false)
    {
        _ledger = ledger;
        _writers = [.. Names.Select(name => new Writer(name, http, ledger, start, repeater).RunAsync(_stop.Token))];
    }

    /// <summary>Waits until so many batches more are acknowledged; fails as soon as a writer did.</summary>
    public async Task AcknowledgedAsync(int more, Func<string> said)
    {
        var goal = _ledger.Count + more;
        await Wait.UntilAsync(
            async () =>
            {
                if (Array.Find(_writers, writer => writer.IsCompleted) is { } ended) await ended;
                return _ledger.Count >= goal;
            },
            Deadline,
            () => $"{goal} acknowledged batches; there are {_ledger.Count}.\n{said()}");
    }

    /// <summary>Ends the writers, whatever they are doing.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_writers);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_writers).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }
}
