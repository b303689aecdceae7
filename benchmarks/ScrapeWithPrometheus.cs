using System.Globalization;
using System.Text.Json;
using FleetMonitor.Testing;

namespace FleetMonitor.Benchmarks;

/// <summary>A real Prometheus, with the project's configuration and rules as they are, that scrapes one address for a while; then it says how long scrapes
/// and rules took.</summary>
internal static class ScrapeWithPrometheus
{
    public static async Task RunAsync(string target, TimeSpan duration)
    {
        using var folder = new TempFolder();
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Repository(), "prometheus", "rules"))) Copy(file, folder.File("rules"));
        Directory.CreateDirectory(folder.File("targets"));
        await File.WriteAllTextAsync(folder.File("targets/fleetmonitor.yml"), $"- targets: [\"{target}\"]\n  labels: {{ component: silo }}\n");
        File.Copy(Path.Combine(Repository(), "prometheus", "prometheus.yml"), folder.File("prometheus.yml"));
        var address = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{FreePorts.Find(1)[0]}");
        await using var prometheus = ChildProcess.Start("prometheus", ["--config.file=prometheus.yml", "--storage.tsdb.path=data",
            $"--web.listen-address={address}"], folder: folder.Path);
        using var http = new HttpClient { BaseAddress = new Uri($"http://{address}/"), Timeout = TimeSpan.FromMinutes(1) };
        await Task.Delay(duration);
        Console.WriteLine($"Prometheus after {duration.TotalSeconds:0} s, with prometheus.yml and rules as they are:");
        foreach (var (what, query) in new[]
        {
            ("scrape, median s", $"quantile_over_time(0.5, scrape_duration_seconds{{instance=\"{target}\",job=\"fleetmonitor\"}}[1h])"),
            ("scrape, worst s", $"max_over_time(scrape_duration_seconds{{instance=\"{target}\",job=\"fleetmonitor\"}}[1h])"),
            ("samples a scrape", $"scrape_samples_scraped{{instance=\"{target}\",job=\"fleetmonitor\"}}"),
            ("scrapes that failed", $"count_over_time((up{{instance=\"{target}\",job=\"fleetmonitor\"}} == 0)[1h:15s]) or vector(0)"),
            ("alerts pending or firing", "count(ALERTS) or vector(0)"),
        })
        {
            var answer = await GetAsync(http, $"api/v1/query?query={Uri.EscapeDataString(query)}");
            foreach (var series in answer.GetProperty("data").GetProperty("result").EnumerateArray())
            {
                Console.WriteLine($"  {what,-28} {series.GetProperty("value")[1].GetString()}");
            }
        }
        var groups = (await GetAsync(http, "api/v1/rules")).GetProperty("data").GetProperty("groups").EnumerateArray();
        foreach (var grouped in groups.OrderByDescending(Seconds))
        {
            var name = grouped.GetProperty("name").GetString();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  rules {name,-26} {Seconds(grouped):0.000} s of its {grouped.GetProperty("interval").GetDouble():0} s"));
            foreach (var rule in grouped.GetProperty("rules").EnumerateArray().Where(rule => Seconds(rule) > 0.2).OrderByDescending(Seconds))
            {
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"    {rule.GetProperty("name").GetString(),-38} {Seconds(rule):0.000} s"));
            }
        }
    }

    /// <summary>How long the last evaluation of a rule or a group took.</summary>
    private static double Seconds(JsonElement evaluated) => evaluated.GetProperty("evaluationTime").GetDouble();

    private static async Task<JsonElement> GetAsync(HttpClient http, string path)
    {
        using var document = JsonDocument.Parse(await http.GetStringAsync(new Uri(path, UriKind.Relative)));
        return document.RootElement.Clone();
    }

    private static void Copy(string file, string folder)
    {
        Directory.CreateDirectory(folder);
        File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
    }

    /// <summary>The folder that holds prometheus/, from where the benchmark was built.</summary>
    private static string Repository()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "FleetMonitor.sln"))) return folder.FullName;
        }
        throw new DirectoryNotFoundException("The benchmark runs from a build inside the repository.");
    }
}
