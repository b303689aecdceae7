using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace FleetMonitor.Testing;

/// <summary>A program that runs beside the tests, whose output is kept.</summary>
/// <remarks>It is killed with its children when it is disposed, or when the tests end in whatever way they can notice.</remarks>
public sealed class ChildProcess : IAsyncDisposable
{
    private static readonly ConcurrentDictionary<int, Process> Running = new();

    private readonly Process _process;
    private readonly Task _drained;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _errors = new();

    static ChildProcess() => AppDomain.CurrentDomain.ProcessExit += (_, _) =>
    {
        foreach (var process in Running.Values) KillWithChildren(process);
    };

    private ChildProcess(Process process)
    {
        _process = process;
        Running[process.Id] = process;
        _drained = Task.WhenAll(DrainAsync(process.StandardOutput, _output), DrainAsync(process.StandardError, _errors));
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public string Output => Read(_output);

    public string Errors => Read(_errors);

    /// <summary>What it said so far, for the message of a failed test.</summary>
    public string Said => $"--- {_process.StartInfo.FileName} {string.Join(' ', _process.StartInfo.ArgumentList)}\n--- stdout\n{Output}\n--- stderr\n{Errors}";

    /// <summary>The program's path, where PATH has it; skips the test where not.</summary>
    public static string Require(string program)
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        var found = folders.Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
        Skip.If(found is null, $"{program} is not on this machine.");
        return found!;
    }

    public static ChildProcess Start(string file, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, string? folder = null)
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = folder ?? "",
        };
        // Nothing of this machine's or the test runner's settings may reach the programs.
        foreach (var name in start.Environment.Keys.Where(IsSetting).ToArray()) start.Environment.Remove(name);
        foreach (var (name, value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;
        var process = Process.Start(start) ?? throw new InvalidOperationException($"{file} did not start.");
        process.StandardInput.Close();
        return new ChildProcess(process);
    }

    /// <summary>Runs a program to its end.</summary>
    public static async Task<Ended> RunAsync(string file, IEnumerable<string> arguments, TimeSpan deadline, string? folder = null)
    {
        await using var process = Start(file, arguments, folder: folder);
        return await process.EndAsync(deadline);
    }

    /// <summary>Waits for its end by itself.</summary>
    public async Task<Ended> EndAsync(TimeSpan deadline)
    {
        using var limit = new CancellationTokenSource(deadline);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
            await _drained.WaitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"It did not end within {deadline}.\n{Said}");
        }
        return new Ended(_process.ExitCode, Output, Errors);
    }

    /// <summary>SIGKILL: no handler, no flush, no goodbye.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGTERM: it may finish what it is doing.</summary>
    public void Terminate() => Signal("TERM");

    /// <summary>SIGSTOP: it stands still and does not know it, until <see cref="Resume"/>.</summary>
    public void Pause() => Signal("STOP");

    public void Resume() => Signal("CONT");

    /// <param name="name">Without SIG: <c>TERM</c>, <c>INT</c>.</param>
    public void Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    public async ValueTask DisposeAsync()
    {
        KillWithChildren(_process);
        await _process.WaitForExitAsync();
        Running.TryRemove(_process.Id, out _);
        _process.Dispose();
    }

    private static bool IsSetting(string name) =>
        name.StartsWith("ASPNETCORE_", StringComparison.OrdinalIgnoreCase) || name.StartsWith("FLEETMONITOR_", StringComparison.OrdinalIgnoreCase)
        || name is "DOTNET_ENVIRONMENT" or "DOTNET_URLS";

    private static void KillWithChildren(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception exception) when (exception is InvalidOperationException or Win32Exception)
        {
            // It ended in the meantime.
        }
    }

    private static async Task DrainAsync(StreamReader reader, StringBuilder text)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            lock (text) text.AppendLine(line);
        }
    }

    private static string Read(StringBuilder text)
    {
        lock (text) return text.ToString();
    }
}

/// <summary>How a program ended, and all that it said.</summary>
public sealed record Ended(int ExitCode, string Output, string Errors)
{
    public override string ToString() => $"exit code {ExitCode}\n--- stdout\n{Output}\n--- stderr\n{Errors}";
}
