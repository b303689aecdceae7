namespace FleetMonitor.Clustering.Tables;

/// <summary>How long a call to the store may take, how often it is repeated, and when it is given up.</summary>
/// <param name="CallTimeout">After which one call counts as lost.</param>
/// <param name="RetryFor">After which an operation fails with what went wrong last.</param>
/// <param name="Random">Spreads those who were refused at the same moment.</param>
internal sealed record CallPolicy(TimeSpan CallTimeout, TimeSpan RetryFor, TimeProvider Time, Random Random)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    /// <summary>One call, ended after <see cref="CallTimeout"/>.</summary>
    /// <exception cref="MembershipStoreException">The store's, or a transient one for a call that took too long.</exception>
    public async Task<T> CallAsync<T>(string place, Func<CancellationToken, Task<T>> call, CancellationToken cancellation)
    {
        using var timeout = new CancellationTokenSource(CallTimeout, Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellation);
        try
        {
            return await call(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception) when (!cancellation.IsCancellationRequested)
        {
            throw MembershipStoreException.Transient($"{place} did not answer within {CallTimeout}.", exception);
        }
    }

    public Attempts Begin() => new(this);

    /// <summary>The attempts of one operation.</summary>
    internal sealed class Attempts(CallPolicy policy)
    {
        private readonly long _started = policy.Time.GetTimestamp();
        private TimeSpan _pause = FirstPause;

        /// <summary>Waits before the next attempt: between half and all of a pause that doubles up to a second, or as long as the server asks.</summary>
        /// <param name="failure">Why there has to be another; null: somebody else was faster.</param>
        /// <exception cref="MembershipStoreException">There is no time for another.</exception>
        public async Task PauseAsync(string place, MembershipStoreException? failure, CancellationToken cancellation)
        {
            double share;
            lock (policy.Random) share = policy.Random.NextDouble();
            var pause = _pause * ((1 + share) / 2);
            if (failure?.RetryAfter is { } asked && asked > pause) pause = asked;
            if (policy.Time.GetElapsedTime(_started) + pause > policy.RetryFor)
            {
                throw failure ?? MembershipStoreException.Transient($"{place} was changed by others at every attempt for {policy.RetryFor}.");
            }
            _pause = _pause * 2 < LongestPause ? _pause * 2 : LongestPause;
            await Task.Delay(pause, policy.Time, cancellation).ConfigureAwait(false);
        }
    }
}
