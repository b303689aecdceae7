using System.Globalization;
using System.Net;

namespace FleetMonitor.Clustering.Tests;

/// <summary>Rows to put into tables.</summary>
internal static class Entries
{
    public static readonly DateTime Now = new(2026, 3, 4, 5, 6, 7, DateTimeKind.Utc);

    private static int generation;

    public static SiloAddress Address(string ip = "10.1.2.3") => SiloAddress.New(IPAddress.Parse(ip), 11_111, Interlocked.Increment(ref generation));

    public static MembershipEntry Silo(SiloStatus status = SiloStatus.Joining, string ip = "10.1.2.3", int age = 0) => new()
    {
        SiloAddress = Address(ip),
        HostName = "fleet-monitor-silo-2.fleet-monitor",
        SiloName = "fleet-monitor-silo-2",
        RoleName = "FleetMonitor.Silo",
        Status = status,
        ProxyPort = 30_000,
        StartTime = Now.AddDays(-age),
        IAmAliveTime = Now.AddDays(-age),
    };

    /// <summary>Every field of a row as text, to the tick.</summary>
    public static string Text(this MembershipEntry entry)
    {
        object?[] fields =
        [
            entry.SiloAddress.ToParsableString(), entry.Status, entry.ProxyPort, entry.HostName, entry.SiloName, entry.RoleName,
            entry.UpdateZone, entry.FaultZone, Text(entry.StartTime), Text(entry.IAmAliveTime),
            .. (entry.SuspectTimes ?? []).Select(suspicion => $"{suspicion.Item1.ToParsableString()}={Text(suspicion.Item2)}"),
        ];
        return string.Join(' ', fields);
    }

    private static string Text(DateTime time) => time.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff", CultureInfo.InvariantCulture);
}
