namespace FleetMonitor.EndToEnd.Tests;

/// <summary>
/// Clients from npm, each driven by a script in the folder Node. Their versions are locked there; they are installed for the first test that asks.
/// </summary>
internal static class NodeClient
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(3);
    private static readonly string Folder = Path.Combine(Repository.Root, "tests", "FleetMonitor.EndToEnd.Tests", "Node");
    private static readonly Lazy<Task> Installed = new(InstallAsync);

    /// <summary>Runs a script to its end and gives what it printed; skips the test where there is no Node.</summary>
    public static async Task<string> RunAsync(string script, params string[] arguments)
    {
        var node = ChildProcess.Require("node");
        ChildProcess.Require("npm");
        await Installed.Value;
        var ended = await ChildProcess.RunAsync(node, [Path.Combine(Folder, script), .. arguments], Deadline);
        Assert.True(ended.ExitCode == 0, ended.ToString());
        return ended.Output;
    }

    private static async Task InstallAsync()
    {
        // npm keeps a copy of the lock file of what it installed.
        var installed = new FileInfo(Path.Combine(Folder, "node_modules", ".package-lock.json"));
        if (installed.Exists && installed.LastWriteTimeUtc >= File.GetLastWriteTimeUtc(Path.Combine(Folder, "package-lock.json"))) return;
        var ended = await ChildProcess.RunAsync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"], Deadline, Folder);
        Assert.True(ended.ExitCode == 0, ended.ToString());
    }
}
