using FleetMonitor.Core.Batches;
using FleetMonitor.Core.References;
using FleetMonitor.Core.Scores;
using FleetMonitor.Core.Statistics;

namespace FleetMonitor.Core.Multivariate;

/// <summary>A model's features as numbers: numbers as they are, categories by how frequent they are in the reference (the most frequent one standing in for a missing value), 0 for one that it does not have.</summary>
/// <remarks>
/// As category_encoders' normalised CountEncoder after imputation by the mode. Categories beyond the reference's most frequent 1,000 count as ones it does not have.
/// Where a row more or less shows beside how much frequencies differ, as in columns of many rare categories, the reference's own rows are encoded by how frequent their category is in the others: counted with themselves, they are more frequent in it
/// than in any row to come, which shows as drift.
/// </remarks>
internal sealed class RowEncoder(Reference reference)
{
    /// <summary>Frequencies whose standard deviation is less than so many rows are taken as one: they would be standardised to what a row more or less makes of them.</summary>
    private const double LeastDeviation = 3;

    /// <summary>Beside a standard deviation of so many rows, a row's own part in its frequency moves it by a hundredth of that at most.</summary>
    private const double OwnPartShowsBelow = 100;

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
        for (var i = 0; i < rows.Length; i++) target[i] = Frequency(categorical, column is null ? null : CategoryValue.At(column, rows[i], ColumnRole.Feature), 0);
    }

    /// <summary>The columns of a reference's rows.</summary>
    public IReadOnlyList<double[]> Encode(Func<string, double[]?> numbersOf, Func<string, string?[]?> categoriesOf)
    {
        var columns = new List<double[]>(Count);
        foreach (var feature in _features)
        {
            if (feature is CategoricalReference categorical) columns.Add(Frequencies(categorical, categoriesOf(feature.Name) ?? []));
            else columns.Add(numbersOf(feature.Name) ?? []);
        }
        return columns;
    }

    private static double[] Frequencies(CategoricalReference reference, string?[] categories)
    {
        double[] frequencies = [.. categories.Select(c => Frequency(reference, c, 0))];
        if (Deviation() >= OwnPartShowsBelow) return frequencies;
        frequencies = [.. categories.Select(c => Frequency(reference, c, 1))];
        if (Deviation() < LeastDeviation && Moments.Mean(frequencies) is { } mean) frequencies.AsSpan().Fill(mean);
        return frequencies;

        double? Deviation() => Moments.PopulationStandardDeviation(frequencies) * reference.Rows;
    }

    /// <param name="own">1 for a row of the reference, which is left out.</param>
    private static double Frequency(CategoricalReference reference, string? category, int own)
    {
        if (reference.Rows <= own || reference.Categories.Count == 0) return 0;
        var bin = category is null ? 0 : reference.BinOf(category);
        return bin < 0 ? 0 : (reference.Counts[bin] + (bin == 0 ? reference.Missing : 0) - own) / (double)(reference.Rows - own);
    }
}
