using System.Text.Json;

namespace FleetMonitor.Cli.Tests;

/// <summary>The real data sets and the numbers that other libraries computed from them: beside the repository, or at FLEETMONITOR_SHARED.</summary>
internal static class SharedData
{
    private static readonly string? Folder = Find();

    /// <summary>The path of a shared file; skips the test where there is no shared data.</summary>
    public static string PathOf(string room, string file)
    {
        Skip.If(Folder is null, "No shared data: set FLEETMONITOR_SHARED, or put a folder 'shared' beside the repository.");
        return Path.Combine(Folder!, room, file);
    }

    public static JsonElement Reference(string name)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(PathOf("reference", name)));
        return document.RootElement.Clone();
    }

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("FLEETMONITOR_SHARED") is { Length: > 0 } configured) return Directory.Exists(configured) ? configured : null;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "shared");
            if (Directory.Exists(Path.Combine(candidate, "reference"))) return candidate;
        }
        return null;
    }
}
