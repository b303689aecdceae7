using System.Text;
using FleetMonitor.Core.Batches;
using FleetMonitor.Core.Formats;
using FleetMonitor.Core.Specs;
using Xunit;

namespace FleetMonitor.Core.Tests.Formats;

public class PredictionCsvTests
{
    private const string Conventional = """"
        id,time,amount,country,new,prediction,score,label,probability:0,probability:1
        p-1,2026-11-22 10:00:00,12.5,DE,true,1,0.9,1,0.1,0.9
        p-2,2026-11-22T10:00:01Z,NA,"FR, ""sud""",false,0,,,,
        ,2026-11-22T10:00:02Z,inf,,None,0,1.0000001,0,1,0

        """";

    [Fact]
    public void Read_ConventionalNames_FillTheColumns()
    {
        var decoded = Decode(Conventional);

        Assert.Equal((3, 0), (decoded.Items, decoded.Rejected));
        var batch = decoded.Batch;
        Assert.Equal(["p-1", "p-2", ""], Enumerable.Range(0, 3).Select(batch.Ids!.Text));
        Assert.Equal(UnixTime.Second, batch.Times[1] - batch.Times[0]);
        Assert.Equal(["amount", "country", "new"], batch.Features.Select(column => column.Name));
        Assert.Equal([12.5, double.NaN, double.PositiveInfinity], batch.Features[0].Numbers.ToArray());
        Assert.Equal(["DE", "FR, \"sud\"", null], Enumerable.Range(0, 3).Select(batch.Features[1].TextAt));
        Assert.Equal(["true", "false", null], Enumerable.Range(0, 3).Select(batch.Features[2].TextAt));
        Assert.Equal([1, 0, 0], batch.Predictions.Numbers.ToArray());
        Assert.Equal([0.9, double.NaN, 1], batch.Scores.ToArray());
        Assert.Equal([1, double.NaN, 0], batch.Labels!.Numbers.ToArray());
        Assert.Equal(["0", "1"], batch.Probabilities.Select(column => column.Name));
        Assert.Equal([0.1, double.NaN, 1], batch.Probabilities[0].Numbers.ToArray());
    }

    [Fact]
    public void Read_TimesInAnyUsualForm_AreTheSameTime()
    {
        var batch = Decode("time,prediction\n2026-11-22T10:00:00Z,1\n 2026-11-22 10:00:00,1\n2026-11-22 10:00:00 UTC ,1\n2026-11-22 12:00 +02:00,1\n1795341600,1\n1795341600.0,1\n1795341600000,1\n").Batch;
        Assert.Equal(Enumerable.Repeat(1_795_341_600_000_000, 7), batch.Times.ToArray());
    }

    [Fact]
    public void Read_RowIds_FillTheGapsAlone()
    {
        const string Text = "id,x,prediction\np-1,1,1\n,oops,1\n,3,1\n";
        var spec = new ModelSpec { Features = [new FeatureSpec("x", FeatureKind.Numeric)] };
        Assert.Equal(["p-1", "#2"], Ids(Decode(Text, new CsvMapping { RowIds = true }, spec)));
        Assert.Equal(["p-1", ""], Ids(Decode(Text, new CsvMapping(), spec)));
        static IEnumerable<string> Ids(Decoded<PredictionBatch> decoded) => Enumerable.Range(0, decoded.Batch.Count).Select(decoded.Batch.Ids!.Text);
    }

    [Fact]
    public void LineOf_ARow_IsWhereItStarts()
    {
        var csv = PredictionCsv.Open(Stream("x,prediction\n1,1\n\n\"a\nb\",1\nragged\n2,1\n3,1\n"), new CsvMapping(), null, DecodeLimits.Default);
        csv.Read(3);
        Assert.Equal([2, 4, 7], Enumerable.Range(0, 3).Select(csv.LineOf));
        csv.Read(3);
        Assert.Equal(8, csv.LineOf(0));
    }

    [Fact]
    public void Read_NamedColumns_FillTheColumns()
    {
        var mapping = new CsvMapping
        {
            Prediction = "y_pred", Label = "y", Id = "key", Time = "ts", Ignore = ["note"], Conventional = false,
            Probabilities = new Dictionary<string, string> { ["cat"] = "p_cat", ["dog"] = "p_dog" },
        };
        var batch = Decode("ts,key,score,y_pred,p_cat,p_dog,y,note\n2026-01-01,7,3.5,cat,0.75,0.25,dog,x\n", mapping).Batch;

        Assert.Equal(["score"], batch.Features.Select(column => column.Name));
        Assert.Equal("7", batch.Ids!.Text(0));
        Assert.Equal("cat", batch.Predictions.TextAt(0));
        Assert.Equal("dog", batch.Labels!.TextAt(0));
        Assert.Equal([("cat", 0.75), ("dog", 0.25)], batch.Probabilities.Select(column => (column.Name, column.NumberAt(0))));
        Assert.True(batch.Scores.IsEmpty);
    }

    [Fact]
    public void Read_Classes_AreTextsWhereTheTaskSaysSo()
    {
        const string Text = "prediction,label\n1.0, yes \n007,1e3\n";

        var batch = Decode(Text, spec: new ModelSpec { Task = TaskKind.Multiclass }).Batch;

        Assert.Equal(["1.0", "007"], batch.Predictions.Texts);
        Assert.Equal(["yes", "1e3"], batch.Labels!.Texts);
        Assert.False(batch.Predictions.HasNumbers);
        Assert.Equal([1, 7], Decode(Text).Batch.Predictions.Numbers.ToArray());
    }

    [Fact]
    public void Read_FeatureThatLooksNumericUntilItsEnd_KeepsWhatWasWritten()
    {
        var batch = Decode("prediction,zip,n\n1,01234,1\n1,NA,2\n1,5.0,3\n1,1e3,4\n1,K1A,5\n1,007,6\n").Batch;

        Assert.Equal(["01234", null, "5.0", "1e3", "K1A", "007"], Enumerable.Range(0, 6).Select(batch.Features[0].TextAt));
        Assert.False(batch.Features[0].HasNumbers);
        Assert.Equal([1, 2, 3, 4, 5, 6], batch.Features[1].Numbers.ToArray());
        Assert.False(batch.Features[1].HasTexts);
    }

    [Fact]
    public void Read_RejectedRow_DecidesNoKind()
    {
        var decoded = Decode("prediction,a,score\n1,1,0.5\n1,text,7\n1,2,0.5\n");

        Assert.Equal([1, 2], decoded.Batch.Features[0].Numbers.ToArray());
        Assert.False(decoded.Batch.Features[0].HasTexts);
        Assert.Equal([new ItemError(1, "score", "line 3: expected a number from 0 to 1, got \"7\"") { Line = 3 }], decoded.Errors);
        Assert.Equal(Decode("prediction,a,score\n1,1,0.5\n1,2,0.5\n").Batch.Buffer.ToArray(), decoded.Batch.Buffer.ToArray());
    }

    [Fact]
    public void Read_KindsOfTheSpec_AreKept()
    {
        var spec = new ModelSpec
        {
            Features = [new FeatureSpec("code", FeatureKind.Categorical), new FeatureSpec("n", FeatureKind.Numeric), new FeatureSpec("elsewhere", FeatureKind.Numeric)],
        };
        var decoded = Decode("prediction,code,n,more,code2\n1,1,1,1,1\n1,2,abc,2,2\n1,3,,3,3\n", new CsvMapping { Categorical = ["code2"] }, spec);

        Assert.Equal(["1", "3"], decoded.Batch.Features[0].Texts);
        Assert.Equal([1, double.NaN], decoded.Batch.Features[1].Numbers.ToArray());
        Assert.Equal([1, 3], decoded.Batch.Features[2].Numbers.ToArray());
        Assert.Equal(["1", "3"], decoded.Batch.Features[3].Texts);
        Assert.Equal([new ItemError(1, "n", "line 3: expected a number, got \"abc\"") { Line = 3 }], decoded.Errors);
    }

    [Fact]
    public void Read_MistypedAsMissing_KeepsTheRowAndCountsTheValue()
    {
        var spec = new ModelSpec { Features = [new FeatureSpec("n", FeatureKind.Numeric), new FeatureSpec("m", FeatureKind.Numeric)] };
        var csv = PredictionCsv.Open(Stream("prediction,n,m,c\n1,1,,a\n0,?,1,b\n1,NA,2,c\n1,-,x,d\n"), new CsvMapping { MistypedAsMissing = true }, spec, DecodeLimits.Default);
        PredictionBatch[] batches = [csv.Read(2).Batch, csv.Read(2).Batch];
        Assert.Equal([1, double.NaN, double.NaN, double.NaN], batches.SelectMany(batch => Enumerable.Range(0, batch.Count).Select(batch.Features[0].NumberAt)));
        Assert.Equal([new MistypedFeature("n", 2, "line 3: expected a number, got \"?\""), new MistypedFeature("m", 1, "line 5: expected a number, got \"x\"")], csv.Mistyped);
    }

    [Theory]
    [InlineData("2026-01-01,,1,1,1", "prediction", "expected a class or a number, got nothing")]
    [InlineData("2026-01-01,NaN,1,1,1", "prediction", "expected a class or a number, got \"NaN\"")]
    [InlineData("2026-01-01,inf,1,1,1", "prediction", "expected a finite number, got \"inf\"")]
    [InlineData(",1,1,1,1", "time", "expected an ISO 8601 time from 1970 on, or seconds, milliseconds, microseconds or nanoseconds since then, got nothing")]
    [InlineData("2026,1,1,1,1", "time", "expected an ISO 8601 time from 1970 on, or seconds, milliseconds, microseconds or nanoseconds since then, got \"2026\"")]
    [InlineData("2026-01-01,1,high,1,1", "score", "expected a number from 0 to 1, got \"high\"")]
    [InlineData("2026-01-01,1,-0.5,1,1", "score", "expected a number from 0 to 1, got \"-0.5\"")]
    [InlineData("2026-01-01,1,1,1", "", "expected 5 fields, got 4")]
    [InlineData("2026-01-01,1,1,1,1,1", "", "expected 5 fields, got 6")]
    [InlineData("2026-01-01,1,1,\"1\"x,1", "", "expected a comma behind the closing quote of field 4, got \"x\"")]
    [InlineData("2026-01-01,1,1,1,abc", "n", "expected a number, got \"abc\"")]
    [InlineData("2026-01-01,1,1,1,a value that is much longer than anybody reads", "n", "expected a number, got \"a value that is much longer than anybody…\"")]
    public void Read_BadRow_IsRejectedAndLeavesNoTrace(string row, string column, string message)
    {
        const string Header = "time,prediction,score,x,n\n";
        const string First = "2026-01-01,1,0.5,a,1\n";
        const string Last = "2026-01-01,0,,b,\n";
        var spec = new ModelSpec { Features = [new FeatureSpec("n", FeatureKind.Numeric)] };

        var decoded = Decode($"{Header}{First}2026-01-01,1,1,\"two\nlines\",1\n{row}\n{Last}", spec: spec);

        Assert.Equal([new ItemError(2, column, $"line 5: {message}") { Line = 5 }], decoded.Errors);
        Assert.Equal((4, 1), (decoded.Items, decoded.Rejected));
        Assert.Equal([0, 1, 3], decoded.Indices.ToArray());
        Assert.Equal(Decode($"{Header}{First}2026-01-01,1,1,\"two\nlines\",1\n{Last}", spec: spec).Batch.Buffer.ToArray(), decoded.Batch.Buffer.ToArray());
    }

    [Theory]
    [InlineData("abc", "expected a number, got \"abc\"")]
    [InlineData("", "expected a number, got nothing")]
    [InlineData("-inf", "expected a finite number, got \"-inf\"")]
    public void Read_RegressionWithoutANumber_IsRejected(string prediction, string message)
    {
        var decoded = Decode($"prediction,label\n{prediction},1\n2,abc\n3,NA\n", spec: new ModelSpec { Task = TaskKind.Regression });

        Assert.Equal([$"line 2: {message}", "line 3: expected a number, got \"abc\""], decoded.Errors.Select(error => error.Message));
        Assert.Equal([3], decoded.Batch.Predictions.Numbers.ToArray());
        Assert.Null(decoded.Batch.Labels);
    }

    [Fact]
    public void Read_FieldsBeyondTheirLimits_AreRejectedAndIgnoredOnesAreNot()
    {
        var limits = new DecodeLimits { MaxText = 4, MaxName = 3, MaxId = 2 };
        var decoded = Decode("id,prediction,t,note\n12,abc,1234,xxxxxxxxxxxx\n123,a,a,\n1,abcd,a,\n1,a,12345,\n", new CsvMapping { Ignore = ["note"] }, limits: limits);

        Assert.Equal([0], decoded.Indices.ToArray());
        Assert.Equal(["id", "prediction", "t"], decoded.Errors.Select(error => error.Field));
    }

    [Fact]
    public void Open_WrongNames_ListsThemAndTheColumns()
    {
        var mapping = new CsvMapping { Prediction = "y_prd", Score = "Y_PROBA", Label = "truth", Categorical = ["salry"] };

        var exception = Assert.Throws<DocumentException>(() => Decode("time,y_pred,y_proba,salary,age\n", mapping));

        Assert.Equal("no column \"y_prd\" (did you mean \"y_pred\"?), no column \"Y_PROBA\" (did you mean \"y_proba\"?), "
            + "no column \"truth\", no column \"salry\" (did you mean \"salary\"?); "
            + "the columns are: time, y_pred, y_proba, salary, age", exception.Message);
        Assert.Equal(1, exception.Line);
    }

    [Theory]
    [InlineData("a,b\n", "no column \"prediction\"; the columns are: a, b")]
    [InlineData("prediction;a;b\n", "no column \"prediction\"; the columns are: prediction;a;b; expected commas between them")]
    public void Open_NoPrediction_SaysWhatThereIs(string header, string message) => Assert.Equal(message, Assert.Throws<DocumentException>(() => Decode(header)).Message);

    [Fact]
    public void Open_ColumnWithTwoMeanings_IsRefused()
    {
        var twice = Assert.Throws<DocumentException>(() => Decode("p,q\n", new CsvMapping { Prediction = "p", Score = "p" }));
        var ignored = Assert.Throws<DocumentException>(() => Decode("p,q\n", new CsvMapping { Prediction = "p", Ignore = ["p"] }));

        Assert.Equal("column \"p\" is named twice; the columns are: p, q", twice.Message);
        Assert.Equal("column \"p\" is needed and ignored; the columns are: p, q", ignored.Message);
    }

    [Fact]
    public void Open_TooManyOrTooLongNames_AreRefused()
    {
        Assert.Equal("features", Assert.Throws<LimitException>(() => Decode("prediction,a,b,c\n", limits: new DecodeLimits { MaxFeatures = 2 })).Limit);
        Assert.Equal("classes", Assert.Throws<LimitException>(() => Decode("prediction,probability:a,probability:b\n", limits: new DecodeLimits { MaxClasses = 1 })).Limit);
        Assert.Throws<DocumentException>(() => Decode($"prediction,{new string('x', 201)}\n"));
        Assert.Throws<DocumentException>(() => Decode("prediction,probability:\n"));
    }

    [Fact]
    public void Read_UnnamedColumn_IsLeftOut() => Assert.Equal(["a"], Decode(",prediction,a,\n0,1,2,3\n").Batch.Features.Select(column => column.Name));

    [Fact]
    public void Read_HeaderOnly_IsAnEmptyBatchWithItsColumns()
    {
        var decoded = Decode("prediction,a,b\n");

        Assert.Equal((0, 0), (decoded.Items, decoded.Batch.Count));
        Assert.Equal(["a", "b"], decoded.Batch.Features.Select(column => column.Name));
    }

    [Fact]
    public void Read_InChunks_KeepsKindsLinesAndIndices()
    {
        var csv = PredictionCsv.Open(Stream("prediction,a,b,late\n1,1,x,\n1,2,y,\nbad\n1,z,3,q\n1,3,4,5\n"), new CsvMapping(), null, DecodeLimits.Default);
        Assert.Empty(csv.Features);

        var first = csv.Read(2);
        Assert.Equal([1, 2], first.Batch.Features[0].Numbers.ToArray());
        Assert.Equal([new FeatureSpec("a", FeatureKind.Numeric), new FeatureSpec("b", FeatureKind.Categorical)], csv.Features);

        var second = csv.Read(2);
        Assert.Equal((3, 2, 1), (second.Items, second.Rejected, second.Batch.Count));
        Assert.Equal([(2, 4L, "line 4: expected 4 fields, got 1"), (3, 5, "line 5: expected a number, got \"z\"")],
            second.Errors.Select(error => (error.Index, error.Line!.Value, error.Message)));
        Assert.Equal([4], second.Indices.ToArray());
        Assert.Equal("4", second.Batch.Features[1].TextAt(0));
        // Nothing but missing values in the first chunk: the second one decides.
        Assert.Equal(5, second.Batch.Features[2].NumberAt(0));
        Assert.Equal(FeatureKind.Numeric, csv.Features[2].Kind);

        Assert.Equal(0, csv.Read(2).Items);
        Assert.Equal(0, csv.Read(2).Items);
    }

    [Fact]
    public void Read_UntilATime_StopsBeforeItAndGoesOnThere()
    {
        var text = "time,prediction\n" + string.Concat(new[] { 0, 1, 2, 10, 11, 35 }.Select(minute => $"2026-01-01 00:{minute:D2}:00,{minute}\n"));
        var csv = PredictionCsv.Open(Stream(text), new CsvMapping(), null, DecodeLimits.Default);
        Assert.True(UnixTime.TryParse("2026-01-01", out var start));

        var chunks = new List<string>();
        for (var end = start + (10 * UnixTime.Minute); ; end += 10 * UnixTime.Minute)
        {
            var chunk = csv.Read(100, end);
            if (chunk.Items == 0 && csv.NextTime is null) break;
            chunks.Add(string.Join(' ', chunk.Batch.Predictions.Numbers.ToArray()) + (csv.NextTime is { } next ? $" then {(next - start) / UnixTime.Minute}" : ""));
        }

        Assert.Equal(["0 1 2 then 10", "10 11 then 35", " then 35", "35"], chunks);
    }

    [Fact]
    public void Read_EvenTimes_CountKeptRows()
    {
        var csv = PredictionCsv.Open(Stream("prediction\n1\n2\n\"3\"x\n4\n5\n"), new CsvMapping { Even = new EvenTimes(1_000, 10) }, null, DecodeLimits.Default);

        Assert.Equal([1_000, 1_010], csv.Read(2).Batch.Times.ToArray());
        Assert.Equal([1_020], csv.Read(100, before: 1_030).Batch.Times.ToArray());
        Assert.Equal(1_030, csv.NextTime);
        Assert.Equal([1_030], csv.Read(100).Batch.Times.ToArray());
        Assert.Null(csv.NextTime);
    }

    [Fact]
    public async Task ReadAsync_IsTheSame()
    {
        var csv = await PredictionCsv.OpenAsync(new ChunkedStream(Encoding.UTF8.GetBytes(Conventional), 7), new CsvMapping(), null, DecodeLimits.Default);

        Assert.Equal(Decode(Conventional).Batch.Buffer.ToArray(), (await csv.ReadAsync(100)).Batch.Buffer.ToArray());
    }

    [Fact]
    public async Task ReferenceCsv_WholeFile_EqualsReading()
    {
        var expected = Decode(Conventional).Batch.Buffer.ToArray();

        Assert.Equal(expected, ReferenceCsv.Decode(Stream(Conventional), new CsvMapping(), null, DecodeLimits.Reference).Batch.Buffer.ToArray());
        Assert.Equal(expected, (await ReferenceCsv.DecodeAsync(Stream(Conventional), new CsvMapping(), null, DecodeLimits.Reference)).Batch.Buffer.ToArray());
    }

    [Fact]
    public async Task ReferenceCsv_TooManyRowsOrCells_IsALimit()
    {
        const string Text = "prediction,a\n1,1\n2,2\n3,3\n";
        var few = new DecodeLimits { MaxItems = 2 };
        Assert.Equal(3, ReferenceCsv.Decode(Stream(Text), new CsvMapping(), null, new DecodeLimits { MaxItems = 3, MaxCells = 3 }).Items);

        Assert.Equal("items", Assert.Throws<LimitException>(() => ReferenceCsv.Decode(Stream(Text), new CsvMapping(), null, few)).Limit);
        Assert.Equal("items", (await Assert.ThrowsAsync<LimitException>(() => ReferenceCsv.DecodeAsync(Stream(Text), new CsvMapping(), null, few))).Limit);
        Assert.Throws<LimitException>(() => ReferenceCsv.Decode(Stream(Text), new CsvMapping(), null, new DecodeLimits { MaxCells = 2 }));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Read_MutatedFile_KeepsOnlyGoodRows(int seed)
    {
        var random = new Random(seed);
        int kept = 0, rejected = 0, refused = 0;
        var spec = new ModelSpec { Task = TaskKind.Binary, Features = [new FeatureSpec("n", FeatureKind.Numeric)] };
        for (var round = 0; round < 2_000; round++)
        {
            var text = "time,prediction,score,n,t\n" + string.Concat(Enumerable.Range(0, random.Next(6)).Select(i => $"2026-01-01 00:00:0{i},{i % 2},0.{i},{i}.5,\"t,{i}\"\n"));
            var bytes = Encoding.UTF8.GetBytes(text).ToList();
            for (var edits = random.Next(6); edits > 0; edits--)
            {
                var at = random.Next(bytes.Count);
                if (random.Next(3) == 0) bytes.RemoveAt(at);
                else if (random.Next(2) == 0) bytes[at] = (byte)random.Next(256);
                else bytes.Insert(at, (byte)",\"\n\r-x"[random.Next(6)]);
            }
            Decoded<PredictionBatch> decoded;
            try
            {
                decoded = ReferenceCsv.Decode(new MemoryStream([.. bytes]), new CsvMapping(), spec, DecodeLimits.Reference);
            }
            catch (DocumentException)
            {
                refused++;
                continue;
            }
            var batch = decoded.Batch;
            Assert.Equal(decoded.Items, batch.Count + decoded.Rejected);
            Assert.Equal(decoded.Rejected, decoded.Errors.Count);
            Assert.Equal(batch.Count, decoded.Indices.Length);
            Assert.Equal(Enumerable.Range(0, decoded.Items), decoded.Indices.ToArray().Concat(decoded.Errors.Select(error => error.Index)).Order());
            for (var row = 0; row < batch.Count; row++)
            {
                Assert.NotNull(batch.Predictions.TextAt(row));
                Assert.True(batch.Scores.IsEmpty || double.IsNaN(batch.Scores[row]) || batch.Scores[row] is >= 0 and <= 1);
                Assert.True(batch.Features.All(feature => feature.Name != "n" || !feature.HasTexts));
            }
            kept += batch.Count;
            rejected += decoded.Rejected;
        }
        Assert.True(kept > 1_000 && rejected > 1_000 && refused > 100, $"{kept} kept, {rejected} rejected, {refused} files refused");
    }

    [Fact]
    public void Read_NamedFeatures_AreTheOnlyOnes()
    {
        var decoded = Decode("a,b,prediction,c\n1,2,0,3\n", new CsvMapping { Features = ["c", "a"] });
        Assert.Equal(["a", "c"], decoded.Batch.Features.Select(feature => feature.Name));

        var limits = new DecodeLimits { MaxFeatures = 1 };
        Assert.Equal("b", Assert.Single(Decode("a,b,prediction,c\n1,2,0,3\n", new CsvMapping { Features = ["b"] }, limits: limits).Batch.Features).Name);
        var wrong = Assert.Throws<DocumentException>(() => Decode("a,prediction\n", new CsvMapping { Features = ["prediction", "aa", "a"], Ignore = ["a"] }));
        Assert.StartsWith("column \"prediction\" is named twice, no column \"aa\" (did you mean \"a\"?), column \"a\" is needed and ignored;", wrong.Message, StringComparison.Ordinal);
    }

    private static MemoryStream Stream(string text) => new(Encoding.UTF8.GetBytes(text));

    private static Decoded<PredictionBatch> Decode(string text, CsvMapping? mapping = null, ModelSpec? spec = null, DecodeLimits? limits = null) =>
        PredictionCsv.Open(Stream(text), mapping ?? new CsvMapping(), spec, limits ?? DecodeLimits.Default).Read(int.MaxValue);
}
