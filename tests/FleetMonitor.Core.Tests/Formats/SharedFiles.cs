using System.IO.Compression;
using Xunit;

namespace FleetMonitor.Core.Tests.Formats;

/// <summary>Real data that lies beside the repository, not in it: the folder of FLEETMONITOR_SHARED, or a folder 'shared' beside a folder above.</summary>
internal static class SharedFiles
{
    /// <summary>Opens a gzipped file; skips the test where it is not there.</summary>
    public static Stream OpenGzip(string path)
    {
        var root = Root();
        Skip.If(root is null, "no folder 'shared' beside the repository, and FLEETMONITOR_SHARED is not set");
        var file = Path.Combine(root!, path);
        Skip.IfNot(File.Exists(file), $"{file} is not there");
        return new GZipStream(File.OpenRead(file), CompressionMode.Decompress);
    }

    private static string? Root()
    {
        if (Environment.GetEnvironmentVariable("FLEETMONITOR_SHARED") is { Length: > 0 } named) return named;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var shared = Path.Combine(folder.FullName, "..", "shared");
            if (Directory.Exists(shared)) return shared;
        }
        return null;
    }
}
