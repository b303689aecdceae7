using System.Net;

namespace FleetMonitor.Clustering.Documents;

/// <summary>One silo's row as it is written: every field of Orleans' <see cref="MembershipEntry"/>, and the row's etag.</summary>
/// <remarks>Times are UTC, to 100 ns. Members at their default are left out of the document.</remarks>
internal sealed record SiloRow
{
    /// <summary>Address, port and generation: <c>10.1.2.3:11111@131415</c>, <c>fd00::7:11111@131415</c>.</summary>
    public required string Address { get; init; }

    public required string Etag { get; init; }

    public SiloStatus Status { get; init; }

    /// <summary>Port for Orleans' clients; 0: none.</summary>
    public int Proxy { get; init; }

    public string? Host { get; init; }

    public string? Name { get; init; }

    public string? Role { get; init; }

    public int UpdateZone { get; init; }

    public int FaultZone { get; init; }

    public DateTime Started { get; init; }

    public DateTime Alive { get; init; }

    public IReadOnlyList<Suspicion>? Suspects { get; init; }

    /// <summary>The latest that the row tells of the silo: its start, its sign of life, or somebody's suspicion.</summary>
    internal DateTime LastHeard => (Suspects ?? []).Select(suspicion => suspicion.Time).Append(Started).Append(Alive).Max();

    public static SiloRow Of(MembershipEntry entry, string etag) => new()
    {
        Address = entry.SiloAddress.ToParsableString(),
        Etag = etag,
        Status = entry.Status,
        Proxy = entry.ProxyPort,
        Host = entry.HostName,
        Name = entry.SiloName,
        Role = entry.RoleName,
        UpdateZone = entry.UpdateZone,
        FaultZone = entry.FaultZone,
        Started = Utc(entry.StartTime),
        Alive = Utc(entry.IAmAliveTime),
        Suspects = entry.SuspectTimes is { } suspects ? [.. suspects.Select(pair => new Suspicion(pair.Item1.ToParsableString(), Utc(pair.Item2)))] : null,
    };

    public SiloRow At(DateTime alive) => this with { Alive = Utc(alive) };

    public MembershipEntry ToEntry() => new()
    {
        SiloAddress = SiloAddress.FromParsableString(Address),
        Status = Status,
        ProxyPort = Proxy,
        HostName = Host!,
        SiloName = Name!,
        RoleName = Role!,
        UpdateZone = UpdateZone,
        FaultZone = FaultZone,
        StartTime = Started,
        IAmAliveTime = Alive,
        SuspectTimes = Suspects?.Select(suspicion => Tuple.Create(SiloAddress.FromParsableString(suspicion.By), suspicion.Time)).ToList()!,
    };

    /// <summary>Where Orleans' clients reach the silo; null unless it is Active and lets them in.</summary>
    public Uri? Gateway()
    {
        if (Status != SiloStatus.Active || Proxy == 0) return null;
        var silo = SiloAddress.FromParsableString(Address);
        return SiloAddress.New(new IPEndPoint(silo.Endpoint.Address, Proxy), silo.Generation).ToGatewayUri();
    }

    private static DateTime Utc(DateTime time) => time.Kind == DateTimeKind.Local ? time.ToUniversalTime() : DateTime.SpecifyKind(time, DateTimeKind.Utc);
}

/// <summary>A vote that a silo is dead.</summary>
/// <param name="By">The silo that voted.</param>
/// <param name="Time">UTC.</param>
internal sealed record Suspicion(string By, DateTime Time);
