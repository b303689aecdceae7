using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;

namespace FleetMonitor.Observability.Tests.Grafana;

public sealed class DashboardTests
{
    private static readonly string[] Expected = ["fleetmonitor-application", "fleetmonitor-cluster", "fleetmonitor-fleet", "fleetmonitor-infrastructure", "fleetmonitor-model"];

    [Fact]
    public void Dashboards_AreThoseAskedFor_UnderStableUids() => Assert.Equal(Expected, Dashboard.All.Select(d => d.Uid).Order(StringComparer.Ordinal));

    [Fact]
    public void Panels_EachHaveATitleADescriptionAUnitAndAPlaceOfTheirOwn()
    {
        foreach (var dashboard in Dashboard.All)
        {
            var panels = dashboard.Json.GetProperty("panels").EnumerateArray().ToList();
            Assert.Equal(panels.Count, panels.Select(p => p.GetProperty("id").GetInt32()).Distinct().Count());
            foreach (var panel in dashboard.Panels)
            {
                var name = $"{dashboard.Uid}: {panel.GetProperty("title").GetString()}";
                Assert.True(panel.GetProperty("description").GetString() is { Length: > 20 }, $"{name} has no description");
                Assert.True(panel.GetProperty("fieldConfig").GetProperty("defaults").TryGetProperty("unit", out _), $"{name} has no unit");
                Assert.True(panel.GetProperty("fieldConfig").GetProperty("defaults").TryGetProperty("thresholds", out _), $"{name} has no thresholds");
                Assert.NotEmpty(panel.GetProperty("targets").EnumerateArray());
            }
            Assert.Empty(panels.SelectMany(Cells).GroupBy(cell => cell).Where(cell => cell.Count() > 1).Select(cell => $"{dashboard.Uid}: two panels at {cell.Key}"));
        }
    }

    [Fact]
    public void Dashboards_LeadToEachOther()
    {
        foreach (var dashboard in Dashboard.All)
        {
            var linked = dashboard.Json.GetProperty("links").EnumerateArray().Select(link => link.GetProperty("url").GetString()!).ToList();
            Assert.Empty(Expected.Where(uid => uid != dashboard.Uid && !linked.Any(url => url.StartsWith($"/d/{uid}", StringComparison.Ordinal))).Select(uid => $"{dashboard.Uid} → {uid}"));
        }
        // Every dashboard that an alert or a panel names is there.
        var named = Prometheus.Rule.Alerts.Select(rule => rule.Annotations["dashboard_url"].Split("/d/")[1].Split('?')[0]);
        Assert.Empty(named.Except(Expected));
    }

    [Fact]
    public void Variables_EachAreUsedAndAskTheDataSource()
    {
        foreach (var dashboard in Dashboard.All)
        {
            Assert.NotEmpty(dashboard.Variables);
            var text = dashboard.Json.GetProperty("panels").GetRawText() + dashboard.Json.GetProperty("templating").GetRawText();
            foreach (var variable in dashboard.Variables)
            {
                var name = variable.GetProperty("name").GetString()!;
                Assert.True(text.Contains($"${name}", StringComparison.Ordinal) || text.Contains($"${{{name}", StringComparison.Ordinal), $"{dashboard.Uid}: ${name} is not used");
            }
            // Without a data source of its own, so that it works in any Grafana.
            Assert.All(dashboard.Panels, panel => Assert.Equal("${datasource}", panel.GetProperty("datasource").GetProperty("uid").GetString()));
        }
    }

    [SkippableFact]
    public void Dashboards_CheckedByGrafanasSchema_AreValid()
    {
        var schema = JsonSchema.FromFile(Repository.Shared("schemas", "grafana-10.2", "dashboard.jsonschema.json"));
        foreach (var dashboard in Dashboard.All)
        {
            var result = schema.Evaluate(JsonSerializer.SerializeToElement(JsonNode.Parse(dashboard.Json.GetRawText())), new EvaluationOptions { OutputFormat = OutputFormat.List });
            Assert.True(result.IsValid, dashboard.Uid + "\n" + string.Join('\n', Errors(result)));
        }
    }

    private static IEnumerable<string> Errors(EvaluationResults results) =>
        (results.Errors ?? []).Select(error => $"{results.InstanceLocation}: {error.Value}").Concat((results.Details ?? []).Where(detail => !detail.IsValid).SelectMany(Errors)).Take(40);

    private static IEnumerable<(int X, int Y)> Cells(JsonElement panel)
    {
        var place = panel.GetProperty("gridPos");
        int Number(string name) => place.GetProperty(name).GetInt32();
        return from x in Enumerable.Range(Number("x"), Number("w")) from y in Enumerable.Range(Number("y"), Number("h")) select (x, y);
    }
}
