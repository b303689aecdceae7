using FleetMonitor.Core.Formats;
using FleetMonitor.Core.Specs;
using Xunit;

namespace FleetMonitor.Core.Tests.Formats;

public class SharedFilesTests
{
    private static readonly CsvMapping CarLoan = new()
    {
        Prediction = "y_pred", Score = "y_pred_proba", Label = "repaid", Time = "timestamp", Categorical = ["salary_range", "size_of_downpayment", "repaid_loan_on_prev_car"], Conventional = false,
    };

    [SkippableTheory]
    [InlineData("data/car_loan_reference.csv.gz", "2018-01-01T00:00:00Z")]
    [InlineData("data/car_loan_analysis.csv.gz", "2018-10-30T18:00:00Z")]
    public void Decode_CarLoan_EveryRow(string file, string start)
    {
        using var stream = SharedFiles.OpenGzip(file);

        var decoded = ReferenceCsv.Decode(stream, CarLoan, new ModelSpec { Task = TaskKind.Binary }, DecodeLimits.Reference);

        Assert.Equal((50_000, 0, 50_000), (decoded.Items, decoded.Rejected, decoded.Batch.Count));
        Assert.Equal(start, UnixTime.Format(decoded.Batch.Times[0]));
        Assert.Equal(["car_value", "salary_range", "debt_to_income_ratio", "loan_length", "repaid_loan_on_prev_car", "size_of_downpayment", "driver_tenure"],
            decoded.Batch.Features.Select(feature => feature.Name));
        Assert.Equal([true, false, true, true, false, false, true], decoded.Batch.Features.Select(feature => feature.HasNumbers));
        Assert.Equal([false, true, false, false, true, true, false], decoded.Batch.Features.Select(feature => feature.HasTexts));
        Assert.Equal(["0", "1"], decoded.Batch.Predictions.Texts.Order());
        Assert.Equal(["false", "true"], decoded.Batch.Features[4].Texts.Order());
        Assert.All(decoded.Batch.Scores.ToArray(), score => Assert.InRange(score, 0, 1));
    }

    [SkippableFact]
    public void Read_CarLoanInChunks_EqualsTheWholeFile()
    {
        using var stream = SharedFiles.OpenGzip("data/car_loan_analysis.csv.gz");
        using var again = SharedFiles.OpenGzip("data/car_loan_analysis.csv.gz");
        var whole = ReferenceCsv.Decode(stream, CarLoan, null, DecodeLimits.Reference).Batch;
        var csv = PredictionCsv.Open(again, CarLoan, null, DecodeLimits.Default);

        var row = 0;
        for (var chunk = csv.Read(5_000); chunk.Items > 0; chunk = csv.Read(5_000))
        {
            Assert.Equal(5_000, chunk.Batch.Count);
            Assert.Equal(Enumerable.Range(row, 5_000), chunk.Indices.ToArray());
            Assert.Equal(whole.Times.Slice(row, 5_000), chunk.Batch.Times);
            Assert.Equal(whole.Scores.Slice(row, 5_000), chunk.Batch.Scores);
            Assert.Equal(whole.Features[2].Numbers.Slice(row, 5_000), chunk.Batch.Features[2].Numbers);
            Assert.Equal(whole.Features[1].TextAt(row + 4_999), chunk.Batch.Features[1].TextAt(4_999));
            row += 5_000;
        }
        Assert.Equal(50_000, row);
        Assert.Equal(7, csv.Features.Count);
    }

    [SkippableTheory]
    [InlineData("data/employment_ma_reference.csv.gz", 68_785)]
    [InlineData("data/employment_ma_analysis.csv.gz", 208_892)]
    public void Decode_Employment_EveryRow(string file, int rows)
    {
        using var stream = SharedFiles.OpenGzip(file);
        var mapping = new CsvMapping { Score = "predicted_probability", Label = "employed", Categorical = ["SCHL", "MAR", "RELP", "MIG", "RAC1P"], Ignore = ["year"] };

        var decoded = ReferenceCsv.Decode(stream, mapping, new ModelSpec { Task = TaskKind.Binary }, DecodeLimits.Reference);

        Assert.Equal((rows, 0), (decoded.Batch.Count, decoded.Rejected));
        Assert.Equal(["AGEP", "SCHL", "MAR", "RELP", "MIG", "RAC1P"], decoded.Batch.Features.Select(feature => feature.Name));
        Assert.Equal([true, false, false, false, false, false], decoded.Batch.Features.Select(feature => feature.HasNumbers));
        Assert.False(decoded.Batch.Ids!.Utf8(rows - 1).IsEmpty);
    }
}
