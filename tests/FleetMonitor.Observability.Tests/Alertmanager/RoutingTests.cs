namespace FleetMonitor.Observability.Tests.Alertmanager;

public sealed class RoutingTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);
    private static readonly string Folder = Path.Combine(Repository.Root, "alertmanager");

    [SkippableFact]
    public async Task Routes_AskedByAmtool_LeadWhereTheTableSays()
    {
        ChildProcess.Require("amtool");
        var ended = await ChildProcess.RunAsync(Path.Combine(Repository.Root, "deploy", "scripts", "verify-alert-routing"), [], Deadline);
        Assert.True(ended.ExitCode == 0, ended.ToString());
        Assert.Equal(File.ReadLines(Path.Combine(Folder, "routes.tsv")).Count(line => line.Length > 0 && line[0] != '#'), ended.Output.Split('\n').Count(line => line.StartsWith("ok ", StringComparison.Ordinal)));
    }

    /// <summary>A check that cannot fail would be none.</summary>
    [SkippableFact]
    public async Task Routes_ThatLeadElsewhere_AreFound()
    {
        ChildProcess.Require("amtool");
        using var folder = new TempFolder();
        await ChildProcess.RunAsync("cp", ["-r", Folder, folder.File("alertmanager")], Deadline);
        var table = folder.File("alertmanager/routes.tsv");
        await File.WriteAllTextAsync(table, (await File.ReadAllTextAsync(table)).Replace("webhook,platform", "webhook,risk", StringComparison.Ordinal));

        var ended = await ChildProcess.RunAsync(Path.Combine(Repository.Root, "deploy", "scripts", "verify-alert-routing"), [folder.File("alertmanager")], Deadline);

        Assert.Equal(1, ended.ExitCode);
        Assert.Contains("WRONG", ended.Output, StringComparison.Ordinal);
    }

    /// <summary>Every route has a line in the table: its receiver with its matchers.</summary>
    [Fact]
    public void Routes_EachHaveALineOfTheTable()
    {
        var lines = File.ReadLines(Path.Combine(Folder, "routes.tsv")).Where(line => line.Length > 0 && line[0] != '#').Select(line => line.Split('\t')).ToList();
        foreach (var (matchers, receiver) in Leaves(Yaml.Read(Path.Combine(Folder, "alertmanager.yml"))["route"], []))
        {
            Assert.Contains(lines, line => line[1].Split(',').Contains(receiver) && matchers.All(matcher => Matches(matcher, line[0])));
        }
    }

    [Theory]
    [InlineData("", new string[0], new[] { "slack_configs", "email_configs", "pagerduty_configs", "smtp_auth" })]
    [InlineData("slack_url", new[] { "slack_configs" }, new[] { "email_configs", "pagerduty_configs" })]
    [InlineData("pagerduty_routing_key", new[] { "pagerduty_configs" }, new[] { "slack_configs", "email_configs" })]
    public async Task Configure_WithSomeSecrets_KeepsTheirIntegrationsAndNoOther(string secret, string[] there, string[] absent)
    {
        using var secrets = new TempFolder();
        if (secret.Length > 0) await File.WriteAllTextAsync(secrets.File(secret), "x");

        var ended = await ChildProcess.RunAsync("sh", [Path.Combine(Folder, "configure"), Folder, secrets.Path], Deadline);

        Assert.True(ended.ExitCode == 0, ended.ToString());
        Assert.All(there, integration => Assert.Contains(integration, ended.Output, StringComparison.Ordinal));
        Assert.All(absent, integration => Assert.DoesNotContain(integration, ended.Output, StringComparison.Ordinal));
        Assert.Contains("webhook_configs", ended.Output, StringComparison.Ordinal);
        Assert.Contains("receiver: nobody", ended.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Configure_WithAddresses_WritesThemWhereTheyBelong()
    {
        using var secrets = new TempFolder();
        await using var configure = ChildProcess.Start("sh", [Path.Combine(Folder, "configure"), Folder, secrets.Path], new Dictionary<string, string>
        {
            ["WEBHOOK_URL"] = "http://receiver:1234/alerts?x=1&y=2",
            ["SMTP_SMARTHOST"] = "mail.example.org:587",
            ["EMAIL_ML"] = "ml@example.org",
        });
        var ended = await configure.EndAsync(Deadline);

        Assert.True(ended.ExitCode == 0, ended.ToString());
        var config = Yaml.Parse(ended.Output);
        Assert.Equal("mail.example.org:587", config["global"]["smtp_smarthost"].Text);
        Yaml Receiver(string name) => config["receivers"].Items.Single(receiver => receiver["name"].Text == name);
        Assert.Equal("http://receiver:1234/alerts?x=1&y=2", Receiver("webhook")["webhook_configs"].Items.Single()["url"].Text);
        Assert.Equal("ml@example.org", Receiver("ml-alerts")["email_configs"].Items.Single()["to"].Text);
        Assert.Equal("risk-oncall@localhost", Receiver("risk")["email_configs"].Items.Single()["to"].Text);
    }

    [Fact]
    public void Configuration_HasNoSecretInIt()
    {
        var text = File.ReadAllText(Path.Combine(Folder, "alertmanager.yml"));
        Assert.DoesNotMatch("""(?m)^\s*(api_url|routing_key|service_key|smtp_auth_password|auth_password|password|bearer_token|credentials):""", text);
    }

    /// <summary>PagerDuty is for what cannot wait.</summary>
    [Fact]
    public void Pager_HearsOfCriticalAlertsOnly()
    {
        foreach (var (matchers, receiver) in Leaves(Yaml.Read(Path.Combine(Folder, "alertmanager.yml"))["route"], []))
        {
            if (receiver == "pager") Assert.Contains("severity = \"critical\"", matchers);
        }
    }

    private static IEnumerable<(IReadOnlyList<string> Matchers, string Receiver)> Leaves(Yaml route, IReadOnlyList<string> outer)
    {
        IReadOnlyList<string> matchers = [.. outer, .. route["matchers"].Items.Select(m => m.Text)];
        var children = route["routes"].Items.ToList();
        return children.Count == 0 ? [(matchers, route["receiver"].Text)] : children.SelectMany(child => Leaves(child, matchers));
    }

    private static bool Matches(string matcher, string labels)
    {
        var parts = matcher.Split(' ', 3);
        var value = labels.Split(' ').Select(label => label.Split('=', 2)).Where(label => label[0] == parts[0]).Select(label => label[1]).SingleOrDefault("");
        var expected = parts[2].Trim('"');
        return parts[1] switch
        {
            "=" => value == expected,
            "!=" => value != expected,
            _ => expected.Split('|').Contains(value),
        };
    }
}
