namespace FleetMonitor.Core.Formats;

/// <summary>A request that is not a document of its format at all, so that no item of it can be told from another.</summary>
public sealed class DocumentException : FormatException
{
    public DocumentException() { }
    public DocumentException(string message) : base(message) { }
    public DocumentException(string message, Exception inner) : base(message, inner) { }

    /// <summary>Where reading stopped, in bytes from the start; null where the document as a whole is wrong, or has lines.</summary>
    public long? ByteOffset { get; init; }

    /// <summary>The line where reading stopped, from 1; null for a JSON document.</summary>
    public long? Line { get; init; }
}

/// <summary>A request that is larger than a decoder takes; it may be sent again in parts.</summary>
public sealed class LimitException : Exception
{
    public LimitException() { }
    public LimitException(string message) : base(message) { }
    public LimitException(string message, Exception inner) : base(message, inner) { }

    public LimitException(string limit, long max) : base(FormattableString.Invariant($"more than {max} {limit}"))
    {
        Limit = limit;
        Max = max;
    }

    /// <summary><c>items</c>, <c>columns</c>, <c>cells (rows × columns)</c>, <c>bytes</c>, or in a CSV's header <c>features</c> or <c>classes</c>.</summary>
    public string Limit { get; } = "";

    public long Max { get; }
}
