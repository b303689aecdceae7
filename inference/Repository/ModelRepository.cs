using System.Collections.Immutable;
using FleetMonitor.Inference.Models;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace FleetMonitor.Inference.Repository;

/// <summary>The models of a folder, several versions of each, loaded and unloaded while requests run.</summary>
/// <remarks>
/// Readers see one immutable table, replaced whole; changes are made one at a time. A version that is replaced or gone answers the requests that it has
/// taken before it lets go.
/// A model that cannot be served says why in the index and to whoever asks for it; the others are not touched.
/// </remarks>
public sealed partial class ModelRepository(IOptions<ModelRepositoryOptions> options, InferenceMetrics metrics, TimeProvider time, ILogger<ModelRepository> logger) : IAsyncDisposable
{
    private readonly SemaphoreSlim _changes = new(1, 1);
    private readonly ModelRepositoryOptions _options = options.Value;
    private ImmutableSortedDictionary<string, ModelEntry> _models = ImmutableSortedDictionary.Create<string, ModelEntry>(StringComparer.Ordinal);
    private volatile string? _reason = "the repository is being read";

    /// <summary>Whether there is a folder at all.</summary>
    public bool IsOn => !string.IsNullOrWhiteSpace(_options.Repository);

    /// <summary>Why the repository as a whole is not ready: the folder cannot be read, or a model does not answer; null when it is.</summary>
    public string? Unready =>
        !IsOn ? null
        : _reason ?? (_models.Values.FirstOrDefault(m => !m.IsUnloaded && !m.IsReady) is { } model ? $"model \"{model.Name}\": {model.Reason ?? model.Versions.First(v => v.Served is null).Reason}" : null);

    /// <summary>A version that answers: the one asked for, or the newest.</summary>
    /// <exception cref="InferenceException">There is none.</exception>
    public ServedModel Get(string name, string? version = null) => Entry(name).Get(version);

    /// <summary>The versions of a model that answer, newest first.</summary>
    /// <exception cref="InferenceException">There is no such model.</exception>
    public IReadOnlyList<string> Versions(string name) => [.. Entry(name).Versions.Where(v => v.Served is not null).Select(v => v.Text)];

    /// <summary>All that the folder has.</summary>
    public IReadOnlyList<ModelStatus> Index() => [.. _models.Values.SelectMany(Statuses)];

    /// <summary>Brings the table up to date with the folder.</summary>
    public async Task ScanAsync(CancellationToken cancellation = default)
    {
        if (!IsOn) return;
        await _changes.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            await ScanLockedAsync(cancellation).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // Whatever it is: what is served goes on, and the next look begins anew.
            if (_reason != exception.Message) LogScanFailed(_options.Repository!, exception);
            _reason = exception.Message;
        }
        finally
        {
            _changes.Release();
        }
    }

    /// <summary>Loads a model from its folder, anew if it is loaded.</summary>
    /// <exception cref="InferenceException">There is no such folder, or a version of it cannot be served.</exception>
    public async Task LoadAsync(string name, CancellationToken cancellation = default)
    {
        await _changes.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            var path = IsOn && ModelFolder.IsName(name) ? Path.Combine(_options.Repository!, name) : null;
            if (path is null || !Directory.Exists(path)) throw NotFound(name);
            var entry = await ReplaceAsync(ModelFolder.Read(path), _models.GetValueOrDefault(name), anew: true).ConfigureAwait(false);
            var reason = entry.Reason ?? entry.Versions.FirstOrDefault(v => v.Reason is not null)?.Reason;
            if (reason is not null) throw new InferenceException(InferenceFailure.Invalid, $"failed to load model \"{name}\": {reason}");
        }
        finally
        {
            _changes.Release();
        }
    }

    /// <summary>Unloads a model until it is loaded by command.</summary>
    /// <exception cref="InferenceException">There is no such model.</exception>
    public async Task UnloadAsync(string name, CancellationToken cancellation = default)
    {
        await _changes.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            var entry = Entry(name);
            const string Unloaded = "it was unloaded";
            var versions = entry.Versions.Select(v => v with { Served = null, Reason = Unloaded }).ToArray();
            _models = _models.SetItem(name, entry with { Versions = versions, IsUnloaded = true, Reason = Unloaded });
            await StopAsync(entry.Versions.Select(v => v.Served)).ConfigureAwait(false);
            LogUnloaded(name);
        }
        finally
        {
            _changes.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _changes.WaitAsync().ConfigureAwait(false);
        var models = _models;
        _models = _models.Clear();
        await StopAsync(models.Values.SelectMany(m => m.Versions).Select(v => v.Served)).ConfigureAwait(false);
        _changes.Dispose();
    }

    private static IEnumerable<ModelStatus> Statuses(ModelEntry model) =>
        model.Versions.Count == 0
            ? [new ModelStatus(model.Name, "", false, model.Reason ?? "")]
            : model.Versions.Select(v => new ModelStatus(model.Name, v.Text, v.Served is not null, model.Reason ?? v.Reason ?? v.Served?.Note ?? ""));

    private ModelEntry Entry(string name) => _models.GetValueOrDefault(name) ?? throw NotFound(name);

    private static InferenceException NotFound(string name) => new(InferenceFailure.NotFound, $"there is no model \"{(name.Length <= 128 ? name : $"{name[..128]}…")}\"");

    private async Task ScanLockedAsync(CancellationToken cancellation)
    {
        List<ModelFolder> folders;
        try
        {
            folders = [.. ModelFolder.All(_options.Repository!)];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            if (_reason != exception.Message) LogUnreadable(_options.Repository!, exception.Message);
            _reason = exception.Message;
            return;
        }
        if (folders.Count > _options.MaxModels)
        {
            LogTooMany(folders.Count, _options.MaxModels);
            folders.RemoveRange(_options.MaxModels, folders.Count - _options.MaxModels);
        }
        foreach (var folder in folders)
        {
            cancellation.ThrowIfCancellationRequested();
            var before = _models.GetValueOrDefault(folder.Name);
            if (before is null || (!before.IsUnloaded && HasChanged(folder, before))) await ReplaceAsync(folder, before, anew: false).ConfigureAwait(false);
        }
        foreach (var (name, entry) in _models)
        {
            if (folders.Any(folder => folder.Name == name)) continue;
            _models = _models.Remove(name);
            await StopAsync(entry.Versions.Select(v => v.Served)).ConfigureAwait(false);
            LogUnloaded(name);
        }
        _reason = null;
    }

    /// <summary>Versions that the settings do not choose have no entry, so what is compared is what they had to choose from.</summary>
    private static bool HasChanged(ModelFolder folder, ModelEntry before) => before.Stamp != StampOf(folder);

    private static string StampOf(ModelFolder folder) => $"{folder.Stamp}/{string.Join('/', folder.Versions)}";

    private async Task<ModelEntry> ReplaceAsync(ModelFolder folder, ModelEntry? before, bool anew)
    {
        ModelEntry entry;
        try
        {
            // Changed settings are every version's.
            var fresh = anew || before is null || before.IsUnloaded || !before.Stamp.StartsWith($"{folder.Stamp}/", StringComparison.Ordinal);
            var settings = SettingsFiles.Read(folder.Path);
            var chosen = settings.Versions.Choose(folder.Versions.Select(v => v.Version)).ToHashSet();
            var versions = new List<VersionEntry>();
            foreach (var (version, stamp) in folder.Versions.Where(v => chosen.Contains(v.Version)))
            {
                var old = before?.Versions.FirstOrDefault(v => v.Version == version);
                versions.Add(!fresh && old?.Stamp == stamp ? old : await LoadVersionAsync(folder, version, stamp, settings, old).ConfigureAwait(false));
            }
            entry = new ModelEntry(folder.Name, StampOf(folder), versions, versions.Count > 0 ? null : "there is no version of it: a folder named by a number, with a file model.onnx", IsUnloaded: false);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            LogFailed(folder.Name, "*", exception.Message, Unforeseen(exception));
            // Settings that cannot be read take nothing away that is served.
            entry = new ModelEntry(folder.Name, StampOf(folder), before?.Versions ?? [], exception.Message, IsUnloaded: false);
        }
        _models = _models.SetItem(folder.Name, entry);
        await StopAsync(before?.Versions.Select(v => v.Served).Where(old => entry.Versions.All(v => v.Served != old)) ?? []).ConfigureAwait(false);
        return entry;
    }

    private async Task<VersionEntry> LoadVersionAsync(ModelFolder folder, long version, string stamp, ModelSettings settings, VersionEntry? before)
    {
        try
        {
            var file = folder.FileOf(version);
            if (!File.Exists(file)) throw new InferenceException(InferenceFailure.Unavailable, $"there is no file {ModelFolder.ModelFile}");
            var served = await Task.Run(() => ServedModel.Load(folder.Name, version, file, settings, metrics, time)).ConfigureAwait(false);
            LogLoaded(folder.Name, served.Version, served.Merges ? "merged" : "one by one", served.Note ?? "");
            return new VersionEntry(version, stamp, served, null);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // Also what nobody foresaw of a file or of the runtime: it is this version's reason, and costs the others nothing.
            LogFailed(folder.Name, version.ToString(System.Globalization.CultureInfo.InvariantCulture), exception.Message, Unforeseen(exception));
            return new VersionEntry(version, stamp, before?.Served, exception.Message);
        }
    }

    /// <summary>What has no words of ours is logged with the place it came from.</summary>
    private static Exception? Unforeseen(Exception exception) => exception is InferenceException ? null : exception;

    private static async Task StopAsync(IEnumerable<ServedModel?> models)
    {
        foreach (var model in models)
        {
            if (model is not null) await model.DisposeAsync().ConfigureAwait(false);
        }
    }

    [LoggerMessage(LogLevel.Information, "Model {Model} version {Version} is served; requests are run {Mode}. {Note}")]
    private partial void LogLoaded(string model, string version, string mode, string note);

    [LoggerMessage(LogLevel.Warning, "Model {Model} version {Version} cannot be served: {Reason}")]
    private partial void LogFailed(string model, string version, string reason, Exception? exception);

    [LoggerMessage(LogLevel.Information, "Model {Model} is not served any more")]
    private partial void LogUnloaded(string model);

    [LoggerMessage(LogLevel.Error, "The model repository {Folder} cannot be read: {Reason}")]
    private partial void LogUnreadable(string folder, string reason);

    [LoggerMessage(LogLevel.Error, "The model repository {Folder} could not be looked through; it is tried again")]
    private partial void LogScanFailed(string folder, Exception exception);

    [LoggerMessage(LogLevel.Error, "The model repository has {Count} models, of which {Max} are served")]
    private partial void LogTooMany(int count, int max);
}
