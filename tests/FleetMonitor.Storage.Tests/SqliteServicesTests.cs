using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace FleetMonitor.Storage.Tests;

public sealed class SqliteServicesTests
{
    [Fact]
    public async Task AddSqliteFleetStore_Resolved_IsOneOpenStore()
    {
        using var folder = new TempFolder();
        var services = new ServiceCollection();
        services.AddSingleton(typeof(ILogger<>), typeof(NullLogger<>));
        services.AddSqliteFleetStore(options => options.Path = Path.Combine(folder.Path, "fleet.db"));
        await using (var provider = services.BuildServiceProvider())
        {
            var store = provider.GetRequiredService<FleetStore>();
            Assert.Same(store, provider.GetRequiredService<FleetStore>());
            Assert.Equal(1, await store.AppendAsync(await store.OpenModelAsync("m", TestStore.Now), TestStore.Bytes("1")));
        }
        await using var again = services.BuildServiceProvider(); // The first provider has closed its store.
        Assert.True(again.GetRequiredService<FleetStore>().Health.IsReady);
    }

    [Fact]
    public async Task AddSqliteFleetStore_OptionsOutOfRange_FailsWithTheirNames()
    {
        var services = new ServiceCollection();
        services.AddSingleton(typeof(ILogger<>), typeof(NullLogger<>));
        services.AddSqliteFleetStore(options => options.MaxQueueBytes = 5);
        await using var provider = services.BuildServiceProvider();
        var refused = Assert.Throws<OptionsValidationException>(provider.GetRequiredService<FleetStore>);
        Assert.Contains("MaxQueueBytes", refused.Message, StringComparison.Ordinal);
    }
}
