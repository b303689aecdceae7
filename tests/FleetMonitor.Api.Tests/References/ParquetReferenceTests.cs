using FleetMonitor.Api.References;
using FleetMonitor.Core.Batches;
using FleetMonitor.Core.Formats;
using FleetMonitor.Core.Specs;
using Parquet;
using Parquet.Schema;
using Xunit;

namespace FleetMonitor.Api.Tests.References;

public sealed class ParquetReferenceTests
{
    [Fact]
    public async Task Decode_EveryTypeOfNumber_IsFloat64AndNullsAreMissing()
    {
        var file = await Write(
            Column<double>("double", [1.5, null, double.NaN]), Column<float>("float", [1.5f, null, 3f]), Column<int>("int", [1, null, 3]), Column<long>("long", [1L << 40, null, 3]), Column<short>("short", [-1, null, 3]),
            Column<sbyte>("sbyte", [-1, null, 3]), Column<byte>("byte", [255, null, 3]), Column<ushort>("ushort", [65_535, null, 3]), Column<uint>("uint", [uint.MaxValue, null, 3]),
            Column<ulong>("ulong", [ulong.MaxValue, null, 3]), Column<decimal>("decimal", [12.25m, null, 3]), Texts("prediction", ["1", "0", "1"]));
        var batch = (await Decode(file)).Batch;
        Assert.Equal([1.5, 1.5, 1, 1L << 40, -1, -1, 255, 65_535, uint.MaxValue, ulong.MaxValue, 12.25], batch.Features.Select(f => f.NumberAt(0)));
        Assert.All(batch.Features, f => Assert.True(f.IsMissing(1)));
        Assert.True(batch.Features[0].IsMissing(2));
        Assert.All(batch.Features.Skip(1), f => Assert.Equal(3, f.NumberAt(2)));
    }

    [Fact]
    public async Task Decode_TextsBooleansAndTimes_AreCategoriesUnlessTheSpecSaysNumeric()
    {
        var file = await Write(
            Texts("text", ["a", null, "b"]), Texts("digits", ["1", null, "2.5"]), Column<bool>("bool", [true, null, false]),
            Column<DateTime>("time", [new DateTime(2026, 11, 22, 10, 0, 0, DateTimeKind.Utc), null, DateTime.UnixEpoch]), Column<DateTime>("seconds", [DateTime.UnixEpoch.AddSeconds(90), null, DateTime.UnixEpoch]),
            Texts("prediction", ["1", "0", "1"]));
        var spec = new ModelSpec { Features = [new("digits", FeatureKind.Numeric), new("seconds", FeatureKind.Numeric)] };
        var features = (await Decode(file, spec: spec)).Batch.Features.ToDictionary(f => f.Name);
        Assert.False(features.ContainsKey("time"));
        Assert.Equal(["a", null, "b"], Enumerable.Range(0, 3).Select(features["text"].TextAt));
        Assert.Equal([1, double.NaN, 2.5], Enumerable.Range(0, 3).Select(features["digits"].NumberAt));
        Assert.Equal(["true", null, "false"], Enumerable.Range(0, 3).Select(features["bool"].TextAt));
        Assert.Equal([90, double.NaN, 0], Enumerable.Range(0, 3).Select(features["seconds"].NumberAt));

        // Under another name a time is a feature.
        var mapped = (await Decode(file, new CsvMapping { Conventional = false })).Batch.Features.ToDictionary(f => f.Name);
        Assert.Equal(["2026-11-22T10:00:00", null, "1970-01-01T00:00:00"], Enumerable.Range(0, 3).Select(mapped["time"].TextAt));
    }

    [Fact]
    public async Task Decode_NumbersThatAreCategories_AreSpelledAsLiveTrafficsAre()
    {
        var file = await Write(Column<int>("code", [7, null, 8]), Column<double>("rate", [1.0, 2.5, null]), Texts("prediction", ["1", "0", "1"]));
        var features = (await Decode(file, new CsvMapping { Categorical = ["code", "rate"] })).Batch.Features;
        Assert.Equal(["7", null, "8"], Enumerable.Range(0, 3).Select(features[0].TextAt));
        Assert.Equal(["1", "2.5", null], Enumerable.Range(0, 3).Select(features[1].TextAt));
    }

    [Fact]
    public async Task Decode_RowsThatAreWrong_AreNamedByTheirPlaceInTheFile()
    {
        var file = await Write(
            Column<double>("amount", [1.0, 2, 3, 4, 5]), Texts("country", ["DE", new string('x', 5_000), "FR", "FR", "FR"]), Texts("prediction", ["1", "0", null, "0", "1"]),
            Column<double>("score", [0.5, 0.5, 0.5, 1.5, 1.0000001]), Texts("label", ["1", null, null, null, "0"]));
        var decoded = await Decode(file);
        Assert.Equal((5, 3), (decoded.Items, decoded.Rejected));
        Assert.Equal([0, 4], decoded.Indices.ToArray());
        Assert.Equal(
            [
                new ItemError(1, "country", $"expected at most 4096 bytes of text, got \"{new string('x', 40)}…\""),
                new ItemError(2, "prediction", "expected a class or a number, got nothing"),
                new ItemError(3, "score", "expected a number from 0 to 1, got \"1.5\""),
            ],
            decoded.Errors);
        Assert.Equal([0.5, 1], decoded.Batch.Scores.ToArray());
        Assert.Equal(["1", "0"], Enumerable.Range(0, 2).Select(decoded.Batch.Labels!.TextAt));
    }

    [Fact]
    public async Task Decode_ARegression_TakesFiniteNumbersOnly()
    {
        var file = await Write(Texts("prediction", ["1.5", "high", "2"]), Column<double>("label", [1.0, 2, double.PositiveInfinity]));
        var decoded = await Decode(file, spec: new ModelSpec { Task = TaskKind.Regression });
        Assert.Equal([(1, "prediction"), (2, "label")], decoded.Errors.Select(e => (e.Index, e.Field)));
        Assert.Equal(1.5, decoded.Batch.Predictions.NumberAt(0));
    }

    [Fact]
    public async Task Decode_ANestedColumn_HasToBeIgnored()
    {
        var (list, prediction) = (new ListField("tags", new DataField<int>("element")), new DataField<int>("prediction"));
        var stream = new MemoryStream();
        await using (var writer = await ParquetWriter.CreateAsync(new ParquetSchema(list, prediction), stream))
        {
            using var group = writer.CreateRowGroup();
            var element = (DataField)list.Item;
            await group.WriteAllPartsAsync<int>(element, new[] { 1, 2, 3 }, Enumerable.Repeat(element.MaxDefinitionLevel, 3).ToArray(), new[] { 0, 1, 0 }, CancellationToken.None);
            await group.WriteAsync<int>(prediction, new[] { 1, 0 });
        }
        var file = stream.ToArray();
        Assert.StartsWith("column \"tags\" is nested", (await Assert.ThrowsAsync<DocumentException>(() => Decode(file))).Message, StringComparison.Ordinal);
        Assert.Equal(2, (await Decode(file, new CsvMapping { Ignore = ["tags"] })).Items);
    }

    [Theory]
    [InlineData(5, 100, 1_000, "items")]
    [InlineData(1_000, 9, 1_000, "cells (rows × columns)")]
    [InlineData(1_000, 100, 1, "features")]
    public async Task Decode_BeyondALimit_IsRefusedWhole(int items, int cells, int features, string limit)
    {
        var file = await ReferenceRow.Parquet(ReferenceRow.Random(10, seed: 1));
        var limits = new DecodeLimits { MaxItems = items, MaxCells = cells, MaxFeatures = features };
        Assert.Equal(limit, (await Assert.ThrowsAsync<LimitException>(() => Decode(file, limits: limits))).Limit);
    }

    /// <summary>The reader goes on for ever over some of these; what guards it must not.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Decode_DamagedFiles_EndsWithAnErrorThatSaysSo(int seed)
    {
        var whole = await ReferenceRow.Parquet(ReferenceRow.Random(50, seed));
        var random = new Random(seed);
        var refused = 0;
        for (var i = 0; i < 1_000; i++)
        {
            var file = whole.ToArray();
            // Half of the damage is in the footer, where it does most harm.
            for (var edits = random.Next(1, 6); edits > 0; edits--)
            {
                var at = random.Next(2) == 0 ? random.Next(file.Length) : file.Length - 1 - random.Next(600);
                file[at] = (byte)(random.Next(3) == 0 ? 255 : random.Next(256));
            }
            if (random.Next(10) == 0) file = file[..random.Next(file.Length)];
            try
            {
                await Decode(file);
            }
            catch (Exception exception) when (exception is DocumentException or LimitException)
            {
                refused++;
            }
        }
        Assert.InRange(refused, 500, 1_000);
    }

    [Fact]
    public async Task Decode_EveryCutOfAFile_IsRefused()
    {
        var whole = await ReferenceRow.Parquet(ReferenceRow.Random(5, seed: 1));
        for (var length = 0; length < whole.Length; length++) await Assert.ThrowsAsync<DocumentException>(() => Decode(whole[..length]));
    }

    private static async Task<Decoded<PredictionBatch>> Decode(byte[] file, CsvMapping? mapping = null, ModelSpec? spec = null, DecodeLimits? limits = null)
    {
        await using var bytes = new ParquetBytes(file, file.Length);
        return await ParquetReference.DecodeAsync(bytes, mapping ?? new CsvMapping(), spec, limits ?? DecodeLimits.Reference, CancellationToken.None);
    }

    private static (DataField, Func<ParquetRowGroupWriter, DataField, Task>) Column<T>(string name, T?[] values) where T : struct =>
        (new DataField<T?>(name), async (group, field) => await group.WriteAsync<T>(field, values));

    private static (DataField, Func<ParquetRowGroupWriter, DataField, Task>) Texts(string name, string?[] values) =>
        (new DataField(name, typeof(string), isNullable: true), async (group, field) => await group.WriteAsync(field, values));

    private static async Task<byte[]> Write(params (DataField Field, Func<ParquetRowGroupWriter, DataField, Task> Write)[] columns)
    {
        var stream = new MemoryStream();
        await using (var writer = await ParquetWriter.CreateAsync(new ParquetSchema(columns.Select(c => c.Field)), stream))
        {
            using var group = writer.CreateRowGroup();
            foreach (var (field, write) in columns) await write(group, field);
        }
        return stream.ToArray();
    }
}
