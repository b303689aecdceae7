namespace FleetMonitor.EndToEnd.Tests.Grpc;

/// <summary>Python's own gRPC (grpcio, over the C core) as a client: nothing of it was written here.</summary>
internal static class PythonGrpc
{
    /// <summary>The interpreter that Debian's packages are for.</summary>
    private const string Interpreter = "/usr/bin/python3";

    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(4);

    /// <summary>Runs a script of this folder to its end and gives what it printed; skips the test where Python has no gRPC.</summary>
    public static async Task<string> RunAsync(string script, string first, params IEnumerable<string> others)
    {
        await using var process = await StartAsync(script, first, others);
        return await EndAsync(process);
    }

    /// <summary>Starts a script of this folder; skips the test where Python has no gRPC.</summary>
    public static async Task<ChildProcess> StartAsync(string script, string first, params IEnumerable<string> others)
    {
        Skip.IfNot(File.Exists(Interpreter), "Python is not on this machine.");
        var probe = await ChildProcess.RunAsync(Interpreter, ["-c", "import grpc, google.protobuf"], Deadline);
        Skip.If(probe.ExitCode != 0, "python3-grpcio is not on this machine.");
        return ChildProcess.Start(Interpreter, ["-B", Path.Combine(Repository.Root, "tests", "FleetMonitor.EndToEnd.Tests", "Grpc", script), first, .. others]);
    }

    public static async Task<string> EndAsync(ChildProcess process)
    {
        var ended = await process.EndAsync(Deadline);
        Assert.True(ended.ExitCode == 0, ended.ToString());
        return ended.Output;
    }
}
