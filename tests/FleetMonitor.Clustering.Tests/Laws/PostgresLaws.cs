using FleetMonitor.Clustering.Stores;

namespace FleetMonitor.Clustering.Tests.Laws;

[Collection(UsesPostgres.Name)]
public sealed class PostgresLaws(PostgresFixture postgres) : MembershipLaws
{
    private string _connection = "";

    private protected override async Task PrepareAsync() => _connection = await postgres.Server.CreateDatabaseAsync();

    private protected override MembershipDocumentStore Open() => new PostgresDocumentStore(_connection, Cluster);
}
