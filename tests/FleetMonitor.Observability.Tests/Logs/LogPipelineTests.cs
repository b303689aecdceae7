using System.Text.Json;

namespace FleetMonitor.Observability.Tests.Logs;

/// <summary>What of Elasticsearch, Kibana, Filebeat and Logstash can be said without them: their files are whole and agree with each other and with the schema.</summary>
public sealed class LogPipelineTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "logs");

    [SkippableFact]
    public void IndexTemplate_HasTheSchemasTypes()
    {
        var fields = Yaml.Read(Repository.Shared("schemas", "ecs-8.11", "ecs_flat.yml")).Members.ToDictionary(m => m.Name, m => m.Value["type"].Text, StringComparer.Ordinal);
        var mappings = Read("elasticsearch/index-template.json").GetProperty("template").GetProperty("mappings").GetProperty("properties");
        var mapped = Mapped(mappings, "").ToList();

        Assert.InRange(mapped.Count, 12, 100);
        Assert.Empty(mapped.Where(field => !field.Name.StartsWith("labels.", StringComparison.Ordinal) && fields.GetValueOrDefault(field.Name) != field.Type).Select(field => $"{field.Name}: {field.Type}, the schema says {fields.GetValueOrDefault(field.Name)}"));
    }

    [Fact]
    public void IndexTemplate_IsOfTheDataStreamsThatLogstashWrites_AndNamesTheInstalledPolicy()
    {
        var template = Read("elasticsearch/index-template.json");
        Assert.Equal("logs-fleetmonitor*-*", template.GetProperty("index_patterns")[0].GetString());
        Assert.True(template.TryGetProperty("data_stream", out _));
        var pipeline = File.ReadAllText(Path.Combine(Folder, "logstash", "pipeline", "fleetmonitor.conf"));
        Assert.Contains("data_stream_dataset => \"fleetmonitor\"", pipeline, StringComparison.Ordinal);
        Assert.Contains("data_stream_dataset => \"fleetmonitor.unparsed\"", pipeline, StringComparison.Ordinal);
        var install = File.ReadAllText(Path.Combine(Folder, "elasticsearch", "install"));
        Assert.Contains($"_ilm/policy/{template.GetProperty("template").GetProperty("settings").GetProperty("index.lifecycle.name").GetString()} lifecycle.json", install, StringComparison.Ordinal);
        Assert.Equal("30d", Read("elasticsearch/lifecycle.json").GetProperty("policy").GetProperty("phases").GetProperty("delete").GetProperty("min_age").GetString());
        Assert.Equal("persisted", Yaml.Read(Path.Combine(Folder, "logstash", "logstash.yml"))["queue.type"].Text);
    }

    [Fact]
    public void SavedObjects_AreWhole_AndTheModelLeadsToItsDashboard()
    {
        var objects = File.ReadLines(Path.Combine(Folder, "kibana", "saved-objects.ndjson")).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        var view = Assert.Single(objects, o => o.GetProperty("type").GetString() == "index-pattern");
        Assert.Contains("/d/fleetmonitor-model?var-model={{value}}", view.GetProperty("attributes").GetProperty("fieldFormatMap").GetString(), StringComparison.Ordinal);
        foreach (var search in objects.Where(o => o.GetProperty("type").GetString() == "search"))
        {
            Assert.Equal(view.GetProperty("id").GetString(), Assert.Single(search.GetProperty("references").EnumerateArray()).GetProperty("id").GetString());
            JsonDocument.Parse(search.GetProperty("attributes").GetProperty("kibanaSavedObjectMeta").GetProperty("searchSourceJSON").GetString()!);
        }
    }

    [Theory]
    [InlineData("filebeat.container.yml")]
    [InlineData("filebeat.file.yml")]
    public void Filebeat_SendsToLogstashFromADiskQueue(string file)
    {
        var config = Yaml.Read(Path.Combine(Folder, "filebeat", file));
        Assert.Equal("${LOGSTASH_HOST:logstash:5044}", Assert.Single(config["output.logstash"]["hosts"].Items).Text);
        Assert.NotEmpty(config["queue.disk"]["max_size"].Text);
    }

    private static JsonElement Read(string file) => JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder, file))).RootElement;

    private static IEnumerable<(string Name, string Type)> Mapped(JsonElement properties, string prefix) => properties.EnumerateObject().SelectMany(field =>
        field.Value.TryGetProperty("properties", out var inner) ? Mapped(inner, $"{prefix}{field.Name}.") : [($"{prefix}{field.Name}", field.Value.GetProperty("type").GetString()!)]);
}
