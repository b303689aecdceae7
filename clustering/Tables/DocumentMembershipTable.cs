using FleetMonitor.Clustering.Documents;

namespace FleetMonitor.Clustering.Tables;

/// <summary>Orleans' membership table in one document that is replaced by compare-and-swap.</summary>
/// <remarks>
/// Orleans is told false only where it has to read anew and decide again: its etags are outdated, a row exists already, or does not. Conflicts on the
/// document alone (a neighbour's sign of life) are repeated here, since after a false Orleans waits 2 to 64 s.
/// A document that somebody deleted or set back comes back above the highest version this process has seen. Silos that run then find themselves missing
/// in a newer table, which ends and restarts them; with an older version they would ignore it, beside others that join without seeing them.
/// </remarks>
internal sealed partial class DocumentMembershipTable(MembershipDocuments documents, string cluster) : IMembershipTable
{
    private int _highestSeen = -1;

    public async Task InitializeMembershipTableAsync(bool tryInitTableVersion, CancellationToken cancellationToken)
    {
        if (tryInitTableVersion) await CurrentAsync(cancellationToken).ConfigureAwait(false);
    }

    public async Task<MembershipTableData> ReadAllAsync(CancellationToken cancellationToken)
    {
        var document = await CurrentAsync(cancellationToken).ConfigureAwait(false);
        return new MembershipTableData([.. document.Silos.Select(WithEtag)], VersionOf(document));
    }

    public async Task<MembershipTableData> ReadRowAsync(SiloAddress key, CancellationToken cancellationToken)
    {
        var document = await CurrentAsync(cancellationToken).ConfigureAwait(false);
        var address = key.ToParsableString();
        return new MembershipTableData([.. document.Silos.Where(row => row.Address == address).Select(WithEtag)], VersionOf(document));
    }

    public Task<bool> InsertRowAsync(MembershipEntry entry, TableVersion tableVersion, CancellationToken cancellationToken)
    {
        var etag = MembershipDocument.NewEtag();
        return ChangeAsync(etag, document => document.Insert(entry, tableVersion.VersionEtag, etag), cancellationToken);
    }

    public Task<bool> UpdateRowAsync(MembershipEntry entry, string etag, TableVersion tableVersion, CancellationToken cancellationToken)
    {
        var own = MembershipDocument.NewEtag();
        return ChangeAsync(own, document => document.Update(entry, etag, tableVersion.VersionEtag, own), cancellationToken);
    }

    /// <remarks>It carries no etag of its own: applied twice it is the same as once.</remarks>
    public Task UpdateIAmAliveAsync(MembershipEntry entry, CancellationToken cancellationToken) =>
        ChangeAsync(MembershipDocument.NewEtag(), document => document.Touch(entry), cancellationToken);

    public Task CleanupDefunctSiloEntriesAsync(DateTimeOffset beforeDate, CancellationToken cancellationToken)
    {
        var etag = MembershipDocument.NewEtag();
        return ChangeAsync(etag, document => document.WithoutDefunct(beforeDate, etag), cancellationToken);
    }

    /// <exception cref="ArgumentException">It is another cluster.</exception>
    public Task DeleteMembershipTableEntriesAsync(string clusterId, CancellationToken cancellationToken)
    {
        if (clusterId != cluster) throw new ArgumentException($"This table holds the silos of cluster '{cluster}', not of '{clusterId}'.", nameof(clusterId));
        var etag = MembershipDocument.NewEtag();
        return ChangeAsync(etag, document => document.Emptied(etag), cancellationToken);
    }

    /// <summary>The newest document, never below what was seen before.</summary>
    private async Task<MembershipDocument> CurrentAsync(CancellationToken cancellation)
    {
        var document = await documents.ReadAsync(cancellation).ConfigureAwait(false);
        var seen = Volatile.Read(ref _highestSeen);
        if (!document.Exists() || document.Version < seen)
        {
            var etag = MembershipDocument.NewEtag();
            document = (await documents.ChangeAsync(etag, found => found.NotBelow(seen, etag), cancellation).ConfigureAwait(false))!;
        }
        Saw(document);
        return document;
    }

    private async Task<bool> ChangeAsync(string etag, Func<MembershipDocument, MembershipDocument?> change, CancellationToken cancellation)
    {
        if (await documents.ChangeAsync(etag, change, cancellation).ConfigureAwait(false) is not { } document) return false;
        Saw(document);
        return true;
    }

    private void Saw(MembershipDocument document)
    {
        int seen;
        while ((seen = Volatile.Read(ref _highestSeen)) < document.Version && Interlocked.CompareExchange(ref _highestSeen, document.Version, seen) != seen)
        {
        }
    }

    private static Tuple<MembershipEntry, string> WithEtag(SiloRow row) => Tuple.Create(row.ToEntry(), row.Etag);

    private static TableVersion VersionOf(MembershipDocument document) => new(document.Version, document.Etag);
}
