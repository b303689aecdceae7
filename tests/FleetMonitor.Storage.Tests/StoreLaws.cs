namespace FleetMonitor.Storage.Tests;

// The laws, for each kind of store.

public sealed class SqliteAppendTests() : AppendLaws(new SqliteKind());

public sealed class SqliteFencingTests() : FencingLaws(new SqliteKind());

public sealed class SqliteCheckpointTests() : CheckpointLaws(new SqliteKind());

public sealed class SqliteListingTests() : ListingLaws(new SqliteKind());

public sealed class SqliteLifetimeTests() : LifetimeLaws(new SqliteKind());

public sealed class SqliteDamageTests() : CorruptionLaws(new SqliteKind());

public sealed class SqliteOutageTests() : OutageLaws(new SqliteKind());

[Collection(PostgresSuite.Name)]
public sealed class PostgresAppendTests(PostgresKind kind) : AppendLaws(kind);

[Collection(PostgresSuite.Name)]
public sealed class PostgresFencingTests(PostgresKind kind) : FencingLaws(kind);

[Collection(PostgresSuite.Name)]
public sealed class PostgresCheckpointTests(PostgresKind kind) : CheckpointLaws(kind);

[Collection(PostgresSuite.Name)]
public sealed class PostgresListingTests(PostgresKind kind) : ListingLaws(kind);

[Collection(PostgresSuite.Name)]
public sealed class PostgresLifetimeTests(PostgresKind kind) : LifetimeLaws(kind);

[Collection(PostgresSuite.Name)]
public sealed class PostgresDamageTests(PostgresKind kind) : CorruptionLaws(kind);

[Collection(PostgresSuite.Name)]
public sealed class PostgresOutageTests(PostgresKind kind) : OutageLaws(kind);
