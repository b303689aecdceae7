using System.Globalization;

namespace FleetMonitor.Inference.Repository;

/// <summary>A model of the repository and what became of its versions. Immutable; a change replaces it.</summary>
/// <param name="Stamp">Of its settings.</param>
/// <param name="Versions">Those that its settings choose, newest first.</param>
/// <param name="Reason">Why it has no version at all; null when it has one.</param>
/// <param name="IsUnloaded">Whether it was unloaded by command: nobody expects it to be ready.</param>
internal sealed record ModelEntry(string Name, string Stamp, IReadOnlyList<VersionEntry> Versions, string? Reason, bool IsUnloaded)
{
    public bool IsReady => Reason is null && Versions.All(v => v.Served is not null);

    /// <summary>The newest version that answers, or the one asked for.</summary>
    /// <exception cref="InferenceException">There is none.</exception>
    public ServedModel Get(string? version)
    {
        if (string.IsNullOrEmpty(version))
        {
            foreach (var entry in Versions)
            {
                if (entry.Served is { } newest) return newest;
            }
            throw Unavailable(Reason ?? Versions[0].Reason);
        }
        foreach (var entry in Versions)
        {
            if (entry.Text == version) return entry.Served ?? throw Unavailable(entry.Reason);
        }
        throw new InferenceException(InferenceFailure.NotFound, $"there is no version {Shorten(version)} of model \"{Name}\"");
    }

    private InferenceException Unavailable(string? reason) => new(InferenceFailure.Unavailable, $"model \"{Name}\" is not ready: {reason}");

    private static string Shorten(string text) => text.Length <= 40 ? text : $"{text[..40]}…";
}

/// <summary>A version: served, or why not. One whose files changed for the worse is still served, with the reason.</summary>
internal sealed record VersionEntry(long Version, string Stamp, ServedModel? Served, string? Reason)
{
    public string Text { get; } = Version.ToString(CultureInfo.InvariantCulture);
}
