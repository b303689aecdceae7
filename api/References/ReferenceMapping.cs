using FleetMonitor.Core.Formats;
using Microsoft.AspNetCore.Http;

namespace FleetMonitor.Api.References;

/// <summary>Which columns of an uploaded table mean what, as the query says it: <c>?prediction=y_pred&amp;score=proba&amp;probability.cat=p_cat&amp;ignore=row,split</c>.</summary>
internal static class ReferenceMapping
{
    private const string ProbabilityPrefix = "probability.";

    public static (CsvMapping Mapping, string? Error) Read(IQueryCollection query)
    {
        var mapping = new CsvMapping();
        var probabilities = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, values) in query)
        {
            if (key is not ("ignore" or "categorical") && (values.Count != 1 || string.IsNullOrEmpty(values[0]))) return (mapping, $"{key}: expected the name of one column");
            switch (key)
            {
                case "prediction": mapping = mapping with { Prediction = values[0]! }; break;
                case "score": mapping = mapping with { Score = values[0] }; break;
                case "label": mapping = mapping with { Label = values[0] }; break;
                case "id": mapping = mapping with { Id = values[0] }; break;
                case "time": mapping = mapping with { Time = values[0] }; break;
                case "ignore": mapping = mapping with { Ignore = Names(values) }; break;
                case "categorical": mapping = mapping with { Categorical = Names(values) }; break;
                case var _ when key.StartsWith(ProbabilityPrefix, StringComparison.Ordinal) && key.Length > ProbabilityPrefix.Length:
                    probabilities.Add(key[ProbabilityPrefix.Length..], values[0]!);
                    break;
                default:
                    return (mapping, $"{key}: expected prediction, score, label, id, time, ignore, categorical or {ProbabilityPrefix}CLASS");
            }
        }
        return (probabilities.Count == 0 ? mapping : mapping with { Probabilities = probabilities }, null);
    }

    private static string[] Names(IEnumerable<string?> values) =>
        [.. values.SelectMany(value => (value ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).Distinct(StringComparer.Ordinal)];
}
