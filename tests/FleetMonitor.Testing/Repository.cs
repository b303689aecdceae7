namespace FleetMonitor.Testing;

/// <summary>Where the programs under test were built, and where shared data lies.</summary>
public static class Repository
{
    private static readonly DirectoryInfo Output = new(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));

    /// <summary>The repository's root, which holds the solution.</summary>
    public static string Root { get; } = Above(Output);

    public static string SiloFolder { get; } = BuildOf("silo");

    public static string SiloDll { get; } = Path.Combine(SiloFolder, "FleetMonitor.Silo.dll");

    /// <summary>The gateway's program.</summary>
    public static string ApiDll { get; } = Path.Combine(BuildOf("api"), "FleetMonitor.Api.dll");

    public static string CliDll { get; } = Path.Combine(BuildOf("cli"), "fleetmonitor.dll");

    public static string ClientExampleDll { get; } = Path.Combine(BuildOf(Path.Combine("clients", "examples", "dotnet")), "FleetMonitor.Client.Example.dll");

    /// <summary>A file of the shared data; skips the test where there is none.</summary>
    public static string Shared(params string[] path)
    {
        var folder = Environment.GetEnvironmentVariable("FLEETMONITOR_SHARED") is { Length: > 0 } configured ? configured : Path.Combine(Root, "..", "shared");
        var file = Path.GetFullPath(Path.Combine([folder, .. path]));
        Skip.IfNot(File.Exists(file), "No shared data: set FLEETMONITOR_SHARED, or put a folder 'shared' beside the repository.");
        return file;
    }

    private static string Above(DirectoryInfo folder) => File.Exists(Path.Combine(folder.FullName, "FleetMonitor.sln")) ? folder.FullName : Above(folder.Parent!);

    private static string BuildOf(string room) => Path.Combine(Root, room, "bin", Output.Parent!.Name, Output.Name);
}
