using System.Text.Json.Serialization;

namespace FleetMonitor.Client;

/// <summary>What the server did with a batch of predictions.</summary>
/// <param name="Accepted">Counted, and kept durably.</param>
/// <param name="Duplicates">Were there before; all of a batch that had arrived and was sent again.</param>
/// <param name="TooLate">Older than every window.</param>
/// <param name="Rejected">Not a prediction of this model; see <paramref name="Errors"/>.</param>
public sealed record IngestResult(int Accepted, int Duplicates, int TooLate, int Rejected, IReadOnlyList<ItemError>? Errors);

/// <summary>What the server did with a batch of labels.</summary>
/// <param name="Joined">Met their prediction.</param>
/// <param name="Pending">Wait for it.</param>
/// <param name="Corrected">Replaced an earlier label.</param>
public sealed record LabelResult(int Accepted, int Joined, int Pending, int Corrected, int Rejected, IReadOnlyList<ItemError>? Errors);

/// <summary>Something that was not taken.</summary>
/// <param name="Index">Its place in the batch, from 0; null where the request is no batch.</param>
/// <param name="Field">The member at fault; empty for the item as a whole.</param>
/// <param name="Message">What was expected, and what came.</param>
public sealed record ItemError(int? Index, string? Field, string? Message)
{
    public override string ToString()
    {
        string?[] parts = [Index is { } index ? $"item {index}" : null, Field, Message];
        return string.Join(": ", parts.Where(part => !string.IsNullOrEmpty(part)));
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(IngestResult))]
[JsonSerializable(typeof(LabelResult))]
[JsonSerializable(typeof(ItemError))]
internal sealed partial class ClientJson : JsonSerializerContext;
