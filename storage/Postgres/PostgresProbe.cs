using Npgsql;

namespace FleetMonitor.Storage;

/// <summary>The test write of an unhealthy store: whether the tables can be written and their disk has room.</summary>
internal static class PostgresProbe
{
    /// <summary>Several pages, so that it needs space as a batch does.</summary>
    private const int Bytes = 64 << 10;

    /// <exception cref="NpgsqlException">They cannot.</exception>
    public static void Write(NpgsqlConnection connection)
    {
        using var batch = connection.CreateBatch();
        batch.BatchCommands.Add(new NpgsqlBatchCommand("UPDATE models SET epoch = epoch WHERE id = 0"));
        batch.BatchCommands.Add(new NpgsqlBatchCommand("INSERT INTO probes VALUES ($1)") { Parameters = { PostgresModels.Of(new byte[Bytes]) } });
        batch.BatchCommands.Add(new NpgsqlBatchCommand("DELETE FROM probes"));
        batch.ExecuteNonQuery();
    }
}
