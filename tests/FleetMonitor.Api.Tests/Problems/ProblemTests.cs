using System.Net;
using FleetMonitor.Api.Problems;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace FleetMonitor.Api.Tests.Problems;

[Collection(nameof(Fleet))]
public sealed class ProblemTests(Fleet fleet)
{
    /// <summary>So the runtime tells of an activation that takes too long: to be tried again, unless it is the client who has gone.</summary>
    [Theory]
    [InlineData(false, 503)]
    [InlineData(true, null)]
    public void Of_ACallThatWasCancelled_IsToBeTriedAgainUnlessTheClientHasGone(bool gone, int? status)
    {
        var context = new DefaultHttpContext { RequestAborted = new CancellationToken(gone) };
        Assert.Equal(status, Problem.Of(new TaskCanceledException(), context)?.StatusCode);
    }

    [Theory]
    [InlineData("/v1")]
    [InlineData("/v1/modelz")]
    [InlineData("/v1/models/a/slices")]
    [InlineData("/v3/models/a")]
    public async Task AnyPath_ThatIsNone_IsNotFoundAsAProblem(string path) =>
        Assert.Equal("There is no such path.", (await fleet.GetAsync(path)).Detail(HttpStatusCode.NotFound));

    [Theory]
    [InlineData("POST", "/v1/models", "GET")]
    [InlineData("PATCH", "/v1/models/a", "DELETE, GET, PUT")]
    [InlineData("GET", "/v1/models/a/predictions", "POST")]
    [InlineData("POST", "/v1/models/a/reference", "PUT")]
    public async Task AnyMethod_ThatIsNotThePaths_IsAProblemThatNamesThoseThatAre(string method, string path, string allowed)
    {
        var answer = await fleet.SendAsync(new HttpMethod(method), path, []);
        Assert.StartsWith("expected ", answer.Detail(HttpStatusCode.MethodNotAllowed), StringComparison.Ordinal);
        Assert.Equal(allowed, string.Join(", ", answer.ContentHeaders.Allow.Order(StringComparer.Ordinal)));
    }

    [Theory]
    [InlineData("text/html")]
    [InlineData("application/xml;q=0.9")]
    public async Task AProblem_ForAClientThatAskedForSomethingElse_IsOneAllTheSame(string accept) =>
        (await fleet.SendAsync(HttpMethod.Get, "/nowhere", null, null, ("Accept", accept))).Problem(HttpStatusCode.NotFound);

    [Fact]
    public async Task AProblem_NamesNoneOfOurTypes()
    {
        foreach (var path in new[] { "/v1/models?page=x", "/v1/models/a/history?steps=1e9", "/v1/models/nobody" })
        {
            var text = (await fleet.GetAsync(path)).Text;
            Assert.DoesNotContain("Nullable", text, StringComparison.Ordinal);
            Assert.DoesNotContain("System.", text, StringComparison.Ordinal);
            Assert.DoesNotContain("FleetMonitor.", text, StringComparison.Ordinal);
        }
    }
}
