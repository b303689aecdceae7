using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace FleetMonitor.Api.Bounds;

/// <summary>Holds what comes in to its pace while it is waited for: in each <see cref="ServerOptions.StallTimeout"/> of waiting as many bytes as
/// <see cref="ServerOptions.MinBytesPerSecond"/> makes of it, whatever came before.</summary>
/// <remarks>Kestrel's own pace is that of a body as a whole, so what came fast may stall for hours; and a stream of gRPC has none. Its reader waits alone.</remarks>
internal sealed class BodyPace(ServerOptions options, TimeProvider time) : IDisposable
{
    private readonly CancellationTokenSource _over = new(Timeout.InfiniteTimeSpan, time);
    private CancellationTokenRegistration _given;
    private CancellationToken _reader;
    private TimeSpan _left = options.StallTimeout;
    private double _due = options.MinBytesPerSecond * options.StallTimeout.TotalSeconds;
    private long _since;

    public static BodyPace Of(HttpContext context) =>
        new(context.RequestServices.GetRequiredService<IOptions<ServerOptions>>().Value, context.RequestServices.GetRequiredService<TimeProvider>());

    /// <summary>Whether the time is over, and not what the reader waits with.</summary>
    public bool IsOver => _over.IsCancellationRequested && !_reader.IsCancellationRequested;

    /// <summary>What to wait with: it ends with <paramref name="reader"/>, or when the time is over.</summary>
    public CancellationToken Start(CancellationToken reader)
    {
        _reader = reader;
        _given = reader.UnsafeRegister(static over => ((CancellationTokenSource)over!).Cancel(), _over);
        _since = time.GetTimestamp();
        _over.CancelAfter(_left);
        return _over.Token;
    }

    public void Came(long bytes)
    {
        _given.Dispose();
        _over.CancelAfter(Timeout.InfiniteTimeSpan);
        var left = _left - time.GetElapsedTime(_since);
        _left = left > TimeSpan.Zero ? left : TimeSpan.Zero;
        _due -= bytes;
        if (_due <= 0) Restart();
    }

    /// <summary>What comes next owes nothing for what came.</summary>
    public void Restart() => (_left, _due) = (options.StallTimeout, options.MinBytesPerSecond * options.StallTimeout.TotalSeconds);

    public BadHttpRequestException TooSlow() => new(
        string.Create(CultureInfo.InvariantCulture, $"expected at least {options.MinBytesPerSecond} bytes a second, and waited {options.StallTimeout.TotalSeconds} s for them"),
        StatusCodes.Status408RequestTimeout);

    public void Dispose()
    {
        _given.Dispose();
        _over.Dispose();
    }
}
