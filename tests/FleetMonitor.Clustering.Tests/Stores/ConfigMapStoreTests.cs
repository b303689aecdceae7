using System.Diagnostics;
using FleetMonitor.Clustering.Stores;
using FleetMonitor.Clustering.Tables;

namespace FleetMonitor.Clustering.Tests.Stores;

/// <summary>What only a ConfigMap can do to the table: an API server's own failures, rights, and other people's hands.</summary>
public sealed class ConfigMapStoreTests : IAsyncLifetime
{
    private readonly List<MembershipDocumentStore> _stores = [];
    private FakeKubernetesApi? _api;

    private FakeKubernetesApi Api => _api!;

    public async Task InitializeAsync() => _api = await FakeKubernetesApi.StartAsync();

    public async Task DisposeAsync()
    {
        foreach (var store in _stores) await store.DisposeAsync();
        await Api.DisposeAsync();
    }

    [Theory]
    [InlineData(ApiFault.Conflict)]
    [InlineData(ApiFault.TooManyRequests)]
    [InlineData(ApiFault.InternalError)]
    [InlineData(ApiFault.Unavailable)]
    [InlineData(ApiFault.Hang)]
    [InlineData(ApiFault.Reset)]
    [InlineData(ApiFault.LoseReply)]
    [InlineData(ApiFault.CutReply)]
    [InlineData(ApiFault.HangAfter)]
    [InlineData(ApiFault.Late)]
    public async Task Table_EveryCallFailsOnce_DoesEverythingOnce(ApiFault fault)
    {
        var table = Table(callTimeout: TimeSpan.FromSeconds(1));
        // Of each kind of call every second one, so that the repeated one passes; a conflict is no answer to a read.
        var calls = new Dictionary<string, int> { ["get"] = 0, ["create"] = 0, ["update"] = 0 };
        Api.RetryAfterSeconds = 0;
        Api.Fault = call => fault == ApiFault.Conflict && call.Verb == "get" || calls[call.Verb]++ % 2 > 0 ? ApiFault.None : fault;
        await table.InitializeMembershipTableAsync(true);
        var entry = Entries.Silo();

        Assert.True(await table.InsertRowAsync(entry, (await table.ReadAllAsync()).Version.Next()));
        await table.UpdateIAmAliveAsync(entry);
        var data = await table.ReadAllAsync();
        var (row, etag) = data.TryGet(entry.SiloAddress)!;
        row.Status = SiloStatus.Active;
        Assert.True(await table.UpdateRowAsync(row, etag, data.Version.Next()));

        data = await table.ReadAllAsync();
        Assert.True(calls["create"] > 0 && calls["update"] > 2);
        Assert.Equal(2, data.Version.Version);
        Assert.Equal(SiloStatus.Active, Assert.Single(data.Members).Item1.Status);
    }

    [Fact]
    public async Task Table_TooManyRequests_WaitsAsLongAsItIsAsked()
    {
        var table = Table();
        Api.RetryAfterSeconds = 2;
        var times = new List<long>();
        Api.Fault = _ =>
        {
            times.Add(Stopwatch.GetTimestamp());
            return times.Count == 1 ? ApiFault.TooManyRequests : ApiFault.None;
        };

        await table.InitializeMembershipTableAsync(true);

        Assert.True(Stopwatch.GetElapsedTime(times[0], times[1]) >= TimeSpan.FromSeconds(1.9));
    }

    [Fact]
    public async Task Table_RightsOnItsNameOnly_Suffice()
    {
        Api.Allow = call => call is { Verb: "create" } or { Verb: "get" or "update", Name: ConfigMaps.Name };
        var table = Table();
        await table.InitializeMembershipTableAsync(true);

        Assert.True(await table.InsertRowAsync(Entries.Silo(SiloStatus.Active), (await table.ReadAllAsync()).Version.Next()));

        Api.Allow = call => call is { Verb: "get", Name: ConfigMaps.Name };
        Assert.Single(await new DocumentGatewayList(Documents(), TimeSpan.FromSeconds(30)).GetGatewaysAsync());
        Assert.All(Api.Calls, call => Assert.Equal(ConfigMaps.Namespace, call.Namespace));
    }

    [Fact]
    public async Task Table_WithoutRights_FailsAtOnceAndSaysWhich()
    {
        Api.Allow = call => call.Verb == "get";

        var refused = await Assert.ThrowsAsync<MembershipStoreException>(() => Table().InitializeMembershipTableAsync(true));

        Assert.False(refused.IsTransient);
        Assert.Contains("403", refused.Message, StringComparison.Ordinal);
        Assert.Contains("cannot create resource", refused.Message, StringComparison.Ordinal);
        Assert.Single(Api.Calls, call => call.Verb == "create");
    }

    [Fact]
    public async Task Table_TokenFile_IsTheCallersName()
    {
        using var folder = new TempFolder();
        await File.WriteAllTextAsync(folder.File("token"), "secret-of-the-silo\n");
        Api.Token = "secret-of-the-silo";
        var options = ConfigMaps.Options(Api);
        options.TokenFile = folder.File("token");
        await using var store = KubernetesServer.Open(options);

        Assert.Null(await store.ReadAsync(CancellationToken.None));
        await Assert.ThrowsAsync<MembershipStoreException>(() => Table().InitializeMembershipTableAsync(true));
    }

    [Fact]
    public async Task Write_OthersPutSomethingIntoTheMap_LeavesItThere()
    {
        var table = Table();
        await table.InitializeMembershipTableAsync(true);
        Api.Edit(ConfigMaps.Namespace, ConfigMaps.Name, map =>
        {
            map["metadata"]!["annotations"] = new System.Text.Json.Nodes.JsonObject { ["owner"] = "platform" };
            map["data"]!["note"] = "do not touch";
        });

        Assert.True(await table.InsertRowAsync(Entries.Silo(), (await table.ReadAllAsync()).Version.Next()));

        var map = Api.Find(ConfigMaps.Namespace, ConfigMaps.Name)!;
        Assert.Equal("platform", (string?)map["metadata"]!["annotations"]!["owner"]);
        Assert.Equal("fleet-monitor", (string?)map["metadata"]!["labels"]!["app.kubernetes.io/managed-by"]);
        Assert.Equal("do not touch", (string?)map["data"]!["note"]);
        Assert.Contains("\"version\":1", (string?)map["data"]![ConfigMapDocumentStore.Key], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Write_MapDeletedAndMadeAgainSinceItWasRead_IsRefused()
    {
        var store = Open();
        Assert.True(await store.WriteAsync("first", null, CancellationToken.None));
        var read = await store.ReadAsync(CancellationToken.None);
        Api.Delete(ConfigMaps.Namespace, ConfigMaps.Name);

        Assert.False(await store.WriteAsync("second", read, CancellationToken.None));
        Assert.True(await store.WriteAsync("third", null, CancellationToken.None));
        Assert.False(await store.WriteAsync("fourth", read, CancellationToken.None));
        Assert.False(await store.WriteAsync("fifth", null, CancellationToken.None));
        Assert.Equal("third", (await store.ReadAsync(CancellationToken.None))!.Text);
    }

    [Fact]
    public async Task Write_LongestDocument_IsTakenAndALongerOneRefusedBeforeItIsSent()
    {
        var store = Open();

        Assert.True(await store.WriteAsync(new string('x', ConfigMapDocumentStore.MaxBytes), null, CancellationToken.None));
        var calls = Api.Calls.Count;
        var longer = new string('x', ConfigMapDocumentStore.MaxBytes + 1);
        var refused = await Assert.ThrowsAsync<MembershipStoreException>(() => store.WriteAsync(longer, null, CancellationToken.None));

        Assert.Contains("PostgreSQL", refused.Message, StringComparison.Ordinal);
        Assert.Equal(calls, Api.Calls.Count);
    }

    private ConfigMapDocumentStore Open()
    {
        var store = ConfigMaps.Open(Api);
        _stores.Add(store);
        return store;
    }

    private MembershipDocuments Documents(TimeSpan? callTimeout = null)
    {
        var policy = Policies.Patient(seed: 1);
        return new MembershipDocuments(Open(), "kubernetes", policy with { CallTimeout = callTimeout ?? policy.CallTimeout });
    }

    private DocumentMembershipTable Table(TimeSpan? callTimeout = null) => new(Documents(callTimeout), "kubernetes");
}
