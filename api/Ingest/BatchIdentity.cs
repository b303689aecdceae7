using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace FleetMonitor.Api.Ingest;

/// <summary>Who sent a batch and which of theirs it is: what tells a repetition from a new one.</summary>
internal readonly record struct BatchIdentity(string Producer, ulong Sequence)
{
    public const string ProducerHeader = "Fleet-Producer";
    public const string SequenceHeader = "Fleet-Sequence";
    public const int MaxProducerLength = 200;

    /// <summary>The identity that the client gives its batch; null when it gives none, or half of one, an error when it is not one.</summary>
    public static (BatchIdentity? Identity, string? Error) Read(IHeaderDictionary headers)
    {
        var producer = headers[ProducerHeader];
        var sequence = headers[SequenceHeader];
        var (name, number) = ("", 0UL);
        if (producer.Count > 0)
        {
            if (producer is not [{ Length: > 0 and <= MaxProducerLength } given]) return (null, $"{ProducerHeader}: expected once, 1 to {MaxProducerLength} characters");
            name = given;
        }
        if (sequence.Count > 0 && (sequence.Count > 1 || !ulong.TryParse(sequence[0], NumberStyles.None, CultureInfo.InvariantCulture, out number)))
        {
            return (null, $"{SequenceHeader}: expected once, a whole number from 0 to {ulong.MaxValue}");
        }
        return producer.Count > 0 && sequence.Count > 0 ? (new BatchIdentity(name, number), null) : default;
    }
}
