using System.Net;

namespace FleetMonitor.Cli.Tests;

public sealed class CheckTests : IDisposable
{
    private const string Url = "http://localhost:8080";

    private readonly LoopbackServer _server = new(TimeProvider.System);

    public void Dispose() => _server.Dispose();

    [Fact]
    public async Task Check_OfAServerThatWorks_ReadsBackWhatItRecordedAndLeavesNothing()
    {
        using var cli = new Cli { Handler = () => _server };
        var result = await cli.RunAsync("check", "--to", Url);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Contains("the prediction and its label were read back", result.Out, StringComparison.Ordinal);
        Assert.Empty(_server.Models);
    }

    [Fact]
    public async Task Check_ToldToKeep_LeavesTheModel()
    {
        using var cli = new Cli { Handler = () => _server };
        var result = await cli.RunAsync("check", "--to", Url, "--keep");
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal(1, _server.Describe(Assert.Single(_server.Models)).Labels.Joined);
    }

    [Fact]
    public async Task Check_OfReadinessAlone_RecordsNothing()
    {
        using var cli = new Cli { Handler = () => _server };
        var result = await cli.RunAsync("check", "--ready", "--to", Url);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Empty(_server.Models);
    }

    [Fact]
    public async Task Check_OfAServerThatIsNotReady_FailsAndSaysSo()
    {
        using var cli = new Cli { Handler = () => new Refusal(HttpStatusCode.ServiceUnavailable) };
        var result = await cli.RunAsync("check", "--ready", "--to", Url);
        Assert.Equal(3, result.ExitCode);
        Assert.Contains("is not ready", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_OfAServerThatForgets_Fails()
    {
        using var cli = new Cli { Handler = () => new Forgetful(_server) };
        var result = await cli.RunAsync("check", "--to", Url);
        Assert.Equal(3, result.ExitCode);
        Assert.Contains("labels that met their prediction", result.Error, StringComparison.Ordinal);
    }

    private sealed class Refusal(HttpStatusCode status) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => Task.FromResult(new HttpResponseMessage(status));
    }

    /// <summary>Takes predictions and loses them before the label comes.</summary>
    private sealed class Forgetful(LoopbackServer server) : DelegatingHandler(server)
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.RequestUri!.AbsolutePath.EndsWith("/labels", StringComparison.Ordinal))
            {
                using var delete = new HttpRequestMessage(HttpMethod.Delete, request.RequestUri.AbsoluteUri.Replace("/labels", "", StringComparison.Ordinal));
                (await base.SendAsync(delete, cancellationToken)).Dispose();
            }
            return await base.SendAsync(request, cancellationToken);
        }
    }
}
