using System.Globalization;
using Microsoft.Extensions.Options;

namespace FleetMonitor.Api.Bounds;

/// <summary>Takes so many references at a time and no more: each may hold as much as <see cref="FleetApiOptions.MaxReferenceBytes"/>, and again in
/// columns.</summary>
internal sealed class ReferenceGate(IOptions<ServerOptions> options)
{
    private int _underWay;

    /// <summary>To be given back when the reference is in force, or refused.</summary>
    /// <exception cref="BoundException">Enough are under way.</exception>
    public Place Enter()
    {
        if (Interlocked.Increment(ref _underWay) <= options.Value.MaxReferences) return new Place(this);
        Interlocked.Decrement(ref _underWay);
        throw new BoundException(Bound.References, string.Create(CultureInfo.InvariantCulture, $"{options.Value.MaxReferences} references are under way, and no more are taken at a time; try again"));
    }

    internal readonly struct Place(ReferenceGate gate) : IDisposable
    {
        public void Dispose() => Interlocked.Decrement(ref gate._underWay);
    }
}
