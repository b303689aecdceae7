using System.Text;
using System.Text.Json;

namespace FleetMonitor.Cli.Tests;

/// <summary>Runs the command line in-process, in a folder of its own.</summary>
internal sealed class Cli : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fleetmonitor-cli-");

    public Func<HttpMessageHandler>? Handler { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public int Width { get; init; } = 160;

    public bool Interactive { get; init; }

    public string PathOf(string name) => Path.Combine(_folder.FullName, name);

    /// <summary>Writes a file and gives its path.</summary>
    public string Write(string name, string content) => Write(name, Encoding.UTF8.GetBytes(content));

    public string Write(string name, byte[] content)
    {
        File.WriteAllBytes(PathOf(name), content);
        return PathOf(name);
    }

    public Task<CliResult> RunAsync(params string[] args) => RunAsync(Stream.Null, args);

    public async Task<CliResult> RunAsync(Stream input, params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var terminal = new Terminal { Out = output, Error = error, OpenInput = () => input, Handler = Handler, Time = Time, Width = Width, Interactive = Interactive };
        var exitCode = await CommandLine.RunAsync(args, terminal);
        return new CliResult(exitCode, output.ToString(), error.ToString());
    }

    /// <summary>Replays and reads the report. The command must end well, and its report must hold no number that JSON does not have.</summary>
    public async Task<JsonElement> ReplayAsync(Stream input, params string[] args)
    {
        var result = await RunAsync(input, ["replay", .. args, "--json", PathOf("report.json")]);
        Assert.True(result.ExitCode == 0, result.Error);
        using var document = JsonDocument.Parse(await File.ReadAllBytesAsync(PathOf("report.json")));
        Assert.DoesNotContain("NaN", result.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("∞", result.Out, StringComparison.Ordinal);
        return document.RootElement.Clone();
    }

    public Task<JsonElement> ReplayAsync(params string[] args) => ReplayAsync(Stream.Null, args);

    public void Dispose() => _folder.Delete(recursive: true);
}

internal sealed record CliResult(int ExitCode, string Out, string Error);
