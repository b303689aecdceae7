using System.Globalization;

namespace FleetMonitor.Client.Example;

/// <summary>A toy model that is monitored: <c>dotnet run --project clients/examples/dotnet http://localhost:8080 [MODEL] [PREDICTIONS]</c>.</summary>
public static class Example
{
    public static async Task<int> Main(string[] args)
    {
        var model = args.Length > 1 ? args[1] : "dotnet-example";
        var count = args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 1_000;
        using var http = new HttpClient { BaseAddress = new Uri(args.Length > 0 ? args[0] : "http://localhost:8080"), Timeout = TimeSpan.FromSeconds(5) };
        var options = new RecorderOptions { BatchSize = 50, MaxAge = TimeSpan.FromMilliseconds(50), MaxDelay = TimeSpan.FromSeconds(0.5) };
        await using var recorder = new FleetMonitorRecorder(http, model, options);

        var random = new Random(1);
        for (var i = 0; i < count; i++)
        {
            var id = string.Create(CultureInfo.InvariantCulture, $"p-{i}");
            var amount = random.NextDouble() * 200;
            recorder.Record(new PredictionEvent
            {
                Id = id,
                Features = new Dictionary<string, FeatureValue> { ["amount"] = amount, ["country"] = random.Next(2) == 0 ? "DE" : "FR" },
                Prediction = amount >= 100 ? "1" : "0",
                Score = amount / 200,
            });
            // The truth, which usually comes days later: nine of ten times the model is right.
            recorder.Label(new LabelEvent(id, (amount >= 100) == random.NextDouble() < 0.9 ? "1" : "0"));
            if (i % 50 != 49) continue;
            Console.WriteLine(i + 1);
            await Task.Delay(50);
        }
        await recorder.FlushAsync(TimeSpan.FromSeconds(90));
        var stats = recorder.Stats;
        Console.WriteLine($"accepted {stats.Accepted} rejected {stats.Rejected} dropped {stats.Dropped} pending {stats.Pending}");
        return stats.Pending == 0 ? 0 : 1;
    }
}
