using System.Runtime.InteropServices;
using FleetMonitor.Core.Codec;
using MathNet.Numerics.LinearAlgebra;
using Lanes = System.Numerics.Vector<double>;

namespace FleetMonitor.Core.Multivariate;

/// <summary>How badly rows fit into the subspace in which the reference's rows mostly lie: it rises when features stop moving together, though each alone looks as before.</summary>
/// <remarks>
/// Columns are standardised by the reference's means and population deviations (a constant column only centred); of the principal components of their covariance, the first that explain more than 65 % of the variance are kept. A row's error is
/// ‖z − VVᵀz‖ = √(‖z‖² − ‖Vᵀz‖²), a window's the mean of its rows'. As NannyML's DataReconstructionDriftCalculator; missing numbers are imputed by the mean, so they are 0 here.
/// Limits: its mean ± 3 standard deviations (n − 1) of the errors of the reference's ten chunks, as a prediction interval, so that 0.27 % of the windows of the same distribution are beyond it. Deviation and mean are those of ten, hence Student's t of nine
/// degrees of freedom in place of 3, and √(1 + 1/10); for a window of n rows fewer than a chunk √(chunk / n + 1/10). With 3 it would be 2 to 5 %.
/// O(columns × components) a row, in blocks of rows so that the inner loop is a vector's; fitting is O(rows × columns² + columns³).
/// Error: rounding only, some 1e-15 of ‖z‖² under the root; the eigenvectors' signs do not matter.
/// </remarks>
internal sealed class ReconstructionModel
{
    /// <summary>Columns that a model can have: beyond it, fitting takes too long for one log entry.</summary>
    public const int MaxColumns = 200;

    /// <summary>Rows of a block.</summary>
    public const int Block = 64;

    /// <summary>What errors are counted in: room for 9·10¹² of error in a pane, each off by half of this.</summary>
    public const double ErrorUnit = 1e-6;

    /// <summary>Rows of the reference that a frequency taken as constant may be off by, see <see cref="RowEncoder"/>.</summary>
    private const double FrequencyUnits = 5;

    private const double Explained = 0.65;
    private const int Chunks = 10;

    /// <summary>Student's t of <see cref="Chunks"/> − 1 degrees of freedom that is as rarely exceeded as three standard deviations of a normal distribution.</summary>
    private const double Deviations = 4.0942553;

    // Component k's weight of column j is at k·columns + j.
    private readonly double[] _means, _inverses, _components;

    private ReconstructionModel(double[] means, double[] inverses, double[] components, double mean, double deviation, int chunk)
    {
        _means = means;
        _inverses = inverses;
        _components = components;
        (Mean, Deviation, Chunk) = (mean, deviation, chunk);
    }

    public int Columns => _means.Length;

    public int Components => _components.Length / _means.Length;

    /// <summary>Mean of the reference chunks' errors.</summary>
    public double Mean { get; private set; }

    /// <summary>Their standard deviation.</summary>
    public double Deviation { get; private set; }

    /// <summary>Rows of a reference chunk.</summary>
    public int Chunk { get; private set; }

    /// <summary>Fits to columns of equal length, NaN where a value is missing; null when there are too few rows for chunks, too many columns, none that varies, or rows that were not kept.</summary>
    public static ReconstructionModel? Fit(IReadOnlyList<double[]> columns)
    {
        var rows = columns.Count == 0 ? 0 : columns[0].Length;
        if (columns.Count is 0 or > MaxColumns || rows < 2 * Chunks || columns.Any(c => c.Length != rows)) return null;
        var means = new double[columns.Count];
        var inverses = new double[columns.Count];
        for (var j = 0; j < means.Length; j++) (means[j], inverses[j]) = Scale(columns[j]);
        var components = Principal(Covariance(columns, means, inverses));
        if (components.Length == 0) return null;
        var model = new ReconstructionModel(means, inverses, components, 0, 0, rows / Chunks);
        model.SetLimits(columns);
        return model;
    }

    /// <summary>The limits of the mean error of a window of so many rows.</summary>
    public (double Lower, double Upper) Limits(long rows)
    {
        var margin = Deviations * Deviation * Math.Sqrt(Math.Max(1, (double)Chunk / Math.Max(1, rows)) + (1.0 / Chunks));
        return (Mean - margin, Mean + margin);
    }

    /// <summary>Whether a window's mean error is beyond its limits by more than errors are counted in, or frequencies known to: where the components hold all of every row, as beside a constant column, limits and errors are that only.</summary>
    public bool IsBeyond(double error, long rows)
    {
        var (lower, upper) = Limits(rows);
        var tolerance = Math.Max(ErrorUnit, FrequencyUnits / (Chunks * Chunk));
        return error < lower - tolerance || error > upper + tolerance;
    }

    /// <summary>Standardises a column of at most <see cref="Block"/> values: 0 where one is missing or infinite.</summary>
    public void Standardise(int column, ReadOnlySpan<double> values, Span<double> target)
    {
        for (var i = 0; i < values.Length; i++) target[i] = double.IsFinite(values[i]) ? (values[i] - _means[column]) * _inverses[column] : 0;
    }

    /// <summary>The errors of a block of standardised rows.</summary>
    /// <param name="block">Column j's values at j·<see cref="Block"/>.</param>
    public void Errors(ReadOnlySpan<double> block, Span<double> errors)
    {
        Span<double> sums = stackalloc double[Block], projected = stackalloc double[Block];
        sums.Clear();
        for (var j = 0; j < Columns; j++) AddSquares(block.Slice(j * Block, Block), sums, 1);
        for (var k = 0; k < Components; k++)
        {
            projected.Clear();
            for (var j = 0; j < Columns; j++) AddScaled(block.Slice(j * Block, Block), _components[(k * Columns) + j], projected);
            AddSquares(projected, sums, -1);
        }
        for (var i = 0; i < errors.Length; i++) errors[i] = Math.Sqrt(Math.Max(0, sums[i]));
    }

    public void Write(CodecWriter writer)
    {
        writer.Varint(Columns);
        writer.Varint(Components);
        writer.Raw<double>(_means);
        writer.Raw<double>(_inverses);
        writer.Raw<double>(_components);
        writer.Double(Mean);
        writer.Double(Deviation);
        writer.Varint(Chunk);
    }

    public static ReconstructionModel Read(ref CodecReader reader)
    {
        var columns = reader.SmallInt();
        var components = reader.SmallInt();
        if (columns is < 1 or > MaxColumns || components < 1 || components > columns) throw new CodecException($"A reconstruction of {columns} columns by {components} components.");
        return new ReconstructionModel(
            reader.Raw<double>(columns).ToArray(), reader.Raw<double>(columns).ToArray(), reader.Raw<double>(columns * components).ToArray(), reader.Double(), reader.Double(), reader.SmallInt());
    }

    private void SetLimits(IReadOnlyList<double[]> columns)
    {
        // Chunks of rows / 10; the rows that are left over belong to the last.
        var means = new double[Chunks];
        var block = new double[Columns * Block];
        Span<double> errors = stackalloc double[Block];
        for (var chunk = 0; chunk < Chunks; chunk++)
        {
            int start = chunk * Chunk, end = chunk == Chunks - 1 ? columns[0].Length : start + Chunk;
            for (var from = start; from < end; from += Block)
            {
                var count = Math.Min(Block, end - from);
                for (var j = 0; j < Columns; j++) Standardise(j, columns[j].AsSpan(from, count), block.AsSpan(j * Block));
                Errors(block, errors[..count]);
                for (var i = 0; i < count; i++) means[chunk] += errors[i];
            }
            means[chunk] /= end - start;
        }
        var mean = means.Average();
        (Mean, Deviation) = (mean, Math.Sqrt(means.Sum(m => (m - mean) * (m - mean)) / (Chunks - 1)));
    }

    private static (double Mean, double Inverse) Scale(double[] values)
    {
        double sum = 0, squares = 0;
        var count = 0;
        foreach (var value in values)
        {
            if (!double.IsFinite(value)) continue;
            sum += value;
            count++;
        }
        if (count == 0) return (0, 1);
        var mean = sum / count;
        // A sum beyond what a double holds: such a column has no scale, and says nothing.
        if (!double.IsFinite(mean)) return (0, 0);
        foreach (var value in values)
        {
            if (double.IsFinite(value)) squares += (value - mean) * (value - mean);
        }
        // Imputed values are the mean: they count as rows and deviate by nothing.
        var deviation = Math.Sqrt(squares / values.Length);
        return (mean, deviation > 1e-12 * Math.Abs(mean) && double.IsFinite(1 / deviation) ? 1 / deviation : 1);
    }

    private static Matrix<double> Covariance(IReadOnlyList<double[]> columns, double[] means, double[] inverses)
    {
        var standardised = new double[columns.Count][];
        for (var j = 0; j < columns.Count; j++)
        {
            var (mean, inverse) = (means[j], inverses[j]);
            standardised[j] = [.. columns[j].Select(value => double.IsFinite(value) ? (value - mean) * inverse : 0)];
        }
        var covariance = Matrix<double>.Build.Dense(columns.Count, columns.Count);
        for (var i = 0; i < columns.Count; i++)
        {
            for (var j = i; j < columns.Count; j++) covariance[i, j] = covariance[j, i] = Dot(standardised[i], standardised[j]) / columns[0].Length;
        }
        return covariance;
    }

    private static double[] Principal(Matrix<double> covariance)
    {
        var decomposition = covariance.Evd(Symmetricity.Symmetric);
        var values = decomposition.EigenValues.Select(v => Math.Max(0, v.Real)).ToArray();
        int[] order = [.. Enumerable.Range(0, values.Length).OrderByDescending(i => values[i])];
        var total = values.Sum();
        var components = new List<double>();
        var explained = 0.0;
        foreach (var i in order)
        {
            if (total == 0 || explained > Explained * total) break;
            components.AddRange(decomposition.EigenVectors.Column(i));
            explained += values[i];
        }
        return [.. components];
    }

    private static double Dot(double[] a, double[] b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++) sum += a[i] * b[i];
        return sum;
    }

    private static void AddSquares(ReadOnlySpan<double> values, Span<double> sums, double sign)
    {
        var from = MemoryMarshal.Cast<double, Lanes>(values);
        var into = MemoryMarshal.Cast<double, Lanes>(sums);
        for (var i = 0; i < into.Length; i++) into[i] += from[i] * from[i] * sign;
    }

    private static void AddScaled(ReadOnlySpan<double> values, double weight, Span<double> sums)
    {
        var from = MemoryMarshal.Cast<double, Lanes>(values);
        var into = MemoryMarshal.Cast<double, Lanes>(sums);
        var scale = new Lanes(weight);
        for (var i = 0; i < into.Length; i++) into[i] += from[i] * scale;
    }
}
