namespace FleetMonitor.Storage;

/// <summary>Whether the store can keep a batch.</summary>
/// <param name="IsReady">False: appends fail at once with <paramref name="Reason"/>.</param>
/// <param name="Reason">For a person: what is wrong, with which file, and what happens next. Null when ready.</param>
/// <param name="Since">When it became so.</param>
public sealed record StoreHealth(bool IsReady, string? Reason, DateTimeOffset Since);
