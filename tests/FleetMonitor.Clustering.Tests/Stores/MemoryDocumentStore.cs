using FleetMonitor.Clustering.Stores;

namespace FleetMonitor.Clustering.Tests.Stores;

/// <summary>A store over a document in this process, whose calls can be made to fail before or after they are carried out.</summary>
internal sealed class MemoryDocumentStore(MemoryDocument document) : MembershipDocumentStore
{
    public override string Place => "The test's memory";

    /// <summary>Asked at each call, with its kind: what is to go wrong with it.</summary>
    public Func<StoreCall, StoreFault> Fault { get; init; } = _ => StoreFault.None;

    public int Reads { get; private set; }

    public int Writes { get; private set; }

    public override async Task<StoredText?> ReadAsync(CancellationToken cancellation)
    {
        Reads++;
        var fault = Fault(StoreCall.Read);
        await BeforeAsync(fault, cancellation);
        var read = document.Read();
        await AfterAsync(fault, cancellation);
        return read;
    }

    public override async Task<bool> WriteAsync(string text, StoredText? replaced, CancellationToken cancellation)
    {
        Writes++;
        var fault = Fault(StoreCall.Write);
        if (fault == StoreFault.Conflict) return false;
        if (fault == StoreFault.Late) await LateAsync(() => document.Swap(text, replaced), cancellation);
        await BeforeAsync(fault, cancellation);
        var taken = document.Swap(text, replaced);
        await AfterAsync(fault, cancellation);
        return taken;
    }

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static async Task BeforeAsync(StoreFault fault, CancellationToken cancellation)
    {
        // Lets others in between, as a network does.
        await Task.Yield();
        if (fault == StoreFault.Fail) throw MembershipStoreException.Transient("Nobody listens.");
        if (fault == StoreFault.Refuse) throw MembershipStoreException.Permanent("Not you.");
        if (fault == StoreFault.Hang) await Task.Delay(Timeout.InfiniteTimeSpan, cancellation);
        cancellation.ThrowIfCancellationRequested();
    }

    private static async Task LateAsync(Action carryOut, CancellationToken cancellation)
    {
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellation);
        }
        finally
        {
            carryOut();
        }
    }

    private static async Task AfterAsync(StoreFault fault, CancellationToken cancellation)
    {
        await Task.Yield();
        if (fault == StoreFault.LoseReply) throw MembershipStoreException.Transient("The connection was reset.");
        if (fault == StoreFault.HangAfter) await Task.Delay(Timeout.InfiniteTimeSpan, cancellation);
    }
}

internal enum StoreCall
{
    Read,
    Write,
}

/// <summary>What goes wrong with a call.</summary>
internal enum StoreFault
{
    None,

    /// <summary>It is refused as if somebody had been faster.</summary>
    Conflict,

    /// <summary>It fails and is not carried out.</summary>
    Fail,

    /// <summary>It is refused for good.</summary>
    Refuse,

    /// <summary>It is never answered and not carried out.</summary>
    Hang,

    /// <summary>It is carried out, and fails.</summary>
    LoseReply,

    /// <summary>It is carried out, and never answered.</summary>
    HangAfter,

    /// <summary>It is carried out when its caller has given it up.</summary>
    Late,
}
