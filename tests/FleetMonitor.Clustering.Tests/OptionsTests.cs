using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace FleetMonitor.Clustering.Tests;

public sealed class OptionsTests
{
    [Theory]
    [InlineData("", "ConnectionString")]
    [InlineData("Database=fleet", "names no Host")]
    [InlineData("Host=db;Colour=blue", "Colour")]
    public void UsePostgresMembership_ConnectionThatCannotWork_IsRefusedAtTheStart(string connection, string expected) =>
        Assert.Contains(
            Failures(silo => silo.UsePostgresMembership(options => options.ConnectionString = connection)),
            failure => failure.Contains(expected, StringComparison.OrdinalIgnoreCase));

    [Theory]
    [InlineData("Host=db", "/nowhere/dsn", "exactly one of them")]
    [InlineData("", "/nowhere/dsn", "/nowhere/dsn")]
    [InlineData("", "/proc/self/comm", "does not hold a connection string")]
    public void UsePostgresMembership_FileThatCannotWork_IsRefusedAtTheStart(string connection, string file, string expected) =>
        Assert.Contains(
            Failures(silo => silo.UsePostgresMembership(options => (options.ConnectionString, options.ConnectionStringFile) = (connection, file))),
            failure => failure.Contains(expected, StringComparison.Ordinal));

    [Fact]
    public void UsePostgresMembership_TimesOutOfRange_AreAllNamed()
    {
        var failures = string.Join('\n', Failures(silo => silo.UsePostgresMembership(options =>
        {
            options.ConnectionString = "Host=db";
            options.CallTimeout = TimeSpan.Zero;
            options.RetryFor = TimeSpan.FromHours(1);
            options.RefreshPeriod = TimeSpan.FromMilliseconds(1);
        })));

        Assert.All(["CallTimeout", "RetryFor", "RefreshPeriod"], name => Assert.Contains(name, failures, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Fleet_Monitor", "ml", "http://127.0.0.1:1", "ConfigMap")]
    [InlineData("fleet", "M L", "http://127.0.0.1:1", "Namespace")]
    [InlineData("fleet", null, "http://127.0.0.1:1", "Namespace is needed")]
    [InlineData("fleet", "ml", "ftp://127.0.0.1:1", "ApiServer")]
    [InlineData("fleet", "ml", null, "not in a pod")]
    public void UseKubernetesMembership_WhatCannotWork_IsRefusedAtTheStart(string map, string? space, string? server, string expected) =>
        Assert.Contains(
            Failures(silo => silo.UseKubernetesMembership(options =>
            {
                options.ConfigMap = map;
                options.Namespace = space;
                options.ApiServer = server is null ? null : new Uri(server);
            })),
            failure => failure.Contains(expected, StringComparison.Ordinal));

    [Fact]
    public void UseKubernetesMembership_FilesThatAreNotThere_AreAllNamed()
    {
        var failures = string.Join('\n', Failures(silo => silo.UseKubernetesMembership(options =>
        {
            options.ApiServer = new Uri("https://127.0.0.1:1");
            options.Namespace = "ml";
            options.TokenFile = "/nowhere/token";
            options.CertificateAuthorityFile = "/nowhere/ca.crt";
        })));

        Assert.Contains("/nowhere/token", failures, StringComparison.Ordinal);
        Assert.Contains("/nowhere/ca.crt", failures, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Failures(Action<Orleans.Hosting.ISiloBuilder> membership)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.UseOrleans(membership);
        using var host = builder.Build();
        return Assert.Throws<OptionsValidationException>(host.Services.GetRequiredService<IStartupValidator>().Validate).Failures;
    }
}
