using System.Globalization;
using System.Text.Json;

namespace FleetMonitor.Benchmarks.Simulator;

/// <summary>Compares each hour's verdicts with what is known of the model.</summary>
/// <remarks>An hour is judged when it has enough samples. Drift is told by the verdict, a concept change by the alert on accuracy.</remarks>
internal sealed class Detection(HttpClient client, int hours)
{
    private readonly List<double> _driftDelays = [], _conceptDelays = [];
    private int _drifting, _changing, _judged, _false, _judgedLabels, _falseAccuracy;

    public async Task JudgeAsync(IEnumerable<SimulatedModel> fleet, DateTimeOffset start)
    {
        foreach (var model in fleet) await JudgeAsync(model, start);
        Print($"feature drift: {_driftDelays.Count} of {_drifting} models found that had a judged hour after it, median delay {Median(_driftDelays)} h");
        Print($"concept change: {_conceptDelays.Count} of {_changing} found, median delay {Median(_conceptDelays)} h");
        Print($"false alarms: {_false} of {_judged} judged clean hours drifted, {_falseAccuracy} of {_judgedLabels} below the accuracy threshold");
    }

    private async Task JudgeAsync(SimulatedModel model, DateTimeOffset start)
    {
        var path = string.Create(CultureInfo.InvariantCulture, $"/v1/models/{model.Name}/history?step=1h&steps={hours + 1}");
        using var history = JsonDocument.Parse(await client.GetByteArrayAsync(new Uri(path, UriKind.Relative)));
        double? drift = null, concept = null;
        bool driftJudged = false, conceptJudged = false;
        foreach (var step in history.RootElement.GetProperty("steps").EnumerateArray().OrderBy(step => step.GetProperty("from").GetDateTimeOffset()))
        {
            var from = step.GetProperty("from").GetDateTimeOffset();
            if (from < start) continue;
            // The hour in which it begins is neither clean nor wholly wrong.
            var (before, after) = (from.AddHours(1) <= model.Onset, from.AddHours(1) > model.Onset);
            var verdict = step.GetProperty("verdict").GetString();
            if (verdict is "quiet" or "drifted")
            {
                if (model.Truth != Truth.FeatureDrift || before) Count(ref _judged, ref _false, verdict == "drifted");
                else if (after) Found(ref drift, ref driftJudged, verdict == "drifted", from, model);
            }
            var classification = step.GetProperty("performance").GetProperty("classification");
            if (classification.ValueKind != JsonValueKind.Object || classification.GetProperty("accuracy").ValueKind != JsonValueKind.Number) continue;
            var low = step.GetProperty("alerts").EnumerateArray().Any(alert => alert.GetProperty("kind").GetString() == "accuracy");
            if (model.Truth != Truth.ConceptChange || before) Count(ref _judgedLabels, ref _falseAccuracy, low);
            else if (after) Found(ref concept, ref conceptJudged, low, from, model);
        }
        if (driftJudged) _drifting++;
        if (conceptJudged) _changing++;
        if (drift is { } d) _driftDelays.Add(d);
        if (concept is { } c) _conceptDelays.Add(c);
    }

    private static void Count(ref int judged, ref int wrong, bool alarm)
    {
        judged++;
        if (alarm) wrong++;
    }

    /// <summary>From the onset to the end of the first hour that tells.</summary>
    private static void Found(ref double? delay, ref bool judged, bool alarm, DateTimeOffset from, SimulatedModel model)
    {
        judged = true;
        if (alarm) delay ??= (from.AddHours(1) - model.Onset).TotalHours;
    }

    private static string Median(List<double> delays) =>
        delays.Count == 0 ? "–" : delays.Order().ElementAt(delays.Count / 2).ToString("0.0", CultureInfo.InvariantCulture);

    private static void Print(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
