using System.Text.Json;

namespace FleetMonitor.Deploy.Tests.Image;

/// <summary>deploy/Dockerfile as lines, those that go on joined.</summary>
internal static class Dockerfile
{
    public static IReadOnlyList<string> Lines { get; } =
    [
        .. File.ReadAllText(Path.Combine(Repository.Root, "deploy", "Dockerfile")).Replace("\\\n", " ", StringComparison.Ordinal)
            .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Where(line => line[0] != '#'),
    ];

    /// <summary>The stage that becomes the image.</summary>
    public static IReadOnlyList<string> LastStage { get; } = [.. Lines.Skip(Lines.Select((line, i) => (line, i)).Last(at => at.line.StartsWith("FROM ", StringComparison.Ordinal)).i)];

    /// <summary>What a container runs before its arguments.</summary>
    public static string[] Entrypoint { get; } = JsonSerializer.Deserialize<string[]>(Last("ENTRYPOINT"))!;

    public static string Last(string instruction) => LastStage.Last(line => line.StartsWith($"{instruction} ", StringComparison.Ordinal))[(instruction.Length + 1)..];

    /// <summary>The build's output, in whose place the image has /app.</summary>
    public static string App { get; } = Path.Combine(Repository.Root, "deploy", "image", "bin", Configuration, "net10.0");

    private static string Configuration => new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar)).Parent!.Name;

    /// <summary>A path of the image, on this machine.</summary>
    public static string Here(string path) => path.StartsWith("/app/", StringComparison.Ordinal) ? Path.Combine(App, path[5..]) : path;
}
