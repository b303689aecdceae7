using System.Text.Json;

namespace FleetMonitor.Observability.Tests.Live;

/// <summary>What the engineer on call sees, from traffic to mail, with the real servers.</summary>
public sealed class AlertingTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(6);

    [SkippableFact]
    public async Task Alerts_FromCleanTrafficToDriftAndBackAndToADeadService_ReachTheirReceivers()
    {
        await using var stack = await MonitoringStack.StartAsync();
        await using (var traffic = new Traffic(stack.Site.Http))
        {
            await traffic.StartAsync();
            await CleanTrafficIsQuiet(stack);
            await DriftIsPendingThenFiringThenDelivered(stack, traffic);
            await Expressions.AreAllAnswered(stack);
            await MetricsTable.IsTrue(stack);
            await CleanTrafficResolves(stack, traffic);
            await TheScriptMakesAlertsFire(stack);
        }
        await ADeadServiceIsReported(stack);
    }

    private static async Task CleanTrafficIsQuiet(MonitoringStack stack)
    {
        await Wait.UntilAsync(
            async () => (await stack.QueryAsync($"model:accuracy:max{{model=\"{Traffic.Model}\"}} > 0.9 and model:drift_detected:max == 0")).Count == 1,
            Deadline,
            () => $"a judged, quiet model.\n{stack.Said}");
        Assert.Empty(await stack.StatesOfAsync("DataDriftDetected"));
        Assert.Empty(await stack.StatesOfAsync("ModelAccuracyDrop"));
        // The dead man's switch is the one alert that a quiet fleet sends.
        await Wait.UntilAsync(() => stack.Receiver.At("/alive").Any(), Deadline, () => $"a sign of life.\n{stack.Said}");
    }

    private static async Task DriftIsPendingThenFiringThenDelivered(MonitoringStack stack, Traffic traffic)
    {
        traffic.Drifting = true;
        string[] expected = ["DataDriftDetected", "ModelAccuracyDrop"];
        foreach (var state in (string[])["pending", "firing"])
        {
            foreach (var alert in expected)
            {
                await Wait.UntilAsync(
                    async () => (await stack.QueryAsync($"max_over_time(ALERTS{{alertname=\"{alert}\",alertstate=\"{state}\"}}[10m])")).Count > 0, Deadline, () => $"{alert} {state}.\n{stack.Said}");
            }
        }

        // One message of the family, not one of each alert.
        var message = await Wait.ForAsync(
            () => Task.FromResult(stack.Receiver.At("/alerts").Where(m => expected.All(alert => Alerts(m, "firing").Any(a => Label(a, "alertname") == alert))).Select(m => (JsonElement?)m).FirstOrDefault() is { } found ? new Box(found) : null),
            Deadline,
            () => $"both alerts in one message.\n{stack.Said}");
        var group = message.Value.GetProperty("groupLabels");
        Assert.Equal("model", group.GetProperty("category").GetString());
        Assert.Equal("growth", group.GetProperty("team").GetString());
        Assert.Equal("payments", group.GetProperty("family").GetString());
        var accuracy = Alerts(message.Value, "firing").First(a => Label(a, "alertname") == "ModelAccuracyDrop");
        Assert.Equal("critical", Label(accuracy, "severity"));
        Assert.Equal(Traffic.Model, Label(accuracy, "model"));
        Assert.False(accuracy.GetProperty("labels").TryGetProperty("runbooks", out _));
        Assert.Matches(@"^Accuracy of card-fraud is [\d.]+% over its headline window \(threshold 85%\)\.$", Annotation(accuracy, "description"));
        var drift = Alerts(message.Value, "firing").First(a => Label(a, "alertname") == "DataDriftDetected");
        Assert.Matches(@"^[12] features of card-fraud differ from the reference; the worst one is [\d.]+ times its threshold\.$", Annotation(drift, "description"));
        Assert.EndsWith("/d/fleetmonitor-model?var-model=card-fraud", Annotation(drift, "dashboard_url"), StringComparison.Ordinal);

        var mail = await Wait.ForAsync(
            () => Task.FromResult(stack.Mail.Mails.FirstOrDefault(m => expected.All(alert => m.Text.Contains(alert, StringComparison.Ordinal)))), Deadline, () => $"a mail of both alerts.\n{stack.Said}");
        Assert.Equal(["ml-oncall@localhost"], mail.To);
        Assert.Matches(@"\[\d firing\] \d alerts: card-fraud", mail.Text);
        string[] said = ["Accuracy of card-fraud is too low", "Inputs of card-fraud have drifted", "Features: ", "Since: ", "Dashboard: http://localhost:3000/d/fleetmonitor-model?var-model=card-fraud", "Runbook: docs/runbooks.md#modelaccuracydrop"];
        Assert.All(said, text => Assert.Contains(text, mail.Text, StringComparison.Ordinal));
    }

    private static async Task CleanTrafficResolves(MonitoringStack stack, Traffic traffic)
    {
        traffic.Drifting = false;
        foreach (var alert in (string[])["DataDriftDetected", "ModelAccuracyDrop"])
        {
            await Wait.UntilAsync(
                () => stack.Receiver.At("/alerts").Any(m => Alerts(m, "resolved").Any(a => Label(a, "alertname") == alert && Label(a, "model") == Traffic.Model)), Deadline, () => $"{alert} resolved.\n{stack.Said}");
            Assert.DoesNotContain("firing", await stack.StatesOfAsync(alert));
        }
        await Wait.UntilAsync(() => stack.Mail.Mails.Any(m => m.Text.Contains("RESOLVED", StringComparison.Ordinal)), Deadline, () => $"a mail that it is over.\n{stack.Said}");
    }

    /// <summary>deploy/scripts/trigger-test-alerts, as an operator runs it.</summary>
    private static async Task TheScriptMakesAlertsFire(MonitoringStack stack)
    {
        await using var script = ChildProcess.Start(
            Path.Combine(Repository.Root, "deploy", "scripts", "trigger-test-alerts"),
            ["HighInferenceLatency", "ModelErrorRate"],
            new Dictionary<string, string>
            {
                ["FLEET"] = stack.Site.Address.ToString().TrimEnd('/'),
                ["PROMETHEUS"] = stack.Prometheus.BaseAddress!.ToString().TrimEnd('/'),
                ["ALERTMANAGER"] = stack.Alertmanager.ToString().TrimEnd('/'),
                ["TIMEOUT"] = "240",
            });
        var ended = await script.EndAsync(Deadline);
        Assert.True(ended.ExitCode == 0, $"{ended}\n{stack.Said}");
        Assert.Contains("HighInferenceLatency is at Alertmanager, receivers: ml-alerts webhook", ended.Output, StringComparison.Ordinal);
        Assert.Contains("all of them arrived: HighInferenceLatency ModelErrorRate", ended.Output, StringComparison.Ordinal);
    }

    private static async Task ADeadServiceIsReported(MonitoringStack stack)
    {
        await stack.Silo!.KillAsync();
        await Wait.UntilAsync(
            () => stack.Receiver.At("/alerts").Any(m => Alerts(m, "firing").Any(a => Label(a, "alertname") == "ServiceDown" && Label(a, "job") == "fleetmonitor" && Label(a, "instance") == stack.Site.Address.Authority)),
            Deadline,
            () => $"ServiceDown.\n{stack.Said}");
    }

    private static IEnumerable<JsonElement> Alerts(JsonElement message, string status) =>
        message.GetProperty("alerts").EnumerateArray().Where(alert => alert.GetProperty("status").GetString() == status);

    private static string Label(JsonElement alert, string name) => alert.GetProperty("labels").TryGetProperty(name, out var value) ? value.GetString()! : "";

    private static string Annotation(JsonElement alert, string name) => alert.GetProperty("annotations").GetProperty(name).GetString()!;

    private sealed record Box(JsonElement Value);
}
