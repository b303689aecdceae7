using FleetMonitor.Api.Bounds;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using Xunit;

namespace FleetMonitor.Api.Tests.Bounds;

public sealed class BodyBudgetTests
{
    private readonly BodyBudget _budget = new(Options.Create(new ServerOptions { MaxMemoryBytes = 100 }));

    [Fact]
    public void Take_BeyondTheRoom_TakesNothing()
    {
        var request = new DefaultHttpContext();
        _budget.Take(request, 90);
        Assert.Equal("memory_bytes", Assert.Throws<BoundException>(() => _budget.Take(request, 11)).Bound);
        Assert.Throws<BoundException>(() => _budget.Hold(11));
        Assert.Equal(90, _budget.Taken);
    }

    /// <summary>Whatever comes after a request's answer is neither kept nor given back twice.</summary>
    [Fact]
    public void Share_WhoseAnswerIsSent_IsGivenBackOnce()
    {
        var (request, response) = (new DefaultHttpContext(), new Answering());
        request.Features.Set<IHttpResponseFeature>(response);
        _budget.Take(request, 50);
        BodyBudget.Give(request, 20);
        Assert.Equal(30, _budget.Taken);
        response.Send();
        Assert.Equal(0, _budget.Taken);
        BodyBudget.Give(request, 30);
        _budget.Take(request, 10);
        Assert.Equal(0, _budget.Taken);
    }

    [Fact]
    public void Room_IsThereUntilItIsDisposedOf()
    {
        using (_budget.Hold(100)) Assert.Throws<BoundException>(() => _budget.Hold(1));
        Assert.Equal(0, _budget.Taken);
    }

    private sealed class Answering : HttpResponseFeature
    {
        private readonly List<(Func<object, Task> Callback, object State)> _completed = [];

        public override void OnCompleted(Func<object, Task> callback, object state) => _completed.Add((callback, state));

        public void Send()
        {
            foreach (var (callback, state) in _completed) callback(state);
        }
    }
}
