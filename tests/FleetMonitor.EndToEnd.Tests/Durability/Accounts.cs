using System.Text.Json;

namespace FleetMonitor.EndToEnd.Tests.Durability;

/// <summary>Compares what a server has counted with a ledger, batch by batch.</summary>
internal static class Accounts
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly string[] Scores =
    [
        "performance?window=1h", "drift?window=1h", "features?window=1h", "performance?window=24h", "drift?window=24h", "features/amount?window=1h",
    ];

    private static readonly string[] Timely = ["from", "to", "evidence", "groups", "changes", "since", "residuals", "estimated", "coverage", "newest_complete", "alerts"];

    /// <summary>Checks totals, asks of each unanswered batch whether it was counted (by sending it again under its number), and checks totals again.</summary>
    /// <returns>How many unanswered batches had been counted, and how many not.</returns>
    public static async Task<(int Counted, int Lost)> SettleAsync(HttpClient http, Ledger ledger)
    {
        var acknowledged = ledger.Acknowledged;
        var before = await TotalsAsync(http);
        // An activation that lives elsewhere by now may answer for some seconds what it knew, but no longer.
        await Wait.UntilAsync(
            async () =>
            {
                before = await TotalsAsync(http);
                return before.Values.All(totals => totals.Reaches(Totals.Of(acknowledged, totals.Model)));
            },
            Patience,
            () => $"all that was acknowledged; {string.Join(" | ", before.Values)}, acknowledged {string.Join(" | ", before.Keys.Select(model => Totals.Of(acknowledged, model)))}");
        List<Batch> counted = [], lost = [];
        foreach (var batch in ledger.Unanswered)
        {
            var answer = await Writer.TryAsync(http, batch, identified: true, CancellationToken.None)
                ?? throw new InvalidOperationException("The server does not take a batch again.");
            var accepted = answer.GetProperty("accepted").GetInt32();
            Assert.True(accepted == 0 || accepted == batch.Rows, $"A part of a batch was counted: {answer}");
            (accepted == 0 ? counted : lost).Add(batch);
        }
        var after = await TotalsAsync(http);
        foreach (var model in LoadModel.All.Select(m => m.Name))
        {
            // Whoever stood between may still have been at it: what nobody was told may be counted until it is asked for.
            var most = Totals.Of([.. acknowledged, .. counted], model);
            Assert.True(most.Reaches(before[model]), $"{before[model]} where at most {most} had been counted");
            Assert.Equal(Totals.Of([.. acknowledged, .. counted, .. lost], model), after[model]);
        }
        return (counted.Count, lost.Count);
    }

    /// <summary>Checks that two servers say the same of the same batches, whatever they went through.</summary>
    /// <remarks>
    /// What rests on when and in which order things came is left out: here one server is sent in seconds what the other was sent in minutes. Evidence, and what rests on it, is taken minute by minute; changes follow the log's order; estimates are
    /// calibrated, and residuals compared, by the first labels to come; how complete a window's labels are depends on its age, and alerts rest on that.
    /// </remarks>
    public static async Task SameScoresAsync(HttpClient expected, HttpClient actual)
    {
        foreach (var model in LoadModel.All)
        {
            foreach (var path in Scores)
            {
                var (one, other) = (await expected.GetJsonAsync($"v1/models/{model.Name}/{path}"), await actual.GetJsonAsync($"v1/models/{model.Name}/{path}"));
                Assert.Empty(JsonDifference.Between(one, other, $"{model.Name}/{path}", Timely));
            }
        }
    }

    private static async Task<Dictionary<string, Totals>> TotalsAsync(HttpClient http)
    {
        var totals = new Dictionary<string, Totals>();
        foreach (var model in LoadModel.All.Select(m => m.Name))
        {
            var description = await http.GetJsonAsync($"v1/models/{model}");
            JsonElement counters = description.GetProperty("counters"), labels = description.GetProperty("labels");
            totals.Add(model, new Totals(
                model,
                counters.GetProperty("predictions").GetInt64(),
                labels.GetProperty("accepted").GetInt64(),
                labels.GetProperty("joined").GetInt64(),
                labels.GetProperty("orphans").GetInt64(),
                labels.GetProperty("pending").GetInt64()));
        }
        return totals;
    }

    /// <param name="Joined">Labels that met their prediction.</param>
    /// <param name="Orphans">Labels whose predictions never came.</param>
    /// <param name="Pending">Predictions whose labels never came.</param>
    private sealed record Totals(string Model, long Predictions, long Labels, long Joined, long Orphans, long Pending)
    {
        public static Totals Of(IReadOnlyList<Batch> batches, string model)
        {
            var predictions = batches.Where(b => b.Model == model && b.Kind == "predictions").ToArray();
            var labels = batches.Where(b => b.Model == model && b.Kind == "labels").ToArray();
            var joined = labels.IntersectBy(predictions.Select(Key), Key).Sum(b => b.Rows);
            var identified = LoadModel.All.Single(m => m.Name == model).Identified;
            long predicted = predictions.Sum(b => b.Rows), labelled = labels.Sum(b => b.Rows);
            return new Totals(model, predicted, labelled, joined, labelled - joined, identified ? predicted - joined : 0);
        }

        /// <summary>Whether it has all that was acknowledged; more may have been counted than was answered.</summary>
        public bool Reaches(Totals acknowledged) => Predictions >= acknowledged.Predictions && Labels >= acknowledged.Labels;

        private static (string, int) Key(Batch batch) => (batch.Producer, batch.Number);
    }
}
