using FleetMonitor.EndToEnd.Tests.Durability;

namespace FleetMonitor.EndToEnd.Tests.Metrics;

/// <summary>A silo with a small fleet that has seen some traffic, for tests that only look.</summary>
public sealed class MonitoredFleet : IAsyncLifetime
{
    /// <summary>Too few predictions for any score.</summary>
    public const string Newcomer = "newcomer";

    /// <summary>A regression with labels.</summary>
    public const string Regression = "regression-json-gzip";

    /// <summary>A binary model with labels.</summary>
    public const string Binary = "binary-json";

    /// <summary>What no label may be written as it is.</summary>
    public const string AwkwardTeam = "a \"team\" \\ of two\nand more: größe {x=\"y\"} 1";

    private SiloProcess? _silo;

    internal SiloSite Site { get; } = new();

    /// <summary>The page, once all that was sent is on it.</summary>
    internal MetricsPage Page { get; private set; } = new("");

    public async Task InitializeAsync()
    {
        _silo = await Site.StartAsync("--FleetMonitor:Models:Tick", "00:00:01");
        var http = Site.Http;
        var start = TimeProvider.System.GetUtcNow();
        var sent = new Dictionary<string, long> { [Newcomer] = 2 };
        foreach (var model in LoadModel.All)
        {
            await model.RegisterAsync(http);
            for (var batch = 0; batch < 4; batch++)
            {
                var predictions = model.Predictions("metrics", batch, 0, start);
                sent[model.Name] = sent.GetValueOrDefault(model.Name) + predictions.Rows;
                await Writer.TryAsync(http, predictions, identified: false, CancellationToken.None);
                if (model.Identified) await Writer.TryAsync(http, model.Labels("metrics", batch, 0, start), identified: false, CancellationToken.None);
            }
        }
        await http.PutAsync("v1/models/awkward", System.Text.Json.JsonSerializer.Serialize(new { team = AwkwardTeam, family = "\"", tier = "\\" }));
        await http.PostAsync($"v1/models/{Newcomer}/predictions", """[{"prediction":"1","score":0.9,"features":{"a":1}},{"prediction":"0","score":0.2,"features":{"a":2}}]""");
        await Wait.UntilAsync(
            async () =>
            {
                Page = await http.GetMetricsAsync();
                return Page.Value("model_accuracy", Binary) is not null && Page.Value("model_mae", Regression) is not null
                    && sent.All(model => Page.Value("model_predictions_total", model.Key) == model.Value);
            },
            TimeSpan.FromSeconds(20),
            () => $"the models' series.\n{Page.Text}\n{_silo.Said}");
    }

    public async Task DisposeAsync()
    {
        if (_silo is not null) await _silo.DisposeAsync();
        Site.Dispose();
    }
}
