namespace FleetMonitor.Api.Ingest;

/// <summary>What became of a request's predictions.</summary>
/// <param name="Accepted">Counted, and durable.</param>
/// <param name="Duplicates">Here before: by id, or with the batch.</param>
/// <param name="TooLate">Older than every window.</param>
/// <param name="Rejected">Wrong; see the errors.</param>
/// <param name="Errors">The first 100 that were rejected, in the request's order.</param>
public sealed record PredictionsResult(int Accepted, int Duplicates, int TooLate, int Rejected, IReadOnlyList<ItemProblem> Errors);

/// <summary>What became of a request's labels. A repeated batch changes nothing and counts nothing.</summary>
/// <param name="Accepted">Taken, and durable: those joined, pending and corrected, and those that said what was known.</param>
/// <param name="Joined">Met their prediction.</param>
/// <param name="Pending">Wait for it.</param>
/// <param name="Corrected">Replaced an earlier label.</param>
/// <param name="Rejected">Wrong; see the errors.</param>
/// <param name="Errors">The first 100 that were rejected, in the request's order.</param>
public sealed record LabelsResult(int Accepted, int Joined, int Pending, int Corrected, int Rejected, IReadOnlyList<ItemProblem> Errors);

/// <summary>What is wrong with one item of a request.</summary>
/// <param name="Index">Its index in the request, from 0.</param>
/// <param name="Field">The member at fault, such as <c>features.amount</c>; empty for the item as a whole.</param>
/// <param name="Message">What was expected and what came.</param>
public sealed record ItemProblem(int Index, string Field, string Message);
