using System.Net.Http.Headers;
using System.Text;
using FleetMonitor.Deploy.Tests.Helm;
using FleetMonitor.Deploy.Tests.Pods;

namespace FleetMonitor.Deploy.Tests.Runbooks;

/// <summary>The commands of docs/operations.md that PostgreSQL carries out, carried out.</summary>
public sealed class BackupTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(1);

    [SkippableFact]
    public async Task Backup_RestoredAsTheRunbookSays_KnowsWhatItKnew()
    {
        await using var postgres = await PostgresServer.StartAsync();
        await using var cluster = await Cluster.StartAsync(await FleetChart.RenderAsync("--set", "database.bundled.enabled=false,database.existingSecret=fleet-database"));
        var connection = await postgres.CreateDatabaseAsync();
        cluster.Give("fleet-database", "dsn", connection);
        var database = new Npgsql.NpgsqlConnectionStringBuilder(connection);
        using var folder = new TempFolder();
        var variables = new Dictionary<string, string>
        {
            ["URL"] = $"postgresql://{database.Username}@{database.Host}:{database.Port}/{database.Database}",
            ["FILE"] = folder.File("fleet.dump"),
            ["PATH"] = $"{postgres.ProgramFolder}:{Environment.GetEnvironmentVariable("PATH")}",
        };

        var silo = cluster.Launch($"{FleetChart.Fullname}-silo");
        await silo.ReadyAsync();
        await SendAsync(cluster, silo, "predictions", """{"predictions":[{"id":"before","prediction":"1"}]}""");
        await RunAsync("pg_dump ", variables);
        await SendAsync(cluster, silo, "predictions", """{"predictions":[{"id":"after-1","prediction":"1"},{"id":"after-2","prediction":"0"}]}""");
        Assert.Equal(3, await PredictionsAsync(cluster, silo));
        var ended = await silo.StopAsync();
        Assert.True(ended.ExitCode == 0, ended.ToString());
        await RunAsync("psql \"$URL\" -c 'DROP SCHEMA", variables);
        await RunAsync("pg_restore ", variables);

        var restored = cluster.Launch($"{FleetChart.Fullname}-silo");
        await restored.ReadyAsync();
        Assert.Equal(1, await PredictionsAsync(cluster, restored));
        // What was lost may be sent again; what the backup knows is recognised.
        await SendAsync(cluster, restored, "predictions", """{"predictions":[{"id":"before","prediction":"1"},{"id":"after-1","prediction":"1"},{"id":"after-2","prediction":"0"}]}""");
        Assert.Equal(3, await PredictionsAsync(cluster, restored));
    }

    /// <summary>Runs the runbook's line that begins so, as it is written there.</summary>
    private static async Task RunAsync(string beginning, Dictionary<string, string> variables)
    {
        var runbook = await File.ReadAllLinesAsync(Path.Combine(Repository.Root, "docs", "operations.md"));
        var line = Assert.Single(runbook, line => line.StartsWith(beginning, StringComparison.Ordinal));
        await using var shell = ChildProcess.Start("bash", ["-euc", line], variables);
        var ended = await shell.EndAsync(Deadline);
        Assert.True(ended.ExitCode == 0, ended.ToString());
    }

    private static async Task SendAsync(Cluster cluster, PodProcess pod, string kind, string body)
    {
        using var http = Client(cluster, pod);
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await http.PostAsync(new Uri($"v1/models/m/{kind}", UriKind.Relative), content);
        Assert.True(answer.IsSuccessStatusCode, $"{answer.StatusCode} {await answer.Content.ReadAsStringAsync()}\n{pod.Said}");
    }

    private static async Task<long> PredictionsAsync(Cluster cluster, PodProcess pod)
    {
        using var http = Client(cluster, pod);
        return (await http.GetJsonAsync("v1/models/m")).GetProperty("counters").GetProperty("predictions").GetInt64();
    }

    private static HttpClient Client(Cluster cluster, PodProcess pod)
    {
        var http = new HttpClient { BaseAddress = new Uri($"http://{pod.Endpoint("http")}"), Timeout = Deadline };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", cluster.Secret($"{FleetChart.Fullname}-tokens")["admin"]);
        return http;
    }
}
