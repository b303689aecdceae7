using Orleans.Messaging;

namespace FleetMonitor.Clustering.Tests;

/// <summary>Calls that nobody cancels.</summary>
internal static class TableCalls
{
    public static Task InitializeMembershipTableAsync(this IMembershipTable table, bool create) =>
        table.InitializeMembershipTableAsync(create, CancellationToken.None);

    public static Task<MembershipTableData> ReadAllAsync(this IMembershipTable table) =>
        table.ReadAllAsync(CancellationToken.None);

    public static Task<MembershipTableData> ReadRowAsync(this IMembershipTable table, SiloAddress silo) =>
        table.ReadRowAsync(silo, CancellationToken.None);

    public static Task<bool> InsertRowAsync(this IMembershipTable table, MembershipEntry entry, TableVersion version) =>
        table.InsertRowAsync(entry, version, CancellationToken.None);

    public static Task<bool> UpdateRowAsync(this IMembershipTable table, MembershipEntry entry, string etag, TableVersion version) =>
        table.UpdateRowAsync(entry, etag, version, CancellationToken.None);

    public static Task UpdateIAmAliveAsync(this IMembershipTable table, MembershipEntry entry) =>
        table.UpdateIAmAliveAsync(entry, CancellationToken.None);

    public static Task CleanupDefunctSiloEntriesAsync(this IMembershipTable table, DateTimeOffset before) =>
        table.CleanupDefunctSiloEntriesAsync(before, CancellationToken.None);

    public static Task DeleteMembershipTableEntriesAsync(this IMembershipTable table, string cluster) =>
        table.DeleteMembershipTableEntriesAsync(cluster, CancellationToken.None);

    public static Task InitializeGatewayListProviderAsync(this IGatewayListProvider list) =>
        list.InitializeGatewayListProviderAsync(CancellationToken.None);

    public static Task<IList<Uri>> GetGatewaysAsync(this IGatewayListProvider list) =>
        list.GetGatewaysAsync(CancellationToken.None);
}
