using System.Globalization;
using System.Text.Json;

namespace FleetMonitor.EndToEnd.Tests.Metrics;

[Collection(nameof(Servers))]
public sealed class MetricsTests(MonitoredFleet fleet) : IClassFixture<MonitoredFleet>
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    /// <summary>Debian's Python, since that is who brings the parser.</summary>
    private const string Python = "/usr/bin/python3";

    private const string StrictParser = """
        import gzip, json, sys, urllib.request
        from prometheus_client.parser import text_string_to_metric_families
        request = urllib.request.Request(sys.argv[1], headers={"Accept-Encoding": sys.argv[2]} if sys.argv[2] else {})
        with urllib.request.urlopen(request) as response:
            encoding = response.headers.get("Content-Encoding", "")
            body = response.read()
        text = (gzip.decompress(body) if encoding == "gzip" else body).decode("utf-8")
        families = list(text_string_to_metric_families(text))
        names = [family.name for family in families]
        samples = [(sample.name, sorted(sample.labels.items())) for family in families for sample in family.samples]
        print(json.dumps({
            "encoding": encoding,
            "families": len(names),
            "repeated_families": sorted({name for name in names if names.count(name) > 1}),
            "repeated_samples": len(samples) - len({json.dumps(sample) for sample in samples}),
            "no_numbers": [sample.name for family in families for sample in family.samples if sample.value != sample.value],
            "types": {family.name: family.type for family in families},
            "team": next(s.labels["team"] for family in families for s in family.samples if s.name == "model_info" and s.labels["model"] == "awkward"),
        }))
        """;

    [SkippableFact]
    public async Task Page_CheckedByPromtool_NothingIsSaidOfOurFamilies()
    {
        var promtool = ChildProcess.Require("promtool");
        using var folder = new TempFolder();
        await File.WriteAllTextAsync(folder.File("page.txt"), fleet.Page.Text);

        var checkedPage = await ChildProcess.RunAsync("sh", ["-c", "exec \"$0\" check metrics < page.txt", promtool], Deadline, folder: folder.Path);

        // 0: nothing to say; 3: only what it would have named otherwise, such as Orleans' own. Anything else is a page it cannot read.
        Assert.True(checkedPage.ExitCode is 0 or 3, checkedPage.ToString());
        Assert.DoesNotContain(checkedPage.Errors.Split('\n'), line => line.Split('_')[0] is "model" or "fleetmonitor");
    }

    [SkippableTheory]
    [InlineData("")]
    [InlineData("gzip")]
    [InlineData("gzip, deflate, br, zstd")]
    public async Task Page_ReadByAStrictParser_IsWholeAndUnambiguous(string accepted)
    {
        Skip.IfNot(File.Exists(Python), $"{Python} is not on this machine.");
        var module = await ChildProcess.RunAsync(Python, ["-c", "import prometheus_client"], Deadline);
        Skip.IfNot(module.ExitCode == 0, "Python's prometheus_client is not on this machine.");

        var parsed = await ChildProcess.RunAsync(Python, ["-c", StrictParser, new Uri(fleet.Site.Address, "metrics").ToString(), accepted], Deadline);

        Assert.True(parsed.ExitCode == 0, parsed.ToString());
        var page = JsonDocument.Parse(parsed.Output).RootElement;
        Assert.Equal(accepted.Length == 0 ? "" : "gzip", page.GetProperty("encoding").GetString());
        Assert.Empty(page.GetProperty("repeated_families").EnumerateArray());
        Assert.Equal(0, page.GetProperty("repeated_samples").GetInt32());
        Assert.Empty(page.GetProperty("no_numbers").EnumerateArray());
        Assert.Equal(MonitoredFleet.AwkwardTeam, page.GetProperty("team").GetString());
        string? TypeOf(string family) => page.GetProperty("types").GetProperty(family).GetString();
        foreach (var counter in (string[])["model_predictions", "model_prediction_errors", "model_labels"]) Assert.Equal("counter", TypeOf(counter));
        Assert.Equal("gauge", TypeOf("model_accuracy"));
    }

    [Fact]
    public void Page_OfAnAnsweringSilo_HasApplicationRuntimeAndOrleansMetrics()
    {
        string[] expected =
        [
            "fleetmonitor_ingest_predictions_total", "fleetmonitor_ingest_labels_total", "fleetmonitor_ingest_batches_total", "fleetmonitor_ingest_bytes_total",
            "fleetmonitor_ingest_duration_seconds_bucket", "fleetmonitor_log_appends_total", "fleetmonitor_models",
            "http_server_request_duration_seconds_bucket", "dotnet_gc_collections_total", "orleans_catalog_activations",
        ];
        Assert.Empty(expected.Except(fleet.Page.Samples.Select(line => line.Split('{', ' ')[0])));
    }

    [Fact]
    public void Model_OfAnyTask_HasAtMostFiftySeriesAndItsThresholds()
    {
        Assert.Equal(6, fleet.Page.Models.Count());
        foreach (var model in fleet.Page.Models)
        {
            Assert.InRange(fleet.Page.Of(model).Count(), 10, 50);
            Assert.Equal(2, fleet.Page.Of(model).Count(line => line.StartsWith("model_drift_threshold{", StringComparison.Ordinal)));
            Assert.NotNull(fleet.Page.Value("model_latency_threshold_seconds", model));
            Assert.Equal(model != MonitoredFleet.Regression, fleet.Page.Value("model_accuracy_threshold", model) is not null);
            Assert.Equal(model != MonitoredFleet.Regression, fleet.Page.Value("model_confidence_threshold", model) is not null);
        }
    }

    [Fact]
    public void Score_ThatDoesNotExist_IsAbsent()
    {
        string[] scores =
        [
            "model_accuracy", "model_precision", "model_recall", "model_f1", "model_auroc", "model_log_loss", "model_calibration_error",
            "model_prediction_confidence", "model_low_confidence_ratio", "model_drift_detected", "model_features_drifted",
            "model_inference_latency_p50_seconds", "model_label_delay_seconds", "model_mae",
        ];
        foreach (var score in scores) Assert.Null(fleet.Page.Value(score, MonitoredFleet.Newcomer));
        Assert.DoesNotContain(fleet.Page.Of(MonitoredFleet.Newcomer), line => line.StartsWith("model_drift_score{", StringComparison.Ordinal));
        Assert.Equal(0, fleet.Page.Value("model_labels_total", MonitoredFleet.Newcomer));

        // Each exists where it can.
        foreach (var score in scores.Where(score => score != "model_mae")) Assert.NotNull(fleet.Page.Value(score, MonitoredFleet.Binary));
        string[] ofRegression = ["model_mae", "model_rmse", "model_r2", "model_drift_detected"];
        foreach (var score in ofRegression) Assert.NotNull(fleet.Page.Value(score, MonitoredFleet.Regression));
        Assert.Null(fleet.Page.Value("model_accuracy", MonitoredFleet.Regression));
        Assert.DoesNotContain("NaN", fleet.Page.Text, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Scrape_ByARealPrometheus_AnswersQueriesWithWhatWasSent()
    {
        var program = ChildProcess.Require("prometheus");
        using var folder = new TempFolder();
        var port = FreePorts.Find(1)[0];
        await File.WriteAllTextAsync(folder.File("prometheus.yml"), $$"""
            global: { scrape_interval: 1s, scrape_timeout: 1s }
            scrape_configs:
              - job_name: fleet
                static_configs: [{ targets: ["{{fleet.Site.Address.Authority}}"] }]
            """);
        var address = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}");
        await using var prometheus = ChildProcess.Start(
            program, ["--config.file=prometheus.yml", "--storage.tsdb.path=data", $"--web.listen-address={address}"], folder: folder.Path);
        using var http = new HttpClient { BaseAddress = new Uri($"http://{address}/") };

        await Wait.UntilAsync(() => http.AnswersAsync("-/ready"), Deadline, () => $"Prometheus.\n{prometheus.Said}");
        await Wait.UntilAsync(
            async () => await QueryAsync(http, "count_over_time(up[1m])") is [{ Value: >= 3 }], Deadline, () => $"three scrapes.\n{prometheus.Said}");

        Assert.Equal([1], (await QueryAsync(http, "min_over_time(up[1m])")).Select(r => r.Value));
        var target = Assert.Single((await http.GetJsonAsync("api/v1/targets")).GetProperty("data").GetProperty("activeTargets").EnumerateArray());
        Assert.Equal("up", target.GetProperty("health").GetString());
        Assert.Equal("", target.GetProperty("lastError").GetString());
        Assert.Equal([fleet.Page.Samples.Count], (await QueryAsync(http, "scrape_samples_scraped")).Select(r => (int)r.Value), Near);
        foreach (var model in fleet.Page.Models)
        {
            var series = Assert.Single(await QueryAsync(http, $$"""model_predictions_total{model="{{model}}"}"""));
            Assert.Equal(fleet.Page.Value("model_predictions_total", model), series.Value);
        }
        // The thresholds are series, so one rule serves every model.
        var below = await QueryAsync(http, "model_accuracy < on(model, version) model_accuracy_threshold");
        Assert.Contains(below, r => r.Model == MonitoredFleet.Binary);
    }

    /// <summary>The application's own series come with what it does.</summary>
    private static bool Near(int one, int other) => Math.Abs(one - other) < 0.2 * one;

    private static async Task<IReadOnlyList<(string? Model, double Value)>> QueryAsync(HttpClient http, string query)
    {
        var answer = await http.GetJsonAsync($"api/v1/query?query={Uri.EscapeDataString(query)}");
        return [.. answer.GetProperty("data").GetProperty("result").EnumerateArray().Select(result => (
            result.GetProperty("metric").TryGetProperty("model", out var model) ? model.GetString() : null,
            double.Parse(result.GetProperty("value")[1].GetString()!, CultureInfo.InvariantCulture)))];
    }
}
