namespace FleetMonitor.Storage.Tests;

/// <summary>What the fleet's list shows, on every store.</summary>
public abstract class ListingLaws(StoreKind kind)
{
    private static readonly string[] Teams = ["risk", "growth", "search"];

    /// <summary>Every order and filter against the same question asked of a list in memory.</summary>
    [SkippableFact]
    public async Task List_TenThousandModels_IsSortedFilteredAndPaged()
    {
        await using var test = await kind.OpenAsync();
        var all = await PublishAsync(test, 10_000);
        foreach (var sort in Enum.GetValues<ModelSort>())
        {
            foreach (var reverse in (bool[])[false, true])
            {
                await AssertPagesAsync(test, new ModelQuery { Sort = sort, Reverse = reverse, PageSize = 500 }, all, pages: [1, 2, 20, 21]);
            }
        }
        await AssertPagesAsync(test, new ModelQuery { Team = "risk", PageSize = 100 }, all.Where(row => row.Summary?.Team == "risk"), pages: [1, 3]);
        await AssertPagesAsync(test, new ModelQuery { Family = "family-3", State = "live" },
            all.Where(row => row.Summary is { Family: "family-3", State: "live" }), pages: [1]);
        await AssertPagesAsync(test, new ModelQuery { Tier = "2", Task = "binary", Sort = ModelSort.Predictions },
            all.Where(row => row.Summary is { Tier: "2", Task: "binary" }), pages: [1, 2]);
        await AssertPagesAsync(test, new ModelQuery { Search = "MODEL-99", Sort = ModelSort.Name },
            all.Where(row => row.Name.Contains("model-99", StringComparison.OrdinalIgnoreCase)), pages: [1, 2, 3]);
    }

    [SkippableTheory]
    [InlineData("100%")]
    [InlineData("a_b")]
    [InlineData(@"back\slash")]
    [InlineData("' OR 1 --")]
    public async Task List_SearchForSpecialCharacters_TakesThemAsTheyAre(string name)
    {
        await using var test = await kind.OpenAsync();
        await test.OpenModelAsync($"x {name} y");
        await test.OpenModelAsync("100 of a-b and back/slash");
        var page = await test.Store.ListModelsAsync(new ModelQuery { Search = name });
        Assert.Equal($"x {name} y", Assert.Single(page.Models).Name);
        Assert.Equal(1, page.Total);
    }

    /// <summary>What stands for something in SQL's patterns stands for itself here.</summary>
    [SkippableTheory]
    [InlineData("credit-*", "credit-a", "credit-")]
    [InlineData("*_eu", "fraud_eu")]
    [InlineData("fraud?eu")]
    [InlineData("[fc]*")]
    [InlineData("fraud%")]
    [InlineData("one,*-a", "one", "credit-a")]
    [InlineData("CREDIT-a")]
    public async Task List_OfNames_IsOfThoseThatMatch(string names, params string[] expected)
    {
        await using var test = await kind.OpenAsync();
        foreach (var name in (string[])["credit-a", "credit-", "fraud_eu", "fraud-eu", "one"]) await test.OpenModelAsync(name);
        var page = await test.Store.ListModelsAsync(new ModelQuery { Names = names.Split(',') });
        Assert.Equal(expected.Order(), page.Models.Select(row => row.Name).Order());
        Assert.Equal(expected.Length, page.Total);
    }

    [SkippableFact]
    public async Task List_ModelWithoutASummary_IsThereAndComesLast()
    {
        await using var test = await kind.OpenAsync();
        await test.OpenModelAsync("new");
        var lease = await test.OpenModelAsync("published");
        test.Store.PublishSummary(lease, Summary(1));
        await test.KeepHouseAsync();

        foreach (var reverse in (bool[])[false, true])
        {
            var page = await test.Store.ListModelsAsync(new ModelQuery { Reverse = reverse });
            Assert.Equal(["published", "new"], page.Models.Select(row => row.Name));
            Assert.Null(page.Models[1].Summary);
            Assert.Equal(TestStore.Now, page.Models[1].Registered);
        }
    }

    [SkippableFact]
    public async Task List_PageBeyondTheLast_IsEmptyAndKnowsTheTotal()
    {
        await using var test = await kind.OpenAsync();
        await test.OpenModelAsync("m");
        var page = await test.Store.ListModelsAsync(new ModelQuery { Page = int.MaxValue, PageSize = 500 });
        Assert.Empty(page.Models);
        Assert.Equal(1, page.Total);
    }

    [SkippableTheory]
    [InlineData(0, 50)]
    [InlineData(1, 0)]
    [InlineData(1, 501)]
    public async Task List_PageOutOfRange_IsRefused(int page, int pageSize)
    {
        await using var test = await kind.OpenAsync();
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => test.Store.ListModelsAsync(new ModelQuery { Page = page, PageSize = pageSize }));
    }

    [SkippableFact]
    public async Task PublishSummary_EveryValue_ComesBack()
    {
        await using var test = await kind.OpenAsync();
        var full = await test.OpenModelAsync("full");
        var bare = await test.OpenModelAsync("bare");
        var summaries = new Dictionary<string, ModelSummary>
        {
            ["full"] = new("v7", "binary", "risk", "credit", "1", "live", double.PositiveInfinity, true, 3, 0.5, 0.25, 0.125, long.MaxValue,
                TestStore.Now.AddMicroseconds(-1), TestStore.Now),
            ["bare"] = new("", "", "", "", "", "", 0, false, 0, null, null, null, 0, null, DateTimeOffset.UnixEpoch),
        };
        test.Store.PublishSummary(full, summaries["full"]);
        test.Store.PublishSummary(bare, summaries["bare"]);
        await test.KeepHouseAsync();
        var page = await test.Store.ListModelsAsync(new ModelQuery());
        Assert.Equal(["full", "bare"], page.Models.Select(row => row.Name));
        foreach (var row in page.Models) Assert.Equal(summaries[row.Name], row.Summary);
    }

    [SkippableFact]
    public async Task PublishSummary_ManyOfOneModel_WritesTheNewestWithinASecond()
    {
        await using var test = await kind.OpenAsync();
        var lease = await test.OpenModelAsync("m");
        for (var i = 1; i <= 1000; i++) test.Store.PublishSummary(lease, Summary(i));
        Assert.Null((await test.Store.ListModelsAsync(new ModelQuery())).Models[0].Summary);

        test.Time.Advance(TimeSpan.FromSeconds(1));
        await test.OpenModelAsync("other"); // Queued behind the clock's round.
        Assert.Equal(Summary(1000), (await test.Store.ListModelsAsync(new ModelQuery())).Models[0].Summary);
    }

    [SkippableFact]
    public async Task PublishSummary_OfAStaleLease_ChangesNothing()
    {
        await using var test = await kind.OpenAsync();
        var stale = await test.OpenModelAsync("m");
        var current = await test.OpenModelAsync("m");
        test.Store.PublishSummary(current, Summary(1));
        test.Store.PublishSummary(stale, Summary(2)); // Of two that wait the newer lease's stays.
        await test.KeepHouseAsync();
        test.Store.PublishSummary(stale, Summary(3));
        await test.KeepHouseAsync();
        Assert.Equal(Summary(1), (await test.Store.ListModelsAsync(new ModelQuery())).Models[0].Summary);
        Assert.True(test.Store.IsStale(stale));
        Assert.False(test.Store.IsStale(current));

        await test.Store.DeleteModelAsync(current);
        test.Store.PublishSummary(current, Summary(4));
        await test.KeepHouseAsync();
        Assert.True(test.Store.IsStale(current));
        Assert.Empty((await test.Store.ListModelsAsync(new ModelQuery())).Models);
    }

    [SkippableFact]
    public async Task PublishSummary_TroubleThatIsNoNumber_IsRefused()
    {
        await using var test = await kind.OpenAsync();
        var lease = await test.OpenModelAsync("m");
        Assert.Throws<ArgumentException>(() => test.Store.PublishSummary(lease, Summary(double.NaN)));
    }

    [SkippableFact]
    public async Task Dispose_WithSummariesThatWait_WritesThem()
    {
        await using var test = await kind.OpenAsync();
        test.Store.PublishSummary(await test.OpenModelAsync("m"), Summary(1));
        await test.Store.DisposeAsync();
        await test.ReopenAsync();
        Assert.Equal(Summary(1), (await test.Store.ListModelsAsync(new ModelQuery())).Models[0].Summary);
    }

    [SkippableFact]
    public async Task ModelExists_FollowsRegistrationAndDeletion_AndTakesNoEpoch()
    {
        await using var test = await kind.OpenAsync();
        Assert.False(await test.Store.ModelExistsAsync("m"));
        var lease = await test.OpenModelAsync("m");
        Assert.True(await test.Store.ModelExistsAsync("m"));
        Assert.False(await test.Store.ModelExistsAsync("M"));
        Assert.Equal(1, await test.Store.AppendAsync(lease, TestStore.Bytes("1")));
        await test.Store.DeleteModelAsync(lease);
        Assert.False(await test.Store.ModelExistsAsync("m"));
    }

    [SkippableFact]
    public async Task RegisteredModels_ManyChunks_AreAllButTheRetiredAndTheDeleted()
    {
        await using var test = await kind.OpenAsync();
        var leases = await Task.WhenAll(Enumerable.Range(0, 2500).Select(i => test.OpenModelAsync($"m{i:0000}")));
        await test.Store.AppendAsync(leases[7], TestStore.Bytes("1"), retired: true);
        await test.Store.AppendAsync(leases[8], TestStore.Bytes("1"), retired: false);
        await test.Store.DeleteModelAsync(leases[9]);

        var names = new List<string>();
        await foreach (var name in test.Store.RegisteredModelsAsync()) names.Add(name);
        Assert.Equal(leases.Select(lease => lease.Name).Where(name => name is not ("m0007" or "m0009")), names);
    }

    /// <summary>Of records that share a transaction, a row or neither, the last one that says something of it counts, and none of a stale lease.</summary>
    [SkippableFact]
    public async Task RegisteredModels_AfterWhatIsAppended_FollowsTheLastThatSaysSo()
    {
        await using var test = await kind.OpenAsync();
        var (back, gone, large, stale) = (await test.OpenModelAsync("back"), await test.OpenModelAsync("gone"), await test.OpenModelAsync("large"), await test.OpenModelAsync("stale"));
        await test.OpenModelAsync("stale");
        List<Task<long>> appends = [];
        using (test.HoldWriter())
        {
            foreach (bool? retired in (bool?[])[null, true, false, null]) appends.Add(test.Store.AppendAsync(back, TestStore.Bytes("x"), retired).AsTask());
            foreach (bool? retired in (bool?[])[false, true, null]) appends.Add(test.Store.AppendAsync(gone, TestStore.Bytes("x"), retired).AsTask());
            foreach (bool? retired in (bool?[])[true, null]) appends.Add(test.Store.AppendAsync(large, new byte[LogSegment.MaxBytes], retired).AsTask());
        }
        await Task.WhenAll(appends);
        await Assert.ThrowsAsync<FencedException>(() => test.Store.AppendAsync(stale, TestStore.Bytes("x"), retired: true).AsTask());
        Assert.Equal(["back", "stale"], await NamesAsync());
        await test.Store.AppendAsync(large, TestStore.Bytes("x"), retired: false);
        await test.Store.AppendAsync(large, TestStore.Bytes("x"));
        Assert.Equal(["back", "large", "stale"], await NamesAsync());

        await test.Store.DisposeAsync();
        await test.ReopenAsync();
        Assert.Equal(["back", "large", "stale"], await NamesAsync());

        async Task<List<string>> NamesAsync()
        {
            var names = new List<string>();
            await foreach (var name in test.Store.RegisteredModelsAsync()) names.Add(name);
            return names;
        }
    }

    internal static ModelSummary Summary(double trouble) =>
        new("1", "binary", "risk", "credit", "1", "live", trouble, false, 0, 0.9, 0.8, 0.1, 10, TestStore.Now, TestStore.Now);

    private static async Task<List<ModelRow>> PublishAsync(TestStore test, int count)
    {
        var random = new Random(11);
        var leases = await Task.WhenAll(Enumerable.Range(0, count).Select(i => test.OpenModelAsync($"model-{i}")));
        var rows = new List<ModelRow>();
        foreach (var lease in leases)
        {
            // Few distinct values, so that equals have to be ordered too; and some models that have none.
            var summary = random.Next(20) == 0 ? null : Summary(random.Next(100)) with
            {
                Team = Teams[random.Next(Teams.Length)],
                Family = $"family-{random.Next(10)}",
                Tier = $"{random.Next(3)}",
                Task = random.Next(2) == 0 ? "binary" : "regression",
                State = random.Next(5) == 0 ? "maintenance" : "live",
                Predictions = random.Next(1000),
                LastPrediction = random.Next(4) == 0 ? null : TestStore.Now.AddMinutes(-random.Next(500)),
            };
            if (summary is not null) test.Store.PublishSummary(lease, summary);
            rows.Add(new ModelRow(lease.Name, TestStore.Now, summary));
        }
        await test.KeepHouseAsync();
        return rows;
    }

    private static async Task AssertPagesAsync(TestStore test, ModelQuery query, IEnumerable<ModelRow> matching, int[] pages)
    {
        Func<ModelRow, IComparable?> key = query.Sort switch
        {
            ModelSort.Trouble => row => row.Summary?.Trouble,
            ModelSort.Predictions => row => row.Summary?.Predictions,
            ModelSort.LastPrediction => row => row.Summary?.LastPrediction,
            _ => row => null,
        };
        var expected = matching.OrderBy(row => row.Name, StringComparer.Ordinal).ToList();
        if (query.Sort == ModelSort.Name)
        {
            if (query.Reverse) expected.Reverse();
        }
        else
        {
            var known = expected.Where(row => key(row) is not null);
            expected = [.. !query.Reverse ? known.OrderByDescending(key) : known.OrderBy(key), .. expected.Where(row => key(row) is null)];
        }
        foreach (var number in pages)
        {
            var page = await test.Store.ListModelsAsync(query with { Page = number });
            Assert.Equal(expected.Count, page.Total);
            Assert.Equal(number, page.Page);
            Assert.Equal(expected.Skip((number - 1) * query.PageSize).Take(query.PageSize), page.Models);
        }
    }
}
