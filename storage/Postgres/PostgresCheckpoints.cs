using Npgsql;

namespace FleetMonitor.Storage;

/// <summary>Checkpoints: written beside the appends, on a connection of their own, since they are large and nobody's order depends on them.</summary>
/// <remarks>
/// Three statements in one round trip and one transaction. The new state goes into a row that nobody sees yet, which takes long and locks nothing; then
/// the model's row is turned to it, if the epoch is the lease's and the sequence lies in the log; then whatever row of the model is not its checkpoint
/// goes: the old one, or, where the lease is fenced, the new one.
/// </remarks>
internal sealed class PostgresCheckpoints(PostgresDatabase database)
{
    private const string WriteSql = "INSERT INTO checkpoints (model_id, sequence, checksum, state) VALUES ($1, $2, $3, $4) RETURNING id";

    private const string TurnSql = """
        UPDATE models SET checkpoint_id = currval(pg_get_serial_sequence('checkpoints', 'id')), checkpoint_sequence = $3
        WHERE id = $1 AND epoch = $2 AND checkpoint_sequence <= $3 AND last_sequence >= $3 RETURNING id
        """;

    private const string SweepSql = "DELETE FROM checkpoints WHERE model_id = $1 AND id IS DISTINCT FROM (SELECT checkpoint_id FROM models WHERE id = $1)";

    private const string WhySql = "SELECT checkpoint_sequence, last_sequence FROM models WHERE id = $1 AND epoch = $2";

    /// <exception cref="ArgumentException">The sequence lies behind the last checkpoint's or beyond the log's end.</exception>
    /// <exception cref="FencedException">The lease is over.</exception>
    /// <exception cref="NpgsqlException">It was not saved, or, if that is not definite, nobody knows. Either way a checkpoint stands, with the log behind
    /// it.</exception>
    public async Task SaveAsync(ModelLease lease, long sequence, ReadOnlyMemory<byte> state, CancellationToken ct)
    {
        try
        {
            await SaveOnceAsync(lease, sequence, state, ct).ConfigureAwait(false);
        }
        catch (NpgsqlException e) when (!e.IsDefinite() && e.InnerException is not TimeoutException)
        {
            // The connection may have died long ago, unnoticed. The same checkpoint saved twice is saved once.
            database.Reset();
            await SaveOnceAsync(lease, sequence, state, ct).ConfigureAwait(false);
        }
    }

    private async Task SaveOnceAsync(ModelLease lease, long sequence, ReadOnlyMemory<byte> state, CancellationToken ct)
    {
        var connection = await database.OpenAsync(ct).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            if (await TurnAsync(connection, lease, sequence, state, ct).ConfigureAwait(false)) return;
            var command = new NpgsqlCommand(WhySql, connection) { Parameters = { PostgresModels.Of(lease.ModelId), PostgresModels.Of(lease.Epoch) } };
            await using (command.ConfigureAwait(false))
            {
                var row = await command.ExecuteReaderAsync(ct).ConfigureAwait(false);
                await using (row.ConfigureAwait(false))
                {
                    if (!await row.ReadAsync(ct).ConfigureAwait(false)) throw FencedException.For(lease);
                    throw new ArgumentException(
                        $"A checkpoint of model '{lease.Name}' covers sequence {row.GetInt64(0)} to {row.GetInt64(1)}, not {sequence}.", nameof(sequence));
                }
            }
        }
    }

    private async Task<bool> TurnAsync(NpgsqlConnection connection, ModelLease lease, long sequence, ReadOnlyMemory<byte> state, CancellationToken ct)
    {
        var batch = connection.CreateBatch();
        await using (batch.ConfigureAwait(false))
        {
            if (database.TimeoutFor(state.Length) is { } seconds)
            {
                batch.Timeout = seconds + 2;
                batch.BatchCommands.Add(new NpgsqlBatchCommand($"SET LOCAL statement_timeout = {seconds * 1000L}"));
            }
            var (model, last) = (PostgresModels.Of(lease.ModelId), PostgresModels.Of(sequence));
            var checksum = LogSegment.Checksum(lease.ModelId, sequence, state.Span);
            batch.BatchCommands.Add(new NpgsqlBatchCommand(WriteSql) { Parameters = { model, last, PostgresModels.Of(checksum), PostgresModels.Of(state) } });
            var turn = new NpgsqlBatchCommand(TurnSql)
            {
                Parameters = { PostgresModels.Of(lease.ModelId), PostgresModels.Of(lease.Epoch), PostgresModels.Of(sequence) },
            };
            batch.BatchCommands.Add(turn);
            batch.BatchCommands.Add(new NpgsqlBatchCommand(SweepSql) { Parameters = { PostgresModels.Of(lease.ModelId) } });
            await batch.ExecuteNonQueryAsync(ct).ConfigureAwait(false);
            return turn.RecordsAffected == 1;
        }
    }
}
