using System.IO.Compression;
using FleetMonitor.Core.Batches;
using FleetMonitor.Core.Formats;
using FleetMonitor.Core.Specs;
using Xunit;

namespace FleetMonitor.Core.Tests.Formats;

/// <summary>The real files, read whole and in chunks, against the plain table that the statistics' tests use.</summary>
public class SharedCsvTests
{
    private static readonly ModelSpec Binary = new() { Task = TaskKind.Binary };

    private static readonly CsvMapping CarLoan = new()
    {
        Prediction = "y_pred", Score = "y_pred_proba", Label = "repaid", Time = "timestamp", Conventional = false,
        Categorical = ["salary_range", "size_of_downpayment", "repaid_loan_on_prev_car"],
    };

    private static readonly CsvMapping Employment = new()
    {
        Prediction = "prediction", Score = "predicted_probability", Label = "employed", Id = "id", Ignore = ["year"], Conventional = false,
        Categorical = ["SCHL", "MAR", "RELP", "MIG", "RAC1P"],
    };

    [SkippableTheory]
    [InlineData("car_loan_reference")]
    [InlineData("car_loan_analysis")]
    [InlineData("employment_ma_reference")]
    [InlineData("employment_ma_analysis")]
    public void Decode_RealFile_EveryValue(string file)
    {
        var table = SharedData.Table(file);
        var mapping = file.StartsWith("car", StringComparison.Ordinal) ? CarLoan : Employment;
        using var stream = Open(file);

        var decoded = ReferenceCsv.Decode(stream, mapping, Binary, DecodeLimits.Reference);

        Assert.Equal((table.Rows, 0, table.Rows), (decoded.Items, decoded.Rejected, decoded.Batch.Count));
        Assert.Equal(table.Doubles(mapping.Score!), decoded.Batch.Scores.ToArray());
        Assert.Equal(table.Strings(mapping.Prediction), Texts(decoded.Batch.Predictions));
        Assert.Equal(table.Strings(mapping.Label!), Texts(decoded.Batch.Labels!));
        string?[] taken = [mapping.Prediction, mapping.Score, mapping.Label, mapping.Id, mapping.Time, .. mapping.Ignore];
        Assert.Equal(table.Columns.Except(taken), decoded.Batch.Features.Select(feature => feature.Name));
        foreach (var feature in decoded.Batch.Features)
        {
            Assert.Equal(mapping.Categorical.Contains(feature.Name), feature.HasTexts);
            Assert.Equal(!feature.HasTexts, feature.HasNumbers);
            if (feature.HasTexts) Assert.Equal(table.Strings(feature.Name), Texts(feature));
            else Assert.Equal(table.Doubles(feature.Name), feature.Numbers.ToArray());
        }
        if (mapping.Time is { } time) Assert.Equal(table.Strings(time).Select(text => UnixTime.TryParse(text, out var micros) ? micros : 0), decoded.Batch.Times.ToArray());
        if (mapping.Id is { } id) Assert.Equal(table.Strings(id), Enumerable.Range(0, table.Rows).Select(decoded.Batch.Ids!.Text));
    }

    [SkippableFact]
    public void Read_RealFileInChunks_EqualsTheWholeFile()
    {
        using var stream = Open("car_loan_analysis");
        using var again = Open("car_loan_analysis");
        var whole = ReferenceCsv.Decode(stream, CarLoan, Binary, DecodeLimits.Reference).Batch;
        var csv = PredictionCsv.Open(again, CarLoan, Binary, DecodeLimits.Default);

        var row = 0;
        for (var chunk = csv.Read(4_999); chunk.Items > 0; chunk = csv.Read(4_999))
        {
            var count = Math.Min(4_999, 50_000 - row);
            Assert.Equal(Enumerable.Range(row, count), chunk.Indices.ToArray());
            Assert.Equal(whole.Times.Slice(row, count), chunk.Batch.Times);
            Assert.Equal(whole.Scores.Slice(row, count), chunk.Batch.Scores);
            Assert.Equal(whole.Features[2].Numbers.Slice(row, count), chunk.Batch.Features[2].Numbers);
            Assert.Equal(Texts(whole.Features[1]).Skip(row).Take(count), Texts(chunk.Batch.Features[1]));
            row += count;
        }
        Assert.Equal(50_000, row);
        Assert.Equal(7, csv.Features.Count);
    }

    private static IEnumerable<string?> Texts(ValueColumn column) => Enumerable.Range(0, column.Count).Select(column.TextAt);

    private static GZipStream Open(string file) => new(File.OpenRead(SharedData.PathOf("data", file + ".csv.gz")), CompressionMode.Decompress);
}
