namespace FleetMonitor.Core.Formats;

/// <summary>What came out of a request: the good items as a batch, and what was wrong with the others.</summary>
/// <param name="Batch">The kept items, in the request's order: the same bytes as if the rejected ones had not been sent.</param>
/// <param name="Indices">The index in the request (CSV: the data row in the file, from 0) of each row of the batch.</param>
/// <param name="Items">Items of the request, kept or not.</param>
/// <param name="Rejected">Items that were not kept.</param>
/// <param name="Errors">Why, one an item, for the first <see cref="DecodeLimits.MaxErrors"/> of them.</param>
public sealed record Decoded<TBatch>(TBatch Batch, ReadOnlyMemory<int> Indices, int Items, int Rejected, IReadOnlyList<ItemError> Errors);

/// <summary>What is wrong with one item.</summary>
/// <param name="Index">Its index in the request, from 0.</param>
/// <param name="Field">The member or column, such as <c>features.amount</c>; empty for the item as a whole.</param>
/// <param name="Message">What was expected and what came; with the line number, where the format has lines.</param>
public sealed record ItemError(int Index, string Field, string Message)
{
    /// <summary>The line in the file where the item starts, from 1; null for a JSON document.</summary>
    public long? Line { get; init; }
}

/// <summary>The errors of a request, and the items kept and rejected so far.</summary>
internal sealed class Tally(int maxErrors)
{
    private readonly List<int> _kept = [];
    private readonly List<ItemError> _errors = [];

    public int Kept => _kept.Count;

    public IReadOnlyList<int> KeptRows => _kept;

    public int Rejected { get; private set; }

    public int Items => Kept + Rejected;

    /// <summary>Whether the next error is described, not only counted.</summary>
    public bool Describes => _errors.Count < maxErrors;

    public void Keep(int index) => _kept.Add(index);

    public void Reject(ItemError? error)
    {
        Rejected++;
        if (error is not null && Describes) _errors.Add(error);
    }

    public Decoded<TBatch> With<TBatch>(TBatch batch) => new(batch, _kept.ToArray(), Items, Rejected, _errors);
}
