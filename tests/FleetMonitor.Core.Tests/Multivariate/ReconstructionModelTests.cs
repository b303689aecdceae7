using FleetMonitor.Core.Codec;
using FleetMonitor.Core.Multivariate;
using FleetMonitor.Core.Tests.Monitoring;
using Xunit;

namespace FleetMonitor.Core.Tests.Multivariate;

public sealed class ReconstructionModelTests
{
    private static readonly string[] Columns = ["car_value", "salary_range", "debt_to_income_ratio", "loan_length", "repaid_loan_on_prev_car", "size_of_downpayment", "driver_tenure"];
    private static readonly string[] Categorical = ["salary_range", "repaid_loan_on_prev_car", "size_of_downpayment"];

    // Of chunks of 5,000 rows, by the definition of NannyML's calculator in numpy: singular values of the standardised reference.
    private static readonly double[] Expected =
        [1.14151673606, 1.13063640463, 1.1389142568, 1.14504027872, 1.13756281705, 1.24920522964, 1.24310148874, 1.25814686108, 1.2281786294, 1.25988375218];

    [SkippableFact]
    public void Errors_OfTheCarLoans_AreThoseOfTheSameDefinitionInNumpy()
    {
        CsvTable reference = SharedData.Table("car_loan_reference"), analysis = SharedData.Table("car_loan_analysis");
        var frequencies = Categorical.ToDictionary(c => c, c => reference.Strings(c).GroupBy(v => v).ToDictionary(g => g.Key, g => g.Count() / 50_000.0));
        double[] Encoded(CsvTable table, string column) =>
            frequencies.TryGetValue(column, out var shares) ? [.. table.Strings(column).Select(v => shares.GetValueOrDefault(v))] : table.Doubles(column);

        var model = ReconstructionModel.Fit([.. Columns.Select(c => Encoded(reference, c))])!;
        Assert.Equal((7, 4, 5_000), (model.Columns, model.Components, model.Chunk));
        Assert.Equal(1.1341504884225493, model.Mean, 1e-9);
        Assert.Equal(0.006629889107062909, model.Deviation, 1e-9);
        double[][] rows = [.. Columns.Select(c => Encoded(analysis, c))];
        var (lower, upper) = model.Limits(5_000);
        for (var chunk = 0; chunk < 10; chunk++)
        {
            var error = Errors(model, rows, chunk * 5_000, 5_000).Average();
            Assert.Equal(Expected[chunk], error, 1e-9);
            Assert.Equal(chunk >= 5, error < lower || error > upper);
        }
    }

    [Fact]
    public void Errors_OfRowsInThePlane_AreZero_AndGrowWithTheDistance()
    {
        double[] x = [.. Scenario.Normal(1_000, 1)];
        var model = ReconstructionModel.Fit([x, [.. x.Select(v => (3 * v) + 5)]])!;
        Assert.Equal(1, model.Components);
        Assert.All(Errors(model, [[0, 1, -2], [5, 8, -1]], 0, 3), e => Assert.InRange(e, 0, 1e-6));
        var errors = Errors(model, [[0, 0, 0], [5, 8, 11]], 0, 3);
        Assert.True(errors[1] > 0.5 && Math.Abs(errors[2] - (2 * errors[1])) < 1e-9);
    }

    [Fact]
    public void Limits_OfAWindowSmallerThanAChunk_AreWider()
    {
        var model = ReconstructionModel.Fit([[.. Scenario.Normal(5_000, 2)], [.. Scenario.Normal(5_000, 3)], [.. Scenario.Normal(5_000, 4)]])!;
        Assert.Equal(model.Limits(500), model.Limits(50_000));
        Assert.Equal(Math.Sqrt(4.1 / 1.1) * (model.Limits(500).Upper - model.Mean), model.Limits(125).Upper - model.Mean, 1e-12);
    }

    /// <summary>In one of 370 windows, whatever the reference: as three standard deviations stand for.</summary>
    [Theory]
    [InlineData(500)]
    [InlineData(100)]
    public void Limits_OfTheSameDistribution_AreBeyondOnceInManyWindows(int rows)
    {
        var beyond = 0;
        for (var reference = 0; reference < 40; reference++)
        {
            double[][] Columns(int count, int seed) => [.. Enumerable.Range(0, 4).Select(j => Scenario.Normal(count, (1_000 * reference) + seed + j).ToArray())];
            var model = ReconstructionModel.Fit(Columns(5_000, 0))!;
            for (var window = 1; window <= 25; window++)
            {
                if (model.IsBeyond(Errors(model, Columns(rows, 10 * window), 0, rows).Average(), rows)) beyond++;
            }
        }
        Assert.InRange(beyond, 0, 8);
    }

    [Fact]
    public void Fit_OfWhatCannotBeFitted_IsNone()
    {
        Assert.Null(ReconstructionModel.Fit([]));
        Assert.Null(ReconstructionModel.Fit([new double[10]]));
        Assert.Null(ReconstructionModel.Fit([new double[100], new double[100]]));
        Assert.Null(ReconstructionModel.Fit([[.. Scenario.Normal(100, 5)], new double[99]]));
        Assert.Null(ReconstructionModel.Fit([.. Enumerable.Range(0, 201).Select(i => Scenario.Normal(30, i).ToArray())]));
    }

    [Fact]
    public void WriteAndRead_OfAModel_ChangesNotAByte()
    {
        var model = ReconstructionModel.Fit([[.. Scenario.Normal(500, 6)], [.. Scenario.Normal(500, 7)], new double[500]])!;
        var writer = new CodecWriter();
        model.Write(writer);
        var reader = new CodecReader(writer.Written);
        var again = new CodecWriter();
        ReconstructionModel.Read(ref reader).Write(again);
        Assert.True(reader.AtEnd);
        Assert.Equal(writer.Written.ToArray(), again.Written.ToArray());
    }

    private static double[] Errors(ReconstructionModel model, double[][] columns, int start, int count)
    {
        var errors = new double[count];
        var block = new double[model.Columns * ReconstructionModel.Block];
        for (var from = 0; from < count; from += ReconstructionModel.Block)
        {
            var rows = Math.Min(ReconstructionModel.Block, count - from);
            for (var j = 0; j < model.Columns; j++) model.Standardise(j, columns[j].AsSpan(start + from, rows), block.AsSpan(j * ReconstructionModel.Block));
            model.Errors(block, errors.AsSpan(from, rows));
        }
        return errors;
    }
}
