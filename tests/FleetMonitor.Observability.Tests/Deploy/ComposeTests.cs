namespace FleetMonitor.Observability.Tests.Deploy;

public sealed class ComposeTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "deploy", "compose");
    private static readonly Yaml Compose = Yaml.Read(Path.Combine(Folder, "compose.yml"));

    [Fact]
    public void Images_ArePinned() => Assert.All(
        Compose["services"].Members, service => Assert.Matches(@"^[a-z./-]+:(v?\d+\.\d+(\.\d+)?|local)$", service.Value["image"].Text));

    [Fact]
    public void Services_EachHaveAHealthcheckAndRestart() => Assert.All(Compose["services"].Members, service =>
    {
        Assert.NotEmpty(service.Value["healthcheck"]["test"].Items);
        Assert.Equal("unless-stopped", service.Value["restart"].Text);
    });

    [Fact]
    public void Ports_AreOnLoopbackUnlessTold() => Assert.All(
        Compose["services"].Members.SelectMany(service => service.Value["ports"].Items), port => Assert.StartsWith("${LISTEN:-127.0.0.1}:", port.Text, StringComparison.Ordinal));

    [Fact]
    public void Fleet_IsThreeSilosAndAGatewayOnPostgres()
    {
        foreach (var name in (string[])["silo-1", "silo-2", "silo-3", "gateway"])
        {
            var service = Compose["services"][name];
            Assert.Equal("Postgres", service["environment"]["FleetMonitor__Storage__Kind"].Text);
            Assert.Equal("/run/access/tokens", service["environment"]["FleetMonitor__Access__TokensFile"].Text);
            Assert.Equal("./access:/run/access:ro", Assert.Single(service["volumes"].Items).Text);
            Assert.Equal("ecs", service["environment"]["Logging__Console__FormatterName"].Text);
        }
        Assert.Equal("gateway", Assert.Single(Compose["services"]["gateway"]["command"].Items).Text);
        Assert.Equal(["alerts", "logs", "metrics"], Compose["services"].Members.SelectMany(s => s.Value["profiles"].Items).Select(p => p.Text).Distinct().Order());
    }

    /// <summary>Every variable that has no default is in the example, and passwords are nowhere else.</summary>
    [Fact]
    public void Variables_AreInTheExample_AndPasswordsNowhereElse()
    {
        var text = File.ReadAllText(Path.Combine(Folder, "compose.yml"));
        var example = File.ReadAllLines(Path.Combine(Folder, ".env.example")).Where(line => line.Contains('=', StringComparison.Ordinal) && line[0] != '#').Select(line => line.Split('=')[0]).ToList();
        var used = System.Text.RegularExpressions.Regex.Matches(text, @"(?<!\$)\$\{(\w+)").Select(m => m.Groups[1].Value).Distinct().ToList();
        Assert.Equal(used.Order(), example.Order());
        Assert.DoesNotMatch("(?i)password: *[a-z0-9]", text.Replace("Password=${", "", StringComparison.Ordinal));
    }

    /// <summary>What is mounted is there.</summary>
    [Fact]
    public void Mounts_OfTheRepository_Exist() => Assert.All(
        Compose["services"].Members.SelectMany(s => s.Value["volumes"].Items).Select(v => v.Text.Split(':')[0]).Where(path => path.StartsWith("../", StringComparison.Ordinal)),
        path => Assert.True(Path.Exists(Path.GetFullPath(Path.Combine(Folder, path))), path));
}
