using FleetMonitor.Testing;
using Xunit;

namespace FleetMonitor.Specs.Tests;

public sealed class SpecFolderTests
{
    [Fact]
    public void Read_OfAFolder_TakesItsFilesAndThoseBelow_AndLeavesOutBadOnes()
    {
        using var folder = new TempFolder();
        Write(folder, "b.yaml", "team: risk");
        Write(folder, "teams/growth/a.json", """{"team":"growth"}""");
        Write(folder, "bad.yaml", "model: c\nmin_samples: 0\n---\nmodel: d\n");
        Write(folder, "notes.txt", "not a spec");
        Write(folder, ".hidden.yaml", "teem: x");
        Write(folder, "..data/x.yaml", "teem: x");
        var specs = SpecFolder.Read(folder.Path);
        Assert.Equal((3, 1), (specs.Files, specs.InvalidFiles));
        Assert.Equal([("a", "teams/growth/a.json"), ("b", "b.yaml")], specs.Documents.Select(d => (d.Model, d.File)));
        Assert.Equal("bad.yaml:2:1: min_samples: expected 1 to 1000000, got 0", Assert.Single(specs.Mistakes).ToString());
    }

    [Fact]
    public void Read_OfAModelInTwoFiles_LeavesOutBoth()
    {
        using var folder = new TempFolder();
        Write(folder, "a.yaml", "team: x");
        Write(folder, "z.yaml", "\nmodel: a\nteam: y");
        Write(folder, "good.yaml", "team: z");
        var specs = SpecFolder.Read(folder.Path);
        Assert.Equal(["good"], specs.Documents.Select(d => d.Model));
        Assert.Equal(["a.yaml:1:1: model \"a\" is also in z.yaml, line 2", "z.yaml:2:1: model \"a\" is also in a.yaml, line 1"], specs.Mistakes.Select(m => m.ToString()));
    }

    [Fact]
    public void Read_OfAFileTooLargeOrAFolderThatIsNone_SaysSo()
    {
        using var folder = new TempFolder();
        Write(folder, "large.json", new string(' ', SpecFolder.MaxFileBytes + 1));
        Assert.StartsWith("large.json: expected at most 4194304 bytes", Assert.Single(SpecFolder.Read(folder.Path).Mistakes).ToString(), StringComparison.Ordinal);
        Assert.Throws<DirectoryNotFoundException>(() => SpecFolder.Read(Path.Combine(folder.Path, "none")));
    }

    [Fact]
    public void CanReadMore_OfAFileThatAnotherHolds_OnceItIsLetGo()
    {
        using var folder = new TempFolder();
        Write(folder, "a.yaml", "team: x");
        Write(folder, "below/held.yaml", "team: y");
        Write(folder, "bad.yaml", "teem: z");
        SpecFolder specs;
        using (new FileStream(folder.File("below/held.yaml"), FileMode.Open, FileAccess.Read, FileShare.None))
        {
            specs = SpecFolder.Read(folder.Path);
            Assert.Equal(["below/held.yaml"], specs.Unread);
            Assert.Equal(2, specs.InvalidFiles);
            Assert.Equal("a", Assert.Single(specs.Documents).Model);
            Assert.False(specs.CanReadMore(folder.Path));
        }
        Assert.True(specs.CanReadMore(folder.Path));
        specs = SpecFolder.Read(folder.Path);
        Assert.Empty(specs.Unread);
        Assert.False(specs.CanReadMore(folder.Path));
    }

    [Fact]
    public void Read_OfALinkThatLeadsBack_EndsAllTheSame()
    {
        using var folder = new TempFolder();
        Write(folder, "a.yaml", "team: x");
        Directory.CreateSymbolicLink(Path.Combine(folder.Path, "again"), folder.Path);
        Assert.Equal(1, SpecFolder.Read(folder.Path).Files);
    }

    private static void Write(TempFolder folder, string name, string text)
    {
        var path = Path.Combine(folder.Path, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
