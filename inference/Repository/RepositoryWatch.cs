namespace FleetMonitor.Inference.Repository;

/// <summary>Keeps a repository in step with its folder until it is cancelled.</summary>
/// <remarks>A change is taken once the folder has been quiet for the debounce; it is looked at all the same once a poll, since network volumes tell no
/// changes.</remarks>
public sealed class RepositoryWatch(ModelRepository repository, ModelRepositoryOptions options, TimeProvider time)
{
    private readonly Lock _gate = new();
    private TaskCompletionSource _changed = New();

    public async Task RunAsync(CancellationToken cancellation)
    {
        if (!repository.IsOn) return;
        FileSystemWatcher? watcher = null;
        try
        {
            while (true)
            {
                // Before the scan, so that no change falls between the two.
                if (options.Watch) watcher ??= TryWatch();
                await repository.ScanAsync(cancellation).ConfigureAwait(false);
                if (!options.Watch) return;
                if (!await ChangedAsync(options.Poll, cancellation).ConfigureAwait(false)) continue;
                while (await ChangedAsync(options.Debounce, cancellation).ConfigureAwait(false))
                {
                }
            }
        }
        finally
        {
            watcher?.Dispose();
        }
    }

    private FileSystemWatcher? TryWatch()
    {
        try
        {
            var watcher = new FileSystemWatcher(options.Repository!) { IncludeSubdirectories = true };
            watcher.Changed += (_, _) => Signal();
            watcher.Created += (_, _) => Signal();
            watcher.Deleted += (_, _) => Signal();
            watcher.Renamed += (_, _) => Signal();
            watcher.Error += (_, _) => Signal();
            watcher.EnableRaisingEvents = true;
            return watcher;
        }
        catch (Exception exception) when (exception is ArgumentException or IOException)
        {
            // No such folder yet, or no more watches to be had: the poll goes on.
            return null;
        }
    }

    private void Signal()
    {
        lock (_gate) _changed.TrySetResult();
    }

    /// <summary>Whether the folder changes within a time.</summary>
    private async Task<bool> ChangedAsync(TimeSpan within, CancellationToken cancellation)
    {
        Task changed;
        lock (_gate) changed = _changed.Task;
        try
        {
            await changed.WaitAsync(within, time, cancellation).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return false;
        }
        lock (_gate) _changed = New();
        return true;
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
