using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace FleetMonitor.Api.Ingest;

/// <summary>Who sent a batch and which of theirs it is: what tells a repetition from a new one.</summary>
internal readonly record struct BatchIdentity(string Producer, ulong Sequence)
{
    public const string ProducerHeader = "Fleet-Producer";
    public const string SequenceHeader = "Fleet-Sequence";
    public const int MaxProducerLength = 200;

    /// <summary>The identity that the client gives its batch; null when it gives none, an error when it is not one.</summary>
    public static (BatchIdentity? Identity, string? Error) Read(IHeaderDictionary headers)
    {
        var producer = headers[ProducerHeader];
        var sequence = headers[SequenceHeader];
        if (producer.Count == 0 && sequence.Count == 0) return default;
        if (producer.Count == 0) return (null, $"{ProducerHeader}: expected beside {SequenceHeader}, got nothing");
        if (sequence.Count == 0) return (null, $"{SequenceHeader}: expected beside {ProducerHeader}, got nothing");
        if (producer.Count > 1 || producer[0] is not { Length: > 0 and <= MaxProducerLength } name) return (null, $"{ProducerHeader}: expected once, 1 to {MaxProducerLength} characters");
        if (sequence.Count > 1 || !ulong.TryParse(sequence[0], NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return (null, $"{SequenceHeader}: expected once, a whole number from 0 to {ulong.MaxValue}");
        }
        return (new BatchIdentity(name, number), null);
    }
}
