using System.Net;
using FleetMonitor.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace FleetMonitor.Api.Tests;

public sealed class HealthTests
{
    [Fact]
    public async Task Health_OfAProcessThatServes_IsLiveAndReady()
    {
        await using var fleet = await StartAsync();
        Assert.Equal("""{"status":"live","reason":null}""", (await fleet.Fleet.GetAsync("/health/live")).Ok().ToJsonString());
        Assert.Equal("""{"status":"ready","reason":null}""", (await fleet.Fleet.GetAsync("/health/ready")).Ok().ToJsonString());
    }

    [Fact]
    public async Task Ready_WithAFullDisk_SaysWhyAndBatchesAreRefusedUntilThereIsRoom()
    {
        await using var started = await StartAsync();
        var fleet = started.Fleet;
        (await fleet.PostAsync("/v1/models/full/predictions", """[{"prediction":1.5}]""")).Ok();
        fleet.Store.Connection.Execute("PRAGMA max_page_count = 1"); // SQLite takes the present size for the least: from now on the disk is full.

        var refused = await fleet.PostLinesAsync("/v1/models/full/predictions", string.Concat(Enumerable.Repeat("{\"prediction\":1.5}\n", 10_000)));
        Assert.Contains("disk full", refused.Detail(HttpStatusCode.ServiceUnavailable), StringComparison.Ordinal);
        Assert.Equal(TimeSpan.FromSeconds(1), refused.Headers.RetryAfter?.Delta);
        var ready = await fleet.GetAsync("/health/ready");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.Status);
        Assert.Equal("application/json; charset=utf-8", ready.ContentType);
        Assert.Equal("unready", (string?)ready.Json["status"]);
        Assert.Contains("disk full", (string?)ready.Json["reason"], StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await fleet.GetAsync("/health/live")).Status);
        Assert.Contains("fleetmonitor_storage_ready{} 0\n", (await fleet.GetAsync("/metrics")).Text, StringComparison.Ordinal);
        // Reading goes on, and what was refused is not counted.
        Assert.Equal(1, (int)(await fleet.GetAsync("/v1/models/full")).Ok()["counters"]!["predictions"]!);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await fleet.PostAsync("/v1/models/new/predictions", """[{"prediction":1.5}]""")).Status);

        fleet.Store.Connection.Execute("PRAGMA max_page_count = 1000000");
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while ((await fleet.GetAsync("/health/ready")).Status != HttpStatusCode.OK) await Task.Delay(20, patience.Token);
        Assert.Equal(1, (int)(await fleet.PostAsync("/v1/models/full/predictions", """[{"prediction":1.5}]""")).Ok()["accepted"]!);
        Assert.Equal(2, (int)(await fleet.GetAsync("/v1/models/full")).Ok()["counters"]!["predictions"]!);
    }

    [Fact]
    public async Task Ready_WhileTheHostStops_IsNot()
    {
        await using var started = await StartAsync();
        started.Fleet.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        var ready = await started.Fleet.GetAsync("/health/ready");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.Status);
        Assert.Equal("""{"status":"unready","reason":"stopping"}""", ready.Json.ToJsonString());
        Assert.Equal(HttpStatusCode.OK, (await started.Fleet.GetAsync("/health/live")).Status);
    }

    private static async Task<Started> StartAsync()
    {
        var fleet = new Fleet();
        await fleet.InitializeAsync();
        return new Started(fleet);
    }

    private sealed record Started(Fleet Fleet) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await Fleet.DisposeAsync();
    }
}
