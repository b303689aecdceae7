using System.Globalization;
using System.Text.Json;
using FleetMonitor.Api.Logging;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace FleetMonitor.Observability.Tests.Logs;

public sealed class LogLineTests
{
    /// <summary>A value that no log may repeat.</summary>
    private const string Secret = "998877.665";

    [SkippableFact]
    public async Task Lines_OfASiloThatServes_AreWholeAndValidAgainstTheSchema()
    {
        var fields = Yaml.Read(Repository.Shared("schemas", "ecs-8.11", "ecs_flat.yml")).Members.ToDictionary(m => m.Name, m => m.Value["type"].Text, StringComparer.Ordinal);
        using var site = new SiloSite();
        await using var silo = await site.StartAsync("--Logging:Console:FormatterName", "ecs", "--Logging:LogLevel:Microsoft.AspNetCore", "Information", "--FleetMonitor:Models:Tick", "00:00:01");
        await site.Http.PutAsync("v1/models/logged", """{"task":"regression","team":"t"}""");
        await site.Http.PostAsync("v1/models/logged/predictions", """[{"prediction":1,"features":{"amount":SECRET}}]""".Replace("SECRET", Secret, StringComparison.Ordinal));
        using (var refused = await site.Http.PostAsync(new Uri("v1/models/logged/predictions", UriKind.Relative), new StringContent("""[{"features":{"amount":SECRET}}]""".Replace("SECRET", Secret, StringComparison.Ordinal)))) Assert.False(refused.IsSuccessStatusCode);
        await Wait.UntilAsync(() => silo.Output.Contains("\"model\":\"logged\"", StringComparison.Ordinal), TimeSpan.FromSeconds(30), () => $"a line about the model.\n{silo.Said}");

        var lines = silo.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToList();

        Assert.InRange(lines.Count, 4, 10_000);
        foreach (var line in lines)
        {
            foreach (var (name, value) in line.EnumerateObject().SelectMany(Flatten)) Assert.True(IsOfType(fields, name, value), $"{name}: {value.GetRawText()} in {line}");
            foreach (var required in (string[])["@timestamp", "message", "ecs.version", "log.level", "event.dataset", "service.name"]) Assert.True(line.TryGetProperty(required, out _), $"no {required} in {line}");
        }
        Assert.Contains(lines, line => line.TryGetProperty("trace.id", out var trace) && trace.GetString()!.Length == 32 && line.TryGetProperty("span.id", out _));
        Assert.DoesNotContain(Secret, silo.Output, StringComparison.Ordinal);
    }

    /// <summary>An error with another inside, and one that comes without words.</summary>
    [SkippableFact]
    public void Lines_OfErrors_AreValidAgainstTheSchema()
    {
        var fields = Yaml.Read(Repository.Shared("schemas", "ecs-8.11", "ecs_flat.yml")).Members.ToDictionary(m => m.Name, m => m.Value["type"].Text,
            StringComparer.Ordinal);
        var services = new ServiceCollection();
        services.AddOptions<EcsFormatterOptions>();
        using var provider = services.BuildServiceProvider();
        var formatter = new EcsFormatter(provider.GetRequiredService<IOptionsMonitor<EcsFormatterOptions>>(), TimeProvider.System);
        foreach (var message in (string?[])["it failed", null])
        {
            using var text = new StringWriter();
            var failure = new InvalidOperationException("outer", new IOException("inner\nline"));
            formatter.Write(new LogEntry<string>(LogLevel.Critical, "Category", new EventId(7, "Failed"), "", failure, (_, _) => message!), null, text);
            var line = JsonDocument.Parse(text.ToString()).RootElement;
            foreach (var (name, value) in line.EnumerateObject().SelectMany(Flatten)) Assert.True(IsOfType(fields, name, value),
                $"{name}: {value.GetRawText()}");
            Assert.Equal(message ?? "outer", line.GetProperty("message").GetString());
            Assert.Equal("System.InvalidOperationException", line.GetProperty("error.type").GetString());
            Assert.Contains("inner", line.GetProperty("error.stack_trace").GetString(), StringComparison.Ordinal);
            Assert.Equal("fatal", line.GetProperty("log.level").GetString());
        }
    }

    private static IEnumerable<(string Name, JsonElement Value)> Flatten(JsonProperty member) => member.Name == "labels"
        ? [(member.Name, member.Value)]
        : member.Value.ValueKind == JsonValueKind.Object ? member.Value.EnumerateObject().SelectMany(inner => Flatten(inner)).Select(inner => ($"{member.Name}.{inner.Name}", inner.Value)) : [(member.Name, member.Value)];

    private static bool IsOfType(Dictionary<string, string> fields, string name, JsonElement value) => fields.GetValueOrDefault(name) switch
    {
        "keyword" or "wildcard" or "match_only_text" or "constant_keyword" => value.ValueKind == JsonValueKind.String,
        "date" => DateTimeOffset.TryParse(value.GetString(), CultureInfo.InvariantCulture, out _),
        "long" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
        // Labels are keywords one level deep.
        "object" => value.ValueKind == JsonValueKind.Object && value.EnumerateObject().All(label => label.Value.ValueKind == JsonValueKind.String),
        _ => false,
    };
}
