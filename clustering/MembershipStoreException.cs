namespace FleetMonitor.Clustering;

/// <summary>The place that keeps the membership table did not do what was asked.</summary>
/// <remarks>A write that ends so may have been taken all the same.</remarks>
public sealed class MembershipStoreException : Exception
{
    private MembershipStoreException(string message, Exception? inner, bool isTransient, TimeSpan? retryAfter)
        : base(message, inner)
    {
        IsTransient = isTransient;
        RetryAfter = retryAfter;
    }

    /// <summary>Whether the same call may succeed later without anybody doing anything.</summary>
    public bool IsTransient { get; }

    /// <summary>How long the server asks to be left alone.</summary>
    public TimeSpan? RetryAfter { get; }

    internal static MembershipStoreException Transient(string message, Exception? inner = null, TimeSpan? retryAfter = null) =>
        new(message, inner, true, retryAfter);

    internal static MembershipStoreException Permanent(string message, Exception? inner = null) => new(message, inner, false, null);
}
