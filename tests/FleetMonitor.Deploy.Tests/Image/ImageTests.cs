using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using FleetMonitor.Deploy.Tests.Chart;
using FleetMonitor.Deploy.Tests.Helm;

namespace FleetMonitor.Deploy.Tests.Image;

public sealed class ImageTests
{
    private static readonly string Project = Path.Combine(Repository.Root, "deploy", "image", "FleetMonitor.Image.csproj");

    [Fact]
    public void Image_HasNoShellAndIsNotRoot()
    {
        Assert.Matches(@"^FROM mcr\.microsoft\.com/dotnet/aspnet:10\.0-noble-chiselled$", Dockerfile.LastStage[0]);
        Assert.Equal("1654", Dockerfile.Last("USER"));
        // Nothing is run in it, for it has nothing to run.
        Assert.DoesNotContain(Dockerfile.LastStage, line => line.StartsWith("RUN ", StringComparison.Ordinal));
        Assert.All(["title", "description", "version", "revision", "base.name"], label => Assert.Contains($"org.opencontainers.image.{label}=", Dockerfile.Last("LABEL"), StringComparison.Ordinal));
    }

    /// <summary>Made with Docker or without, it is the same image.</summary>
    [Fact]
    public void Project_PublishesWhatTheDockerfileBuilds()
    {
        var project = XDocument.Load(Project);
        string Value(string name) => project.Descendants(name).Single().Value;
        Assert.EndsWith($"-{Value("ContainerFamily")}", Dockerfile.LastStage[0], StringComparison.Ordinal);
        Assert.Equal(Dockerfile.Last("USER"), Value("ContainerUser"));
        Assert.Equal(Dockerfile.Last("WORKDIR"), Value("ContainerWorkingDirectory"));
        Assert.Equal(Dockerfile.Entrypoint, project.Descendants("ContainerAppCommand").Single().Attribute("Include")!.Value.Split(';'));
        Assert.Equal(Dockerfile.Last("EXPOSE").Split(' '), project.Descendants("ContainerPort").Single().Attribute("Include")!.Value.Split(';'));
        Assert.Contains($"ARG VERSION={XDocument.Load(Path.Combine(Repository.Root, "Directory.Build.props")).Descendants("Version").Single().Value}", Dockerfile.LastStage);
    }

    [SkippableFact]
    public async Task Ports_AreThoseOfTheChart()
    {
        var ports = PodTests.Silo(await FleetChart.RenderAsync()).Items("ports").Select(port => port.Number("containerPort").ToString(CultureInfo.InvariantCulture));
        Assert.Equal(Dockerfile.Last("EXPOSE").Split(' '), ports);
    }

    /// <summary>The layer of packages is made from every project that is built, and from no other.</summary>
    [Fact]
    public void Restore_KnowsEveryProject()
    {
        var copied = Dockerfile.Lines.Select(line => Regex.Match(line, @"^COPY (\S+)/\*\.csproj (\S+)/$")).Where(m => m.Success).ToList();
        Assert.All(copied, m => Assert.Equal(m.Groups[1].Value, m.Groups[2].Value));
        var needed = new SortedSet<string>(StringComparer.Ordinal);
        Add(Project);
        Assert.Equal(needed, copied.Select(m => m.Groups[1].Value).Order(StringComparer.Ordinal));

        void Add(string project)
        {
            var folder = Path.GetDirectoryName(project)!;
            if (!needed.Add(Path.GetRelativePath(Repository.Root, folder))) return;
            foreach (var reference in XDocument.Load(project).Descendants("ProjectReference")) Add(Path.GetFullPath(Path.Combine(folder, reference.Attribute("Include")!.Value)));
        }
    }

    [Theory]
    [InlineData(new[] { "fleetmonitor", "--help" }, 0, "check")]
    [InlineData(new[] { "fleetmonitor", "check", "--ready", "--to", "http://127.0.0.1:1" }, 3, "is not ready")]
    [InlineData(new[] { "gateway", "--urls", "nonsense" }, 1, "fleet-monitor gateway cannot start")]
    [InlineData(new[] { "silo", "--FleetMonitor:Storage:Kind", "Postgres" }, 1, "fleet-monitor cannot start")]
    [InlineData(new[] { "--FleetMonitor:Storage:Kind", "Postgres" }, 1, "fleet-monitor cannot start")]
    public async Task Argument_SaysWhatTheContainerIs(string[] arguments, int exitCode, string expected)
    {
        var command = Dockerfile.Entrypoint.Select(Dockerfile.Here).ToList();
        var ended = await ChildProcess.RunAsync(command[0], [.. command[1..], .. arguments], TimeSpan.FromMinutes(1));
        Assert.True(ended.ExitCode == exitCode, ended.ToString());
        Assert.Contains(expected, ended.Output + ended.Errors, StringComparison.Ordinal);
    }
}
