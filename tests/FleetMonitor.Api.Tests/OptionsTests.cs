using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;

namespace FleetMonitor.Api.Tests;

public sealed class OptionsTests
{
    [Theory]
    [InlineData("MaxBodyBytes", "10")]
    [InlineData("MaxBatchItems", "0")]
    [InlineData("MaxReferenceBytes", "99999999999")]
    [InlineData("MaxReferenceRows", "1")]
    public void Options_OutOfRange_KeepTheHostFromStarting(string name, string value)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { [$"FleetMonitor:Api:{name}"] = value });
        builder.AddFleetApi();
        using var services = builder.Services.BuildServiceProvider();
        var failure = Assert.Throws<OptionsValidationException>(() => services.GetRequiredService<IStartupValidator>().Validate());
        Assert.Contains(name, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_Defaults_AreValid()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.AddFleetApi();
        using var services = builder.Services.BuildServiceProvider();
        services.GetRequiredService<IStartupValidator>().Validate();
        Assert.Equal(32 << 20, services.GetRequiredService<IOptions<FleetApiOptions>>().Value.MaxBodyBytes);
    }
}
