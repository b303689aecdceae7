using FleetMonitor.Core.Batches;
using FleetMonitor.Core.References;
using FleetMonitor.Core.Scores;

namespace FleetMonitor.Core.Multivariate;

/// <summary>A model's features as numbers: numbers as they are, categories by how frequent they are in the reference (the most frequent one standing in for a missing value), 0 for one that it does not have.</summary>
/// <remarks>As category_encoders' normalised CountEncoder after imputation by the mode. Categories beyond the reference's most frequent 1,000 count as ones it does not have.</remarks>
internal sealed class RowEncoder(Reference reference)
{
    private readonly ColumnReference[] _features = [.. reference.Columns.Where(c => c.Role == ColumnRole.Feature)];

    public int Count => _features.Length;

    /// <summary>The values of a feature of a batch at some rows; NaN where a number is missing.</summary>
    public void Encode(int feature, PredictionBatch batch, ReadOnlySpan<int> rows, Span<double> target)
    {
        var column = batch.Feature(_features[feature].Name);
        if (_features[feature] is not CategoricalReference categorical)
        {
            var numbers = column is null ? default : column.Numbers;
            for (var i = 0; i < rows.Length; i++) target[i] = numbers.IsEmpty ? double.NaN : numbers[rows[i]];
            return;
        }
        for (var i = 0; i < rows.Length; i++) target[i] = Frequency(categorical, column is null ? null : CategoryValue.At(column, rows[i], ColumnRole.Feature));
    }

    /// <summary>The columns of a reference's rows.</summary>
    public IReadOnlyList<double[]> Encode(Func<string, double[]?> numbersOf, Func<string, string?[]?> categoriesOf)
    {
        var columns = new List<double[]>(Count);
        foreach (var feature in _features)
        {
            if (feature is CategoricalReference categorical) columns.Add([.. (categoriesOf(feature.Name) ?? []).Select(c => Frequency(categorical, c))]);
            else columns.Add(numbersOf(feature.Name) ?? []);
        }
        return columns;
    }

    private static double Frequency(CategoricalReference reference, string? category)
    {
        if (reference.Rows == 0 || reference.Categories.Count == 0) return 0;
        var bin = category is null ? 0 : reference.BinOf(category);
        return bin < 0 ? 0 : (reference.Counts[bin] + (bin == 0 ? reference.Missing : 0)) / (double)reference.Rows;
    }
}
