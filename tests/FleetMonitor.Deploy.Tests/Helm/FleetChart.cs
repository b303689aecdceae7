using System.Collections.Concurrent;

namespace FleetMonitor.Deploy.Tests.Helm;

/// <summary>The chart, linted and rendered.</summary>
internal static class FleetChart
{
    public const string Release = "fleet";
    public const string Namespace = "prod";

    /// <summary>What the release's objects are called.</summary>
    public const string Fullname = "fleet-fleet-monitor";

    private static readonly ConcurrentDictionary<string, Lazy<Task<Manifests>>> Rendered = new(StringComparer.Ordinal);

    public static string Folder { get; } = Path.Combine(Repository.Root, "deploy", "helm", "fleet-monitor");

    public static Task<Ended> LintAsync(params string[] values) => HelmProgram.RunAsync(["lint", "--strict", Folder, .. values]);

    /// <summary>What helm renders, once for each set of values.</summary>
    /// <param name="values">As on the command line: <c>--set silo.replicas=5</c>, <c>-f FILE</c>.</param>
    public static Task<Manifests> RenderAsync(params string[] values) =>
        Rendered.GetOrAdd(string.Join('\n', values), _ => new Lazy<Task<Manifests>>(() => RenderOnceAsync(values))).Value;

    /// <summary>What helm says of values that it must refuse.</summary>
    public static async Task<string> RefusalAsync(params string[] values)
    {
        var ended = await TemplateAsync(values);
        Assert.True(ended.ExitCode != 0, $"These values were taken: {string.Join(' ', values)}");
        return ended.Errors;
    }

    /// <summary>One of the files in ci/.</summary>
    public static string[] Example(string name) => ["-f", Path.Combine(Folder, "ci", $"{name}-values.yaml")];

    private static async Task<Manifests> RenderOnceAsync(string[] values)
    {
        var ended = await TemplateAsync(values);
        Assert.True(ended.ExitCode == 0, ended.ToString());
        return Manifests.Parse(ended.Output);
    }

    private static Task<Ended> TemplateAsync(string[] values) => HelmProgram.RunAsync(["template", Release, Folder, "--namespace", Namespace, .. values]);
}
