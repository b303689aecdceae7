namespace FleetMonitor.Observability.Tests.Logs;

public sealed class LogstashTests
{
    private static readonly string Pipeline = File.ReadAllText(Path.Combine(Repository.Root, "logs", "logstash", "pipeline", "fleetmonitor.conf"));

    /// <summary>The plugins that the pipeline may use, and their settings by Logstash's reference (8.11), as far as they are used.</summary>
    private static readonly Dictionary<string, string[]> Known = new(StringComparer.Ordinal)
    {
        ["input beats"] = ["port"],
        ["filter json"] = ["source", "target", "tag_on_failure"],
        ["filter ruby"] = ["code", "tag_on_exception"],
        ["filter date"] = ["match"],
        ["filter mutate"] = ["replace", "add_field", "remove_field"],
        ["output elasticsearch"] = ["hosts", "user", "password", "data_stream", "data_stream_type", "data_stream_dataset", "data_stream_namespace"],
    };

    [Fact]
    public void Pipeline_ByTheLanguageOfPipelines_IsWhole()
    {
        var plugins = LogstashConfig.Parse(Pipeline);

        Assert.Equal(["input", "filter", "output"], plugins.Select(p => p.Section).Distinct());
        Assert.Equal(9, plugins.Count);
        foreach (var plugin in plugins)
        {
            Assert.True(Known.TryGetValue($"{plugin.Section} {plugin.Name}", out var settings), $"{plugin.Section} has no plugin {plugin.Name}");
            Assert.Empty(plugin.Settings.Except(settings!));
            Assert.Equal(plugin.Settings.Count, plugin.Settings.Distinct().Count());
        }
    }

    [Theory]
    [InlineData("filter { if [a] == 1 and ![b] or ([c][d] not in [\"x\", 2]) { drop { } } else if [e] =~ /^a\\/b$/ { drop {} } else { drop {} } }", 3)]
    [InlineData("input { stdin { codec => json { charset => \"UTF-8\" } } } # and that is all", 2)]
    [InlineData("output { stdout { hash => { \"a\" => 1 b => [ 'x', \"y\" ] } empty => [] flag => true negative => -1.5 } }", 1)]
    public void Parse_OfWhatTheLanguageAllows_FindsThePlugins(string text, int plugins) => Assert.Equal(plugins, LogstashConfig.Parse(text).Count);

    [Theory]
    [InlineData("filter { mutate { replace => { \"a\" => 1, \"b\" => 2 } } }")]
    [InlineData("filter { mutate { replace = { \"a\" => 1 } } }")]
    [InlineData("filter { mutate { a => 1 }")]
    [InlineData("filter { mutate { a => \"1 } }")]
    [InlineData("filter { else { drop {} } }")]
    [InlineData("filter { if { drop {} } }")]
    [InlineData("filter { if [a] == { drop {} } }")]
    [InlineData("filter { if [a] not [b] { drop {} } }")]
    [InlineData("filter { if [a { drop {} } }")]
    [InlineData("filters { drop {} }")]
    [InlineData("filter { drop }")]
    [InlineData("filter { mutate { a => [1, 2 } }")]
    public void Parse_OfWhatItDoesNot_SaysWhere(string text) => Assert.StartsWith("line 1, column ",
        Assert.Throws<FormatException>(() => LogstashConfig.Parse(text)).Message, StringComparison.Ordinal);

    /// <summary>Every brace, bracket, arrow and quote of the pipeline matters: without any one of them it is refused.</summary>
    [Theory]
    [InlineData("{")]
    [InlineData("}")]
    [InlineData("=>")]
    public void Pipeline_WithoutOneOfItsSigns_IsRefused(string sign)
    {
        var ruby = Pipeline.IndexOf("code => '", StringComparison.Ordinal) + "code => '".Length;
        var rubyEnd = Pipeline.IndexOf('\'', ruby);
        var missing = 0;
        for (var at = Pipeline.IndexOf(sign, StringComparison.Ordinal); at >= 0; at = Pipeline.IndexOf(sign, at + 1, StringComparison.Ordinal))
        {
            if ((at >= ruby && at < rubyEnd) || Pipeline[..at].EndsWith('$') || IsInText(at)) continue;
            missing++;
            Assert.Throws<FormatException>(() => LogstashConfig.Parse(Pipeline.Remove(at, sign.Length)));
        }
        Assert.InRange(missing, 10, 100);
    }

    private static bool IsInText(int at)
    {
        var line = Pipeline[(Pipeline.LastIndexOf('\n', at) + 1)..at];
        return line.Count(c => c == '"') % 2 == 1;
    }
}
