using System.Text.Json;

namespace FleetMonitor.EndToEnd.Tests.Durability;

/// <summary>Compares what a server has counted with a ledger, batch by batch.</summary>
internal static class Accounts
{
    /// <summary>Checks totals, then asks of each unanswered batch whether it was counted, by sending it again under its number, and checks the totals again.</summary>
    /// <returns>How many unanswered batches had been counted, and how many not.</returns>
    public static async Task<(int Counted, int Lost)> SettleAsync(HttpClient http, Ledger ledger)
    {
        var acknowledged = ledger.Acknowledged;
        var before = await TotalsAsync(http);
        List<Batch> counted = [], lost = [];
        foreach (var batch in ledger.Unanswered)
        {
            var answer = await Writer.TryAsync(http, batch, identified: true, CancellationToken.None) ?? throw new InvalidOperationException("The server does not take a batch again.");
            var accepted = answer.GetProperty("accepted").GetInt32();
            Assert.True(accepted == 0 || accepted == batch.Rows, $"A part of a batch was counted: {answer}");
            (accepted == 0 ? counted : lost).Add(batch);
        }
        var after = await TotalsAsync(http);
        foreach (var model in LoadModel.All.Select(m => m.Name))
        {
            Assert.Equal(Expected([.. acknowledged, .. counted], model), (model, before[model].Predictions, before[model].Labels));
            Assert.Equal(Expected([.. acknowledged, .. counted, .. lost], model), (model, after[model].Predictions, after[model].Labels));
            // All predictions and all labels are there now, so each label has met its prediction.
            Assert.Equal(after[model].Labels, after[model].Joined);
        }
        return (counted.Count, lost.Count);
    }

    /// <summary>Checks that two servers say the same of the same batches, whatever they went through.</summary>
    public static async Task SameScoresAsync(HttpClient expected, HttpClient actual)
    {
        foreach (var model in LoadModel.All)
        {
            foreach (var path in (string[])["performance?window=1h", "drift?window=1h", "features?window=1h", "performance?window=24h", "drift?window=24h", "features/amount?window=1h"])
            {
                var (one, other) = (await expected.GetJsonAsync($"v1/models/{model.Name}/{path}"), await actual.GetJsonAsync($"v1/models/{model.Name}/{path}"));
                Assert.Empty(JsonDifference.Between(one, other, $"{model.Name}/{path}", "from", "to"));
            }
        }
    }

    private static (string Model, long Predictions, long Labels) Expected(IReadOnlyList<Batch> batches, string model) =>
        (model, Ledger.Rows(batches, model, "predictions"), Ledger.Rows(batches, model, "labels"));

    private static async Task<Dictionary<string, (long Predictions, long Labels, long Joined)>> TotalsAsync(HttpClient http)
    {
        var totals = new Dictionary<string, (long, long, long)>();
        foreach (var model in LoadModel.All.Select(m => m.Name))
        {
            var description = await http.GetJsonAsync($"v1/models/{model}");
            JsonElement counters = description.GetProperty("counters"), labels = description.GetProperty("labels");
            totals.Add(model, (counters.GetProperty("predictions").GetInt64(), labels.GetProperty("accepted").GetInt64(), labels.GetProperty("joined").GetInt64()));
        }
        return totals;
    }
}
