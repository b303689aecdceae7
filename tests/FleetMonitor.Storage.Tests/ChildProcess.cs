using System.Diagnostics;
using FleetMonitor.Storage.Tests.Writer;

namespace FleetMonitor.Storage.Tests;

/// <summary>The writer of the tests in a process of its own.</summary>
internal static class ChildProcess
{
    private static readonly string Program = typeof(StorageWriter).Assembly.Location;

    public static Process Start(params string[] arguments) => Launch("dotnet", [Program, .. arguments]);

    /// <summary>Runs the writer behind a shell script (which gets the writer's command line as <c>"$@"</c>) in a mount namespace of its own.</summary>
    /// <returns>What it printed, line by line.</returns>
    public static async Task<string[]> RunInOwnMountsAsync(string script, params string[] arguments)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "needs Linux mount namespaces");
        using var probe = Launch("unshare", ["--mount", "--map-root-user", "sh", "-c", "mount -t tmpfs tmpfs /mnt"]);
        await probe.WaitForExitAsync();
        Skip.IfNot(probe.ExitCode == 0, "needs a kernel and a user that may make mount namespaces");

        using var child = Launch("unshare", ["--mount", "--map-root-user", "sh", "-ec", script, "sh", "dotnet", Program, .. arguments]);
        var errors = child.StandardError.ReadToEndAsync();
        var output = await child.StandardOutput.ReadToEndAsync();
        await child.WaitForExitAsync();
        Assert.True(child.ExitCode == 0, output + await errors);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static Process Launch(string file, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(file) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new SkipException($"{file} cannot be run: {e.Message}");
        }
    }
}
