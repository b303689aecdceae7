namespace FleetMonitor.Testing;

/// <summary>A silo as a process of its own.</summary>
public sealed class SiloProcess(SiloSite site, ChildProcess process) : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    public HttpClient Http => site.Http;

    /// <summary>What it said so far, for the message of a failed test.</summary>
    public string Said => process.Said;

    public string Output => process.Output;

    public string Errors => process.Errors;

    /// <summary>Waits until it says that it is ready.</summary>
    public Task ReadyAsync(TimeSpan? deadline = null) => Wait.UntilAsync(
        async () =>
        {
            if (process.HasExited) throw new InvalidOperationException($"The silo ended before it was ready: {await EndAsync()}");
            return await Http.AnswersAsync("health/ready");
        },
        deadline ?? Deadline,
        () => $"/health/ready.\n{Said}");

    public int Id => process.Id;

    public bool HasExited => process.HasExited;

    /// <summary>SIGSTOP: it stands still, until <see cref="Resume"/>.</summary>
    public void Pause() => process.Pause();

    public void Resume() => process.Resume();

    /// <summary>Checks that it has met no fault of its own so far.</summary>
    public void IsSound()
    {
        var faults = Output.Split('\n').Where(line => line.Contains("fail: ", StringComparison.Ordinal) || line.Contains("crit: ", StringComparison.Ordinal));
        Assert.Equal("", string.Join('\n', faults) + Errors);
    }

    /// <summary>SIGKILL.</summary>
    public Task KillAsync() => process.KillAsync();

    /// <summary>SIGTERM, and what it came to.</summary>
    public Task<Ended> StopAsync()
    {
        process.Terminate();
        return EndAsync();
    }

    public Task<Ended> EndAsync() => process.EndAsync(Deadline);

    public ValueTask DisposeAsync() => process.DisposeAsync();
}
