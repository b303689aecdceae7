using System.Globalization;
using Microsoft.Extensions.Options;

namespace FleetMonitor.Api.Bounds;

/// <summary>Lets so many pages of metrics be made and read at a time: each is held whole until it is read. Anybody may ask for one, and those that do are not among the requests that are counted.</summary>
/// <remarks>One more waits for a moment, since a page that is read at once is gone as soon: who scrapes as usual is never refused for coming with others.</remarks>
internal sealed class ScrapeGate(IOptions<ServerOptions> options) : IDisposable
{
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _free = new(options.Value.MaxScrapes);

    /// <summary>To be given back when the page is read.</summary>
    /// <exception cref="BoundException">Enough are being read, and none was done in time.</exception>
    public async ValueTask<Place> EnterAsync(CancellationToken cancellation)
    {
        if (await _free.WaitAsync(Moment, cancellation)) return new Place(_free);
        throw new BoundException(Bound.Scrapes, string.Create(CultureInfo.InvariantCulture, $"{options.Value.MaxScrapes} pages of metrics are being read, and no more are made at a time; try again"));
    }

    public void Dispose() => _free.Dispose();

    internal readonly struct Place(SemaphoreSlim free) : IDisposable
    {
        public void Dispose() => free.Release();
    }
}
