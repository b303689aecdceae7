using System.Collections.Concurrent;
using FleetMonitor.Specs;

namespace FleetMonitor.Grains.Specs;

/// <summary>What this silo has read from its folder of specs, and which of them it could not apply. Thread-safe.</summary>
public sealed class SpecBoard
{
    private sealed record Reading(SpecFolder Folder, DateTimeOffset Read, string? Obstacle);

    private readonly ConcurrentDictionary<string, string> _failures = new(StringComparer.Ordinal);
    private volatile Reading? _reading;

    /// <summary>Null before the first look, and without a folder.</summary>
    public SpecFolder? Folder => _reading?.Folder;

    public DateTimeOffset? Read => _reading?.Read;

    /// <summary>Why the folder cannot be read, for a person; null when it can.</summary>
    public string? Obstacle => _reading?.Obstacle;

    /// <summary>Files that are left out.</summary>
    public int InvalidFiles => _reading?.Folder.InvalidFiles ?? 0;

    /// <summary>Models whose spec stands.</summary>
    public int Models => _reading?.Folder.Documents.Count ?? 0;

    /// <summary>Why a model's spec could not be applied; null when it could.</summary>
    public string? FailureOf(string model) => _failures.GetValueOrDefault(model);

    internal void Put(SpecFolder folder, DateTimeOffset now, string? obstacle = null)
    {
        _failures.Clear();
        _reading = new Reading(folder, now, obstacle);
    }

    internal void Applied(string model) => _failures.TryRemove(model, out _);

    internal void Failed(string model, string reason) => _failures[model] = reason;
}
