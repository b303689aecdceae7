using System.Diagnostics;

namespace FleetMonitor.Testing;

/// <summary>Waits for conditions, never for time: the only place that lets time pass.</summary>
public static class Wait
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(25);

    /// <summary>Asks until the answer is not null.</summary>
    /// <param name="deadline">After which it is given up.</param>
    /// <param name="what">What was waited for, for the message.</param>
    public static async Task<T> ForAsync<T>(Func<Task<T?>> ask, TimeSpan deadline, Func<string> what)
        where T : class
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            if (await ask() is { } answer) return answer;
            if (watch.Elapsed > deadline) throw new TimeoutException($"Waited {deadline} in vain: {what()}");
            await Task.Delay(Pause);
        }
    }

    public static Task UntilAsync(Func<Task<bool>> condition, TimeSpan deadline, Func<string> what) =>
        ForAsync<object>(async () => await condition() ? condition : null, deadline, what);

    public static Task UntilAsync(Func<bool> condition, TimeSpan deadline, Func<string> what) => UntilAsync(() => Task.FromResult(condition()), deadline, what);

    /// <summary>What a client does before it tries again.</summary>
    public static Task BeforeRetryAsync(CancellationToken cancellation) => Task.Delay(Pause, cancellation);
}
