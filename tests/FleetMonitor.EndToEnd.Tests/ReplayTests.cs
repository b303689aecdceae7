using System.Text.Json;

namespace FleetMonitor.EndToEnd.Tests;

[Collection(nameof(Servers))]
public sealed class ReplayTests
{
    private const int DriftFrom = 5;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private static readonly string[] CarLoan =
    [
        "--task", "binary", "--timestamp", "timestamp", "--prediction", "y_pred", "--probability", "y_pred_proba", "--label", "repaid",
        "--categorical", "salary_range,size_of_downpayment,repaid_loan_on_prev_car", "--chunk", "5000",
    ];

    [SkippableFact]
    public async Task Replay_IntoASilo_SaysWhatTheLocalOneSays()
    {
        var (file, reference) = (Repository.Shared("data", "car_loan_analysis.csv.gz"), Repository.Shared("data", "car_loan_reference.csv.gz"));
        using var folder = new TempFolder();
        using var site = new SiloSite();
        await using var silo = await site.StartAsync();

        var local = await ReplayAsync([file, "--reference", reference, .. CarLoan], folder.File("local.json"));
        var served = await ReplayAsync([file, "--reference", reference, .. CarLoan, "--to", site.Address.ToString()], folder.File("served.json"));

        Assert.Equal(10, local.Count);
        Assert.Equal(local.Count, served.Count);
        for (var i = 0; i < local.Count; i++)
        {
            var (one, other) = (local[i], served[i]);
            foreach (var member in (string[])["start", "end", "count", "labelled", "verdict"]) Same(one, other, member);
            // The backtest also watches rows as a whole and estimates chunk by chunk, which this model's spec on the server does not ask for.
            Assert.Equal(Drift(one), Drift(other));
            // Counted in integers by both, and by the same formula.
            var (performance, servedPerformance) = (one.GetProperty("performance"), other.GetProperty("performance"));
            foreach (var metric in (string[])["accuracy", "precision", "recall", "f1"]) Same(performance, servedPerformance, metric);
            var drift = other.GetProperty("drift");
            foreach (var column in one.GetProperty("drift").EnumerateObject()) Same(column.Value, drift.GetProperty(column.Name), "verdict");
            Assert.Equal(i >= DriftFrom, drift.GetProperty("car_value").GetProperty("drifted").GetBoolean());
            Assert.Equal(i >= DriftFrom ? "drifted" : "quiet", other.GetProperty("verdict").GetString());
        }
        // What was replayed is a model like any other.
        var model = await site.Http.GetJsonAsync("v1/models/car_loan");
        Assert.Equal(50_000, model.GetProperty("counters").GetProperty("predictions").GetInt64());
        Assert.Equal(50_000, model.GetProperty("labels").GetProperty("joined").GetInt64());
    }

    private static IEnumerable<string> Drift(JsonElement chunk) =>
        chunk.GetProperty("alerts").EnumerateArray().Select(alert => alert.GetString()!).Where(alert => alert.StartsWith("drift", StringComparison.Ordinal) || alert.StartsWith("missing", StringComparison.Ordinal));

    private static void Same(JsonElement one, JsonElement other, string member) =>
        Assert.Equal(one.GetProperty(member).GetRawText(), other.GetProperty(member).GetRawText());

    private static async Task<IReadOnlyList<JsonElement>> ReplayAsync(string[] arguments, string report)
    {
        var ended = await ChildProcess.RunAsync("dotnet", [Repository.CliDll, "replay", .. arguments, "--json", report], Deadline);
        Assert.True(ended.ExitCode == 0, ended.ToString());
        using var document = JsonDocument.Parse(await File.ReadAllBytesAsync(report));
        return [.. document.RootElement.Clone().GetProperty("chunks").EnumerateArray()];
    }
}
