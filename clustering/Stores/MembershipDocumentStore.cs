namespace FleetMonitor.Clustering.Stores;

/// <summary>A place that keeps one text and replaces it by compare-and-swap.</summary>
/// <remarks>
/// One attempt a call: no retries, no timeout of its own; it ends when its token is cancelled. Safe to use from many threads and processes.
/// What goes wrong is a <see cref="MembershipStoreException"/>.
/// </remarks>
internal abstract class MembershipDocumentStore : IAsyncDisposable
{
    /// <summary>What it is, for messages: <c>ConfigMap prod/fleet-membership</c>.</summary>
    public abstract string Place { get; }

    /// <summary>The newest text that was taken, never an older one; null where there is none.</summary>
    public abstract Task<StoredText?> ReadAsync(CancellationToken cancellation);

    /// <summary>Puts <paramref name="text"/> in the place of what was read, or creates it.</summary>
    /// <param name="replaced">What <see cref="ReadAsync"/> gave; null: there was nothing.</param>
    /// <returns>False: somebody was faster, nothing was written.</returns>
    public abstract Task<bool> WriteAsync(string text, StoredText? replaced, CancellationToken cancellation);

    public abstract ValueTask DisposeAsync();
}

/// <summary>A text, and the token that tells this one from every other that was there before or after.</summary>
internal sealed record StoredText(string Text, object Token);
