using System.Buffers.Text;
using System.Text.Json.Serialization;

namespace FleetMonitor.Clustering.Documents;

/// <summary>The whole membership table of one cluster: its version and every silo's row, which therefore change together or not at all.</summary>
/// <remarks>
/// Immutable; a change gives the next document, or null where Orleans is to be refused. Every change but <see cref="Touch"/> raises the version by one
/// and takes a fresh etag, which becomes the version's and, where one row is written, that row's. The last <see cref="Remembered"/> etags stay in the
/// document, so that a writer whose reply was lost finds out that its write was taken even when others have written since.
/// </remarks>
internal sealed record MembershipDocument
{
    /// <summary>The layout that is written, and the newest that is read.</summary>
    public const int CurrentFormat = 1;

    /// <summary>How many etags a document remembers besides its own.</summary>
    public const int Remembered = 32;

    public int Format { get; init; } = CurrentFormat;

    /// <summary>Whose table it is: Orleans' cluster id.</summary>
    public required string Cluster { get; init; }

    /// <summary>The table's version: 0 when created, -1 for one that is not there.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required int Version { get; init; }

    /// <summary>The version's etag.</summary>
    public required string Etag { get; init; }

    /// <summary>Etags of the versions before, the newest last.</summary>
    public IReadOnlyList<string> Recent { get; init; } = [];

    public IReadOnlyList<SiloRow> Silos { get; init; } = [];

    /// <summary>Whether there is a document at all.</summary>
    public bool Exists() => Version >= 0;

    /// <summary>What stands for a document that nobody has written yet. No etag of Orleans' matches it.</summary>
    public static MembershipDocument Missing(string cluster) => new() { Cluster = cluster, Version = -1, Etag = "" };

    /// <summary>22 characters that no other write has.</summary>
    public static string NewEtag() => Base64Url.EncodeToString(Guid.NewGuid().ToByteArray());

    /// <summary>Whether the write with this etag was taken: it is one of the last <see cref="Remembered"/> + 1.</summary>
    public bool Remembers(string etag) => Etag == etag || Recent.Contains(etag);

    /// <summary>A new row; null when the silo has one, or the table is not at this version any more.</summary>
    public MembershipDocument? Insert(MembershipEntry entry, string versionEtag, string etag) =>
        Etag == versionEtag && Find(entry.SiloAddress) < 0 ? Next(etag, [.. Silos, SiloRow.Of(entry, etag)]) : null;

    /// <summary>The row replaced; null when it is not there, or it or the table was changed since it was read.</summary>
    /// <remarks>A silo's sign of life is not part of what etags protect, so the later of both is kept: one that came in between is not taken back.</remarks>
    public MembershipDocument? Update(MembershipEntry entry, string rowEtag, string versionEtag, string etag)
    {
        var index = Find(entry.SiloAddress);
        if (Etag != versionEtag || index < 0 || Silos[index].Etag != rowEtag) return null;
        var row = SiloRow.Of(entry, etag);
        return Next(etag, With(index, Silos[index].Alive > row.Alive ? row with { Alive = Silos[index].Alive } : row));
    }

    /// <summary>The silo's sign of life, under the same version and etags; the same document where it has no row.</summary>
    public MembershipDocument Touch(MembershipEntry entry)
    {
        var index = Find(entry.SiloAddress);
        return index < 0 ? this : this with { Silos = With(index, Silos[index].At(entry.IAmAliveTime)) };
    }

    /// <summary>Without the rows, of every status but Active, of which nothing was heard since <paramref name="before"/>.</summary>
    /// <returns>The same document where there are none.</returns>
    public MembershipDocument WithoutDefunct(DateTimeOffset before, string etag)
    {
        SiloRow[] kept = [.. Silos.Where(row => row.Status == SiloStatus.Active || row.LastHeard >= before.UtcDateTime)];
        return kept.Length == Silos.Count ? this : Next(etag, kept);
    }

    /// <summary>Without any row. The version rises all the same: whoever still holds an etag of before is refused.</summary>
    public MembershipDocument Emptied(string etag) => Next(etag, []);

    /// <summary>The first document, or one of a version above <paramref name="version"/> where the document fell behind it.</summary>
    public MembershipDocument NotBelow(int version, string etag) =>
        Exists() && Version >= version ? this : Next(etag, Silos) with { Version = Math.Max(Version, version) + 1 };

    private MembershipDocument Next(string etag, IReadOnlyList<SiloRow> silos) => this with
    {
        Version = Version + 1,
        Etag = etag,
        Recent = Exists() ? [.. Recent.Append(Etag).TakeLast(Remembered)] : [],
        Silos = silos,
    };

    private SiloRow[] With(int index, SiloRow row)
    {
        SiloRow[] rows = [.. Silos];
        rows[index] = row;
        return rows;
    }

    private int Find(SiloAddress silo)
    {
        var address = silo.ToParsableString();
        for (var i = 0; i < Silos.Count; i++)
        {
            if (Silos[i].Address == address) return i;
        }
        return -1;
    }
}
