namespace FleetMonitor.Storage;

/// <summary>The store did not do what was asked. What follows depends on which one it is.</summary>
public abstract class StoreException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The store cannot write or read at the moment (disk full, I/O error, corrupt, read-only). Nothing was acknowledged; try again later.</summary>
public sealed class StoreUnavailableException(string message, Exception? inner = null) : StoreException(message, inner);

/// <summary>More bytes wait to be written than the store holds in memory. Nothing was written; try again after a short while.</summary>
public sealed class StoreBusyException(string message) : StoreException(message);

/// <summary>The lease is not the model's newest, or the model is deleted: its holder must stop.</summary>
public sealed class FencedException(string message) : StoreException(message)
{
    internal static FencedException For(ModelLease lease) =>
        new($"Epoch {lease.Epoch} of model '{lease.Name}' is over: the model was opened elsewhere, or deleted.");
}

/// <summary>One model's data is damaged: a checksum does not match, or a record is missing. Other models are not touched. Retrying does not help.</summary>
public sealed class StoreCorruptException(string message) : StoreException(message);

/// <summary>The store could not be opened: not a database, newer schema, in use by another process, no permission. For whoever starts the process.</summary>
public sealed class StoreOpenException(string message, Exception? inner = null) : StoreException(message, inner);
