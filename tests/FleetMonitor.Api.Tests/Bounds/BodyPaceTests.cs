using FleetMonitor.Api.Bounds;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace FleetMonitor.Api.Tests.Bounds;

public sealed class BodyPaceTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly BodyPace _pace;

    public BodyPaceTests() => _pace = new BodyPace(new ServerOptions { MinBytesPerSecond = 100, StallTimeout = TimeSpan.FromSeconds(10) }, _time);

    public void Dispose() => _pace.Dispose();

    [Fact]
    public void Wait_AfterMuchCameFast_IsOverAsSoonAsAnyOther()
    {
        _pace.Start(default);
        _pace.Came(1 << 30);
        var waiting = _pace.Start(default);
        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.False(waiting.IsCancellationRequested);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(waiting.IsCancellationRequested && _pace.IsOver);
    }

    /// <summary>A byte now and then is no pace.</summary>
    [Fact]
    public void Wait_ForBytesOneByOne_IsOver()
    {
        for (var second = 0; second < 9; second++) Come(bytes: 1);
        Assert.False(_pace.IsOver);
        _pace.Start(default);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(_pace.IsOver);
    }

    [Fact]
    public void Wait_AboveThePace_IsNeverOver()
    {
        for (var second = 0; second < 3_600; second++) Come(bytes: 120);
        Assert.False(_pace.IsOver);
    }

    /// <summary>What is spent between two reads is the reader's time.</summary>
    [Fact]
    public void Time_BetweenTwoReads_IsNotCounted()
    {
        for (var read = 0; read < 5; read++)
        {
            Come(bytes: 1);
            _time.Advance(TimeSpan.FromHours(1));
        }
        Assert.False(_pace.IsOver);
    }

    [Fact]
    public void Wait_ThatItsReaderEnds_IsNotOver()
    {
        using var reader = new CancellationTokenSource();
        var waiting = _pace.Start(reader.Token);
        reader.Cancel();
        Assert.True(waiting.IsCancellationRequested);
        Assert.False(_pace.IsOver);
    }

    private void Come(long bytes)
    {
        _pace.Start(default);
        _time.Advance(TimeSpan.FromSeconds(1));
        _pace.Came(bytes);
    }
}
