using FleetMonitor.Clustering.Documents;
using FleetMonitor.Clustering.Stores;

namespace FleetMonitor.Clustering.Tables;

/// <summary>Reads and changes one cluster's document, over a store that may refuse, fail, or take a write and lose the reply.</summary>
internal sealed class MembershipDocuments(MembershipDocumentStore store, string cluster, CallPolicy policy)
{
    /// <summary>The newest document; one that does not exist where nobody wrote any.</summary>
    /// <exception cref="MembershipStoreException">The store failed at every attempt, or in a way that repeating does not mend.</exception>
    public async Task<MembershipDocument> ReadAsync(CancellationToken cancellation)
    {
        var attempts = policy.Begin();
        while (true)
        {
            MembershipStoreException failure;
            try
            {
                return (await LoadAsync(cancellation).ConfigureAwait(false)).Document;
            }
            catch (MembershipStoreException exception) when (exception.IsTransient)
            {
                failure = exception;
            }
            await attempts.PauseAsync(store.Place, failure, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Replaces the document by what <paramref name="change"/> makes of it.</summary>
    /// <remarks>
    /// After a conflict or a lost reply everything is decided by reading again. The operation's etag is there: the write was taken. Otherwise
    /// <paramref name="change"/> is asked again, and refuses where the etags that Orleans knows are not the document's any more. A write that is still on
    /// its way can be taken only while nothing else was, and then it is found.
    /// </remarks>
    /// <param name="etag">The operation's own: the same at every attempt, so that it cannot be applied twice.</param>
    /// <param name="change">Gives the next document, the same one where nothing is to be written, or null to refuse.</param>
    /// <returns>The document after the operation; null: refused.</returns>
    /// <exception cref="MembershipStoreException">Likewise; whether the change was taken is then unknown.</exception>
    public async Task<MembershipDocument?> ChangeAsync(string etag, Func<MembershipDocument, MembershipDocument?> change, CancellationToken cancellation)
    {
        var attempts = policy.Begin();
        while (true)
        {
            MembershipStoreException? failure = null;
            try
            {
                var (stored, document) = await LoadAsync(cancellation).ConfigureAwait(false);
                if (document.Remembers(etag)) return document;
                var next = change(document);
                if (next is null || ReferenceEquals(next, document)) return next;
                var text = MembershipDocumentJson.Encode(next);
                if (await policy.CallAsync(store.Place, call => store.WriteAsync(text, stored, call), cancellation).ConfigureAwait(false)) return next;
            }
            catch (MembershipStoreException exception) when (exception.IsTransient)
            {
                failure = exception;
            }
            await attempts.PauseAsync(store.Place, failure, cancellation).ConfigureAwait(false);
        }
    }

    private async Task<(StoredText? Stored, MembershipDocument Document)> LoadAsync(CancellationToken cancellation)
    {
        var stored = await policy.CallAsync(store.Place, store.ReadAsync, cancellation).ConfigureAwait(false);
        // An empty text is what a ConfigMap gives that somebody made without a document in it.
        return stored is { Text: { Length: > 0 } text }
            ? (stored, MembershipDocumentJson.Decode(text, cluster, store.Place))
            : (stored, MembershipDocument.Missing(cluster));
    }
}
