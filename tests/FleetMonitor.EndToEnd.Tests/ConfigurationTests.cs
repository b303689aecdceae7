using System.Text.RegularExpressions;

namespace FleetMonitor.EndToEnd.Tests;

/// <summary>What the processes say of their configuration, and what docs/configuration.md says of it.</summary>
[Collection(nameof(Servers))]
public sealed partial class ConfigurationTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task PrintConfig_WithSecretsAndOthers_ShowsAllButSecretsAndStartsNothing()
    {
        var printed = await PrintAsync(Repository.SiloDll, "--FleetMonitor:Storage:Postgres:ConnectionString", "Host=h;Password=hush", "--FleetMonitor:Api:MaxBatchItems", "7");
        Assert.DoesNotContain("hush", printed, StringComparison.Ordinal);
        Assert.Contains("FleetMonitor:Storage:Postgres:ConnectionString = (set, not shown)", printed, StringComparison.Ordinal);
        Assert.Contains("FleetMonitor:Api:MaxBatchItems = 7    (default: 10000)\n", printed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_WithOptions_SaysWhichAreNotTheDefaults()
    {
        using var site = new SiloSite();
        await using var silo = await site.StartAsync("--FleetMonitor:Telemetry:Otlp:Headers", "authorization=hush");
        Assert.Contains($"FleetMonitor:Storage:Path={site.Database}", silo.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("hush", silo.Output, StringComparison.Ordinal);
    }

    /// <summary>A row an option, with its default; none for what is no option.</summary>
    [Fact]
    public async Task Documentation_HasEveryOptionWithItsDefault()
    {
        var printed = (await PrintAsync(Repository.SiloDll) + await PrintAsync(Repository.ApiDll)).Split('\n').Where(line => line.StartsWith("FleetMonitor:", StringComparison.Ordinal)).Distinct();
        // What this repository's own appsettings.json says is the default all the same.
        var options = printed.Select(line => Option().Match(line)).ToDictionary(match => match.Groups["key"].Value, match => match.Groups["default"].Success ? match.Groups["default"].Value : match.Groups["value"].Value);
        var rows = Row().Matches(await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "configuration.md"))).ToDictionary(match => match.Groups["key"].Value, match => match.Groups["default"].Value);
        Assert.Equal("", string.Join('\n', options.Where(option => !rows.ContainsKey(option.Key)).Select(option => $"not in docs/configuration.md: {option.Key} {option.Value}")));
        Assert.Equal("", string.Join('\n', rows.Keys.Where(key => !options.ContainsKey(key)).Select(key => $"in docs/configuration.md, but no option: {key}")));
        Assert.Equal("", string.Join('\n', options.Where(option => rows[option.Key] != option.Value).Select(option => $"{option.Key} is {option.Value} by default, not {rows[option.Key]}")));
    }

    private static async Task<string> PrintAsync(string program, params string[] options)
    {
        var ended = await ChildProcess.RunAsync("dotnet", [program, "--contentRoot", Path.GetDirectoryName(program)!, .. options, "--print-config"], Deadline);
        Assert.True(ended.ExitCode == 0, ended.ToString());
        return ended.Output;
    }

    [GeneratedRegex(@"^(?<key>\S+) = (?<value>.*?)(    \(default: (?<default>.*)\))?$")]
    private static partial Regex Option();

    [GeneratedRegex(@"^\| `(?<key>FleetMonitor:[A-Za-z:]+)` \| (`(?<default>[^`]*)`)? *\|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
