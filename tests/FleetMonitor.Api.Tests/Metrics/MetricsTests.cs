using System.Diagnostics;
using System.IO.Compression;
using System.Net;
using System.Text;
using Xunit;

namespace FleetMonitor.Api.Tests.Metrics;

[Collection(nameof(Fleet))]
public sealed class MetricsTests(Fleet fleet)
{
    [Fact]
    public async Task Metrics_ReadStrictly_HaveTheApplicationsAndTheModelsFamilies()
    {
        await Ready();
        var answer = await fleet.GetAsync("/metrics");
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", answer.ContentType);
        Assert.Empty(answer.ContentHeaders.ContentEncoding);
        var page = new Exposition(answer.Text);

        Assert.Equal(3, page["""model_predictions_total{model="scraped",version="7"}"""]);
        Assert.Equal(1, page["""model_info{model="scraped",version="7",team="a \"team\"",family="",tier="",task="regression"}"""]);
        // The application's: HTTP, runtime, Orleans, ours.
        foreach (var family in new[] { "http_server_request_duration_seconds", "kestrel_active_connections", "dotnet_process_cpu_time_seconds_total", "orleans_grains" }) Assert.Contains(family, page.Types.Keys);
        Assert.Contains(page.Samples.Keys, s => s.Contains("http_route=\"/v1/models/{model}/predictions\"", StringComparison.Ordinal) || s.Contains("http_route=\"v1/models/{model}/predictions\"", StringComparison.Ordinal));
        Assert.Equal("counter", page.Types["fleetmonitor_ingest_predictions_total"]);
        foreach (var outcome in new[] { "accepted", "duplicate", "too_late", "rejected" }) Assert.Contains($$"""fleetmonitor_ingest_predictions_total{outcome="{{outcome}}"}""", page.Samples.Keys);
        foreach (var outcome in new[] { "accepted", "duplicate", "rejected" }) Assert.Contains($$"""fleetmonitor_ingest_labels_total{outcome="{{outcome}}"}""", page.Samples.Keys);
        foreach (var kind in new[] { "predictions", "labels" })
        {
            Assert.InRange(page[$$"""fleetmonitor_ingest_bytes_total{kind="{{kind}}"}"""], 1, 1e12);
            Assert.InRange(page[$$"""fleetmonitor_ingest_batches_total{kind="{{kind}}"}"""], 1, 1e12);
            Assert.InRange(page[$$"""fleetmonitor_ingest_duration_seconds_count{kind="{{kind}}"}"""], 1, 1e12);
        }
        foreach (var state in new[] { "waiting", "capturing", "live", "maintenance" }) Assert.Contains($$"""fleetmonitor_models{state="{{state}}"}""", page.Samples.Keys);
        Assert.InRange(page["fleetmonitor_models_hosted{}"], 1, 10_000);
        Assert.Contains("fleetmonitor_log_appends_total", page.Types.Keys);
        Assert.DoesNotContain("target_info", page.Types.Keys);
        Assert.DoesNotContain(page.Samples, s => s.Key.StartsWith("model_", StringComparison.Ordinal) && !double.IsFinite(s.Value));
    }

    /// <summary>A model's name belongs on the models' own series: elsewhere it would multiply them.</summary>
    [Fact]
    public async Task Metrics_OfTheApplication_NameNoModel()
    {
        await Ready();
        await fleet.GetAsync("/v1/models/scraped/drift");
        await fleet.GetAsync("/v1/models/scraped/nowhere");
        var page = new Exposition((await fleet.GetAsync("/metrics")).Text);
        Assert.DoesNotContain(page.Samples.Keys, s => s.Contains("scraped", StringComparison.Ordinal) && !s.StartsWith("model_", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1")]
    [InlineData("application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited")]
    [InlineData("application/json")]
    public async Task Metrics_WhateverTheClientPrefers_AreTextFormat(string accept)
    {
        await Ready();
        var answer = await fleet.SendAsync(HttpMethod.Get, "/metrics", null, null, ("Accept", accept));
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", answer.ContentType);
        var page = new Exposition(answer.Text);
        Assert.Contains("model_info", page.Types.Keys);
        Assert.Contains("fleetmonitor_models_hosted", page.Types.Keys);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate, gzip;q=1.0, *;q=0.5")]
    public async Task Metrics_ForAClientThatTakesGzip_AreCompressedWhole(string encodings)
    {
        await Ready();
        var answer = await fleet.SendAsync(HttpMethod.Get, "/metrics", null, null, ("Accept-Encoding", encodings));
        Assert.Equal(["gzip"], answer.ContentHeaders.ContentEncoding);
        Assert.Contains("Accept-Encoding", answer.Headers.Vary);
        using var text = new StreamReader(new GZipStream(new MemoryStream(answer.Bytes), CompressionMode.Decompress), Encoding.UTF8);
        var page = new Exposition(await text.ReadToEndAsync());
        Assert.Contains("model_info", page.Types.Keys);
        Assert.Contains("fleetmonitor_models_hosted", page.Types.Keys);
    }

    [Theory]
    [InlineData("gzip;q=0")]
    [InlineData("br")]
    [InlineData("identity")]
    public async Task Metrics_ForAClientThatTakesNone_AreNotCompressed(string encodings)
    {
        var answer = await fleet.SendAsync(HttpMethod.Get, "/metrics", null, null, ("Accept-Encoding", encodings));
        Assert.Empty(answer.ContentHeaders.ContentEncoding);
        Assert.NotEmpty(new Exposition(answer.Text).Types);
    }

    [Fact]
    public async Task Metrics_ScrapedByManyAtOnce_AreWholeEachTime()
    {
        await Ready();
        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => fleet.GetAsync("/metrics")));
        Assert.All(answers, answer =>
        {
            var page = new Exposition(answer.Text);
            Assert.Contains("model_info", page.Types.Keys);
            Assert.Contains("fleetmonitor_models_hosted", page.Types.Keys);
        });
    }

    [Fact]
    public async Task FeatureMetrics_OfAModelWithAReference_CompareItsWindowWithIt()
    {
        const string Labels = """model="featured",version="1",feature="amount" """;
        await fleet.PutAsync("/v1/models/featured", """{"task":"regression","min_samples":100,"features":[{"name":"amount","kind":"numeric"},{"name":"country","kind":"categorical"}]}""");
        await fleet.PutAsync("/v1/models/featured/reference", Rows(500, shift: 0, "DE"), "application/x-ndjson");
        await fleet.PostLinesAsync("/v1/models/featured/predictions", Rows(200, shift: 600, "AT"));
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var text = "";
        while (!text.Contains($$"""model_feature_drifted{{{Labels.Trim()}}} 1""", StringComparison.Ordinal))
        {
            await Task.Delay(50, patience.Token);
            text = (await fleet.GetAsync("/metrics/features")).Text;
        }
        var page = new Exposition(text);
        double Of(string name, string labels) => page[$$"""{{name}}{model="featured",version="1",feature={{labels}}}"""];

        Assert.Equal(1, Of("model_feature_drift_score", "\"amount\",statistic=\"ks\""), 6);
        Assert.Equal(0, Of("model_feature_drift_p_value", "\"amount\""), 6);
        Assert.Equal(699.5, Of("model_feature_mean", "\"amount\""), 6);
        Assert.Equal(0, Of("model_feature_missing_ratio", "\"amount\""));
        Assert.Equal(1, Of("model_feature_unseen_ratio", "\"country\""));
        Assert.Equal(1, Of("model_feature_bin_ratio", "\"country\",bin=\"(other)\""));
        Assert.Equal(1, Of("model_feature_reference_bin_ratio", "\"country\",bin=\"DE\""));
        var bins = page.Samples.Where(s => s.Key.StartsWith("model_feature_reference_bin_ratio{model=\"featured\",version=\"1\",feature=\"amount\"", StringComparison.Ordinal)).ToList();
        Assert.Equal(10, bins.Count);
        Assert.All(bins, bin => Assert.Equal(0.1, bin.Value, 2));
        Assert.Equal(0, new Exposition((await fleet.GetAsync("/metrics")).Text)["fleetmonitor_series_dropped{}"]);

        static string Rows(int rows, int shift, string country) =>
            string.Concat(Enumerable.Range(0, rows).Select(i => $$$"""{"prediction":1,"features":{"amount":{{{i + shift}}},"country":"{{{country}}}"}}""" + "\n"));
    }

    [SkippableFact]
    public async Task Metrics_CheckedByPromtool_HaveNothingToBeSaidOfOurs()
    {
        Skip.IfNot(await Runs("promtool", "--version"), "promtool is not installed (it comes with prometheus)");
        await Ready();
        var (_, said) = await Run("promtool", "check metrics", (await fleet.GetAsync("/metrics")).Bytes);
        Assert.DoesNotContain(said.Split('\n'), line => line.StartsWith("model_", StringComparison.Ordinal) || line.StartsWith("fleetmonitor_", StringComparison.Ordinal) || line.Contains("error", StringComparison.Ordinal));
    }

    [SkippableFact]
    public async Task Metrics_ReadByPrometheusOwnClient_AreUnderstoodWhole()
    {
        const string Parse = "import sys; from prometheus_client.parser import text_string_to_metric_families as p; n = [f.name for f in p(sys.stdin.read())]; assert len(n) == len(set(n)); print(len(n))";
        Skip.IfNot(await Runs("/usr/bin/python3", "-c \"import prometheus_client\""), "python3-prometheus-client is not installed");
        await Ready();
        var (exit, said) = await Run("/usr/bin/python3", $"-c \"{Parse}\"", (await fleet.GetAsync("/metrics")).Bytes);
        Assert.True(exit == 0, said);
    }

    /// <summary>A model with traffic, labels and awkward names, once its series are out.</summary>
    private async Task Ready()
    {
        await fleet.PutAsync("/v1/models/scraped", """{"task":"regression","version":"7","team":"a \"team\""}""");
        await fleet.PostAsync("/v1/models/scraped/predictions", """[{"prediction":1},{"prediction":2},{"id":"c","prediction":3}]""", ("Fleet-Producer", "metrics"), ("Fleet-Sequence", "1"));
        await fleet.PostAsync("/v1/models/scraped/labels", """[{"id":"c","label":2}]""", ("Fleet-Producer", "metrics"), ("Fleet-Sequence", "2"));
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!(await fleet.GetAsync("/metrics")).Text.Contains("model_predictions_total{model=\"scraped\",version=\"7\"} 3\n", StringComparison.Ordinal)) await Task.Delay(50, patience.Token);
    }

    private static async Task<bool> Runs(string program, string arguments)
    {
        try
        {
            return (await Run(program, arguments, [])).Exit == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private static async Task<(int Exit, string Said)> Run(string program, string arguments, byte[] input)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var said = Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.StandardInput.BaseStream.WriteAsync(input);
        process.StandardInput.Close();
        var texts = await said;
        await process.WaitForExitAsync();
        return (process.ExitCode, string.Concat(texts));
    }
}
