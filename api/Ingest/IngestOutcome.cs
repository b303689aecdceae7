using FleetMonitor.Core.Formats;
using FleetMonitor.Core.Ingest;

namespace FleetMonitor.Api.Ingest;

/// <summary>A request's fate: what the model did with the rows that could be read, and every item that was rejected, by decoder or model, under its index in the request.</summary>
internal sealed record IngestOutcome(ApplyResult Applied, int Rejected, IReadOnlyList<ItemProblem> Errors)
{
    /// <summary>Whether nothing of the request was any good. What was here before, or came too late, was good once.</summary>
    public bool NoneGood => Applied.Accepted == 0 && Applied.Duplicates == 0 && Applied.TooLate == 0 && Rejected > 0;

    public static IngestOutcome Of<TBatch>(Decoded<TBatch> decoded, ApplyResult applied) =>
        new(applied, decoded.Rejected + applied.Rejected, Merge(decoded.Errors, applied.Errors, decoded.Indices.Span));

    /// <summary>Both lists hold their first hundred in order, so the first hundred of both are among them.</summary>
    private static List<ItemProblem> Merge(IReadOnlyList<ItemError> decoder, IReadOnlyList<RowError> model, ReadOnlySpan<int> indices)
    {
        var merged = new List<ItemProblem>(Math.Min(decoder.Count + model.Count, ApplyResult.MaxErrors));
        for (int d = 0, m = 0; merged.Count < ApplyResult.MaxErrors && (d < decoder.Count || m < model.Count);)
        {
            if (m == model.Count || (d < decoder.Count && decoder[d].Index < indices[model[m].Row])) merged.Add(new ItemProblem(decoder[d].Index, decoder[d].Field, decoder[d++].Message));
            else merged.Add(new ItemProblem(indices[model[m].Row], model[m].Field, model[m++].Message));
        }
        return merged;
    }
}
