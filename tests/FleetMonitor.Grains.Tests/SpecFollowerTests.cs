using System.Collections.Concurrent;
using FleetMonitor.Core.Ingest;
using FleetMonitor.Core.Specs;
using FleetMonitor.Grains.Messages;
using FleetMonitor.Grains.Specs;
using Xunit;

namespace FleetMonitor.Grains.Tests;

public sealed class SpecFollowerTests
{
    [Fact]
    public async Task Files_AreAppliedAtTheStartAndWhenTheyChange_BadOnesAreLeftOut()
    {
        using TempFolder data = new(), specs = new();
        Write(specs, "fraud.yaml", "team: risk\nthresholds: { accuracy: 0.9 }\n");
        Write(specs, "bad.json", """{"teem":"x"}""");
        await using var silo = await Silo.StartAsync(data.Path, specs: Follow(specs));
        await Until(async () => (await silo.Specs.Report()).Models is [{ State: "applied" }]);
        Assert.Equal(0.9, (await silo.Model("fraud").Describe()).Spec.Thresholds.Accuracy);
        var report = await silo.Specs.Report();
        Assert.Equal((2, 1), (report.Files, report.InvalidFiles));
        Assert.Equal("bad.json:1:2: teem: is no member of a spec", Assert.Single(report.Mistakes).ToString());
        Assert.Empty(report.OnlyInFleet);

        Write(specs, "bad.json", """{"team":"growth"}""");
        Write(specs, "fraud.yaml", "team: payments\n");
        await Until(async () => (await silo.Specs.Report()).Models is [{ Model: "bad", State: "applied" }, { Model: "fraud", State: "applied" }]);
        Assert.Equal("payments", (await silo.Model("fraud").Describe()).Spec.Team);
        Assert.Equal(0, (await silo.Specs.Report()).InvalidFiles);
    }

    [Fact]
    public async Task Models_ThatWereChangedOtherwise_DifferAndAreNamed_AndOthersAreOnlyInTheFleet()
    {
        using TempFolder data = new(), specs = new();
        Write(specs, "fraud.yaml", "team: risk\n");
        await using var silo = await Silo.StartAsync(data.Path, specs: Follow(specs));
        await Until(async () => (await silo.Specs.Report()).Models is [{ State: "applied" }]);
        await silo.Model("fraud").Apply(Spec(new ModelSpec { Team = "other", MinSamples = 7 }));
        await silo.Model("stray").Apply(Spec(new ModelSpec()));
        await Until(async () => (await silo.Specs.Report()).OnlyInFleet is ["stray"]);
        var state = Assert.Single((await silo.Specs.Report()).Models);
        Assert.Equal("differs", state.State);
        Assert.Equal([new SpecDifference("min_samples", "7", "100"), new SpecDifference("team", "\"other\"", "\"risk\"")], state.Differences);
    }

    [Fact]
    public async Task Start_OfAFleetThatIsAsItsFilesSay_AppliesNothing()
    {
        using TempFolder data = new(), specs = new();
        for (var model = 0; model < 20; model++) Write(specs, $"m{model}.yaml", "team: risk\nfeatures: [{ name: x, kind: numeric }]\n");
        await using (var silo = await Silo.StartAsync(data.Path, specs: Follow(specs))) await Until(async () => (await silo.Specs.Report()).Models.Count(m => m.State == "applied") == 20);
        long rows;
        await using (var silo = await Silo.StartAsync(data.Path, specs: Follow(specs)))
        {
            await Until(async () => (await silo.Specs.Report()).Models.Count(m => m.State == "applied") == 20);
            rows = await LogRows(data);
        }
        // One row a model, from the first start.
        Assert.Equal(20, rows);
    }

    [Fact]
    public async Task Silos_ThatApplyTheSameAtTheSameTime_GiveEachModelItsSpec()
    {
        using var specs = new TempFolder();
        for (var model = 0; model < 30; model++) Write(specs, $"m{model}.yaml", $"team: t{model}\n");
        await using var cluster = await Placement.Cluster.StartAsync(2, Follow(specs));
        await Until(async () => (await cluster.Grains.GetGrain<ISpecsGrain>(0).Report()).Models.Count(m => m.State == "applied") == 30);
        for (var model = 0; model < 30; model++) Assert.Equal($"t{model}", (await cluster.Model($"m{model}").Describe()).Spec.Team);
        Write(specs, "m7.yaml", "team: new\n");
        await Until(async () => (await cluster.Model("m7").Describe()).Spec.Team == "new");
    }

    /// <summary>Neither its length nor its time changes when it can be read again: nothing but another attempt tells.</summary>
    [Fact]
    public async Task File_ThatCannotBeReadForAWhile_IsTakenUpWhenItCan()
    {
        using TempFolder data = new(), specs = new();
        Write(specs, "fraud.yaml", "team: risk\n");
        Write(specs, "other.yaml", "team: risk\n");
        await using var held = new FileStream(Path.Combine(specs.Path, "fraud.yaml"), FileMode.Open, FileAccess.Read, FileShare.None);
        await using var silo = await Silo.StartAsync(data.Path, specs: Follow(specs));
        await Until(async () => (await silo.Specs.Report()) is { InvalidFiles: 1, Models: [{ Model: "other", State: "applied" }] });
        held.Close();
        await Until(async () => (await silo.Specs.Report()) is { InvalidFiles: 0, Models: [{ Model: "fraud", State: "applied" }, _] });
    }

    [Fact]
    public async Task Folder_ThatIsNotThere_IsNoReasonNotToStart_AndIsTakenUpWhenItComes()
    {
        using TempFolder data = new(), specs = new();
        var later = Path.Combine(specs.Path, "later");
        await using var silo = await Silo.StartAsync(data.Path, specs: options => (options.Directory, options.Poll, options.Debounce) = (later, TimeSpan.FromMilliseconds(100), TimeSpan.Zero));
        await Until(async () => (await silo.Specs.Report()).Obstacle is not null);
        Directory.CreateDirectory(later);
        await File.WriteAllTextAsync(Path.Combine(later, "fraud.yaml"), "team: risk\n");
        await Until(async () => (await silo.Specs.Report()) is { Obstacle: null, Models: [{ State: "applied" }] });
    }

    [Fact]
    public async Task Folder_ThatCannotBe_IsSaidAndEndsNothing()
    {
        using var data = new TempFolder();
        await using var silo = await Silo.StartAsync(data.Path, specs: options => (options.Directory, options.Poll) = ("specs\0", TimeSpan.FromMilliseconds(100)));
        await Until(async () => (await silo.Specs.Report()).Obstacle is not null);
    }

    /// <summary>A model that cannot take its spec is tried again and again; the others keep what somebody put meanwhile.</summary>
    [Fact]
    public async Task Retry_OfAModelThatFails_LeavesTheOthersAlone()
    {
        using TempFolder data = new(), specs = new();
        var limits = new ConcurrentBag<ModelGrainOptions>();
        Write(specs, "a.yaml", "team: risk\n");
        await using var silo = await Silo.StartAsync(data.Path, One, specs: Follow(specs));
        await Until(async () => (await silo.Specs.Report()).Models is [{ State: "applied" }]);
        Write(specs, "b.yaml", "team: growth\n");
        await Until(async () => (await silo.Specs.Report()).Models is [{ State: "applied" }, { State: "failed" }]);
        await silo.Model("a").Apply(Spec(new ModelSpec { Team = "other" }));
        foreach (var limit in limits) limit.MaxModels = 2;
        await Until(async () => (await silo.Specs.Report()).Models is [_, { State: "applied" }]);
        Assert.Equal("other", (await silo.Model("a").Describe()).Spec.Team);

        void One(ModelGrainOptions options)
        {
            options.MaxModels = 1;
            limits.Add(options);
        }
    }

    private static Action<SpecsOptions> Follow(TempFolder folder) => options => (options.Directory, options.Poll, options.Debounce) = (folder.Path, TimeSpan.FromMilliseconds(200), TimeSpan.FromMilliseconds(50));

    private static ModelCommand Spec(ModelSpec spec) => new(LogEntryKind.Spec, null, 0, SpecJson.Write(spec));

    private static void Write(TempFolder folder, string name, string text)
    {
        // Whole or not at all, as an editor saves.
        var path = Path.Combine(folder.Path, name);
        File.WriteAllText(path + ".part", text);
        File.Move(path + ".part", path, overwrite: true);
    }

    private static Task<long> LogRows(TempFolder folder) => RetentionTests.LogRows(folder);

    private static async Task Until(Func<Task<bool>> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!await condition()) await Task.Delay(50, patience.Token);
    }
}
