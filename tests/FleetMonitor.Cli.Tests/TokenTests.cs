using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace FleetMonitor.Cli.Tests;

public sealed partial class TokenTests
{
    [Fact]
    public async Task Token_ForANameAndScopes_IsNewEachTimeAndItsLineHasItsHash()
    {
        using var cli = new Cli();
        var tokens = new HashSet<string>();
        for (var i = 0; i < 2; i++)
        {
            var result = await cli.RunAsync("token", "risk-team", "--scopes", "ingest,read", "--models", "credit-*,fraud-*");
            Assert.Equal(0, result.ExitCode);
            var match = Printed().Match(result.Out);
            Assert.True(match.Success, result.Out);
            Assert.True(tokens.Add(match.Groups["token"].Value));
            Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(match.Groups["token"].Value))), match.Groups["hash"].Value);
        }
    }

    [Theory]
    [InlineData("risk team", "read", "*")]
    [InlineData("risk", "write", "*")]
    [InlineData("risk", "", "*")]
    [InlineData("risk", "read", "credit-[ab]")]
    [InlineData("#risk", "read", "*")]
    public async Task Token_OfWhatTheServerWouldNotTake_IsRefused(string name, string scopes, string models)
    {
        using var cli = new Cli();
        var result = await cli.RunAsync("token", name, "--scopes", scopes, "--models", models);
        Assert.Equal((1, ""), (result.ExitCode, result.Out));
        Assert.StartsWith("fleetmonitor: expected", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Commands_WithAToken_SendIt()
    {
        using var server = new Recorder();
        using var cli = new Cli { Handler = () => server };
        Assert.Equal(0, (await cli.RunAsync("models", "--json", "--token", "fm_mine")).ExitCode);
        Assert.Equal(0, (await cli.RunAsync("models", "--json")).ExitCode);
        Assert.Equal(["Bearer fm_mine", ""], server.Authorizations);
    }

    private sealed class Recorder : HttpMessageHandler
    {
        public List<string> Authorizations { get; } = [];

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Authorizations.Add(request.Headers.Authorization?.ToString() ?? "");
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent("{}") });
        }
    }

    [GeneratedRegex("^token  (?<token>fm_[A-Za-z0-9_-]{43})\r?\nline   risk-team  ingest,read  sha256:(?<hash>[0-9a-f]{64})  credit-\\*,fraud-\\*\r?\n$")]
    private static partial Regex Printed();
}
