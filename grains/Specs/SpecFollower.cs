using FleetMonitor.Core.Ingest;
using FleetMonitor.Core.Specs;
using FleetMonitor.Grains.Messages;
using FleetMonitor.Specs;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace FleetMonitor.Grains.Specs;

/// <summary>Applies the specs of a folder at the start and whenever its files change, through the models as <c>PUT</c> does.</summary>
/// <remarks>
/// Idempotent: a model that has all that its file asks for is left alone, so every silo of a cluster may do it, and a start changes nothing that is
/// as it should be. What somebody put otherwise over the API stays until the files change or a silo
/// starts. A file with a mistake is named and left out; the others are applied. What cannot be read is tried again with every look. A model that cannot be reached is tried again after a second, then
/// after twice as long each time, at most half a minute.
/// </remarks>
public sealed partial class SpecFollower(
    SpecBoard board, IGrainFactory grains, TimeProvider time, IHostApplicationLifetime lifetime, IOptions<SpecsOptions> options, ILogger<SpecFollower> logger) : BackgroundService
{
    /// <summary>Who applies, in the audit lines.</summary>
    public const string Author = "spec files";

    private const int Concurrency = 16;
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1), LongestRetry = TimeSpan.FromSeconds(30);
    private readonly SemaphoreSlim _changed = new(0, 1);

    public override void Dispose()
    {
        _changed.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Value.Directory is not { Length: > 0 } folder) return;
        FileSystemWatcher? watcher = null;
        try
        {
            await lifetime.StartedAsync(stoppingToken);
            string? seen = null;
            var retry = FirstRetry;
            while (true)
            {
                // Before the look, so that no change falls between the two.
                watcher ??= TryWatch(folder);
                var (print, open) = (FolderPrint.Of(folder), false);
                if (print != seen || board.Obstacle is not null || board.Folder?.CanReadMore(folder) == true) open = await ReadAndApply(folder, stoppingToken);
                // Those alone: what somebody put otherwise of the others stays.
                else if (board.Folder?.Documents.Where(document => board.FailureOf(document.Model) is not null).ToList() is { Count: > 0 } failed) open = await Apply(failed, stoppingToken);
                seen = print;
                var wait = open && retry < options.Value.Poll ? retry : options.Value.Poll;
                retry = open ? (retry * 2 < LongestRetry ? retry * 2 : LongestRetry) : FirstRetry;
                if (await _changed.WaitAsync(wait, stoppingToken)) await Settled(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host ends.
        }
        finally
        {
            watcher?.Dispose();
        }
    }

    /// <returns>Whether something is still to be applied.</returns>
    private async Task<bool> ReadAndApply(string path, CancellationToken stoppingToken)
    {
        try
        {
            var folder = SpecFolder.Read(path);
            board.Put(folder, time.GetUtcNow());
            LogRead(folder.Files, path, folder.Documents.Count, folder.InvalidFiles);
            foreach (var mistake in folder.Mistakes) LogMistake(mistake.ToString());
            return await Apply(folder.Documents, stoppingToken);
        }
        catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
        {
            // Whatever it is: a folder of files must not end the silo.
            if (board.Obstacle != exception.Message) LogUnreadable(path, exception.Message);
            board.Put(new SpecFolder(0, [], []), time.GetUtcNow(), exception.Message);
            return false;
        }
    }

    private async Task<bool> Apply(IReadOnlyList<SpecDocument> documents, CancellationToken stoppingToken)
    {
        var open = 0;
        await Parallel.ForEachAsync(documents, new ParallelOptions { MaxDegreeOfParallelism = Concurrency, CancellationToken = stoppingToken }, async (document, _) =>
        {
            try
            {
                await Apply(document);
                board.Applied(document.Model);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                // One model that cannot take its spec now must not keep the others from theirs.
                if (board.FailureOf(document.Model) is null) LogFailed(document.Model, document.File, exception.Message);
                board.Failed(document.Model, exception.Message);
                Interlocked.Increment(ref open);
            }
        });
        return open > 0;
    }

    private async Task Apply(SpecDocument document)
    {
        var model = grains.GetGrain<IModelGrain>(document.Model);
        if (await Differences(model, document.Spec) is { Count: 0 }) return;
        await model.Apply(new ModelCommand(LogEntryKind.Spec, null, 0, SpecJson.Write(document.Spec), Author));
    }

    /// <summary>What a model does not have of what a spec asks for; null where there is no such model.</summary>
    internal static async Task<IReadOnlyList<SpecDifference>?> Differences(IModelGrain model, ModelSpec wanted)
    {
        try
        {
            return SpecDifference.Missing((await model.Describe()).Spec, wanted);
        }
        catch (ModelNotFoundException)
        {
            return null;
        }
    }

    private async Task Settled(CancellationToken stoppingToken)
    {
        while (options.Value.Debounce > TimeSpan.Zero && await _changed.WaitAsync(options.Value.Debounce, stoppingToken))
        {
        }
    }

    private FileSystemWatcher? TryWatch(string folder)
    {
        try
        {
            var watcher = new FileSystemWatcher(folder) { IncludeSubdirectories = true };
            watcher.Changed += (_, _) => Signal();
            watcher.Created += (_, _) => Signal();
            watcher.Deleted += (_, _) => Signal();
            watcher.Renamed += (_, _) => Signal();
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
        try
        {
            _changed.Release();
        }
        catch (Exception exception) when (exception is SemaphoreFullException or ObjectDisposedException)
        {
            // It is known already, or nobody listens any more.
        }
    }

    [LoggerMessage(1, LogLevel.Information, "{Files} spec files in {Folder}: {Models} models, {Invalid} files left out")]
    private partial void LogRead(int files, string folder, int models, int invalid);

    [LoggerMessage(2, LogLevel.Error, "Spec file left out: {Mistake}", EventName = "spec-file-invalid")]
    private partial void LogMistake(string mistake);

    [LoggerMessage(3, LogLevel.Error, "The folder of specs {Folder} cannot be read: {Reason}")]
    private partial void LogUnreadable(string folder, string reason);

    [LoggerMessage(4, LogLevel.Warning, "Model {Model} cannot take its spec from {File} now; it is tried again: {Reason}")]
    private partial void LogFailed(string model, string file, string reason);
}
