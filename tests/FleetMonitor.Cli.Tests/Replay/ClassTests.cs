using System.Text.Json;

namespace FleetMonitor.Cli.Tests.Replay;

/// <summary>Which classes a model has, which one is positive, and what is said where that is open.</summary>
public sealed class ClassTests : IDisposable
{
    private readonly Cli _cli = new();

    public void Dispose() => _cli.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task StrayLabelInTheFirstRow_CostsItsRowOnly(bool referenceFile)
    {
        var lines = Csv.Binary(2_000, 2).Split('\n');
        lines[1] = lines[1][..^1] + "unknown";
        var file = _cli.Write("file.csv", string.Join('\n', lines));
        string[] reference = referenceFile ? ["--reference", _cli.Write("reference.csv", Csv.Binary(1_000, 1))] : ["--reference-rows", "1000"];
        string[] options = [file, .. reference, "--probability", "score", "--label", "label", "--chunk", "500"];
        var report = await _cli.ReplayAsync(options);
        Assert.Equal(1, report.GetProperty("rejected").GetInt32());
        Assert.Equal("1", report.GetProperty("positive").GetString());
        Assert.All(report.Chunks(), chunk => Assert.InRange(chunk.Number("performance.accuracy"), 0.65, 0.85));
        Assert.Contains("expected one of the two classes \"1\" and \"0\", got \"unknown\"", (await _cli.RunAsync(["replay", .. options])).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ThreeClasses_OfABinaryModel_AreAUsageError()
    {
        var file = _cli.Write("file.csv", ThreeClasses(900));
        var result = await _cli.RunAsync("replay", file, "--reference", file, "--task", "binary", "--label", "y");
        Assert.Equal(ExitCode.Usage, result.ExitCode);
        Assert.Contains("file.csv has \"a\", \"b\", \"c\" in prediction and \"a\", \"b\", \"c\" in y (--task multiclass takes more)", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("good,good", "bad,bad", "\"0\", \"1\" in prediction and \"0\", \"1\" in y")]
    [InlineData("1,True", "0,False", "\"0\", \"1\" in prediction and \"false\", \"true\" in y")]
    public async Task ClassesSpelledInTwoWays_AreAUsageError(string first, string second, string message)
    {
        var reference = _cli.Write("reference.csv", Csv.Of("x,prediction,y", 400, i => $"{i % 7},{i & 1},{i & 1}"));
        var file = _cli.Write("file.csv", Csv.Of("x,prediction,y", 400, i => $"{i % 7},{(i % 2 == 0 ? first : second)}"));
        var result = await _cli.RunAsync("replay", file, "--reference", reference, "--label", "y", "--task", "binary");
        Assert.Equal(ExitCode.Usage, result.ExitCode);
        Assert.Contains("expected two classes, spelled alike everywhere", result.Error, StringComparison.Ordinal);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        // A label of its own spelling is one column's matter: the same with a single file.
        if (first.Contains(',', StringComparison.Ordinal) && first.Split(',')[0] != first.Split(',')[1])
        {
            Assert.Equal(ExitCode.Usage, (await _cli.RunAsync("replay", file, "--reference", file, "--label", "y")).ExitCode);
        }
    }

    [Fact]
    public async Task ThreeClasses_WithTwoProbabilities_AreMulticlassAndSaySo()
    {
        var file = _cli.Write("file.csv", ThreeClasses(900));
        var report = await _cli.ReplayAsync(file, "--reference", file, "--label", "y", "--probability", "a=pa", "--probability", "b=pb", "--ignore", "pc");
        Assert.Equal("multiclass", report.GetProperty("task").GetString());
        Assert.Equal(0, report.GetProperty("rejected").GetInt32());
        Assert.True(report.IsNull("positive"));
        Assert.Contains(Notes(report), note => note.StartsWith("class \"c\" has no probability", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("multiclass", "a=pa,b=pb,d=pc", "--probability d: no row has this class; without a probability are \"c\"")]
    [InlineData("binary", "yes=pa,no=pb", "--probability yes: the classes are \"a\", \"b\", \"c\"")]
    [InlineData("binary", "a=pa,b=pb,c=pc", "expected two classes, got \"a\", \"b\", \"c\"")]
    public async Task ProbabilityOfNoClass_IsAUsageError(string task, string probabilities, string message)
    {
        var file = _cli.Write("file.csv", ThreeClasses(900));
        var given = probabilities.Split(',').SelectMany(p => new[] { "--probability", p });
        var result = await _cli.RunAsync(["replay", file, "--reference", file, "--task", task, "--label", "y", .. given]);
        Assert.Equal(ExitCode.Usage, result.ExitCode);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Positive_WithoutAUsualName_IsTheOneWithTheHigherScores()
    {
        var file = _cli.Write("file.csv", Scored(1_000, "bad", "good"));
        string[] options = [file, "--reference", file, "--probability", "score", "--label", "label", "--chunk", "500"];
        var report = await _cli.ReplayAsync(options);
        Assert.Equal("bad", report.GetProperty("positive").GetString());
        Assert.Contains(Notes(report), note => note == "the positive class is taken to be \"bad\", whose predictions have the higher scores (--positive says otherwise)");
        Assert.All(report.Chunks(), chunk => Assert.InRange(chunk.Number("performance.auroc"), 0.7, 1));

        var told = await _cli.ReplayAsync([.. options, "--positive", "good"]);
        Assert.Equal("good", told.GetProperty("positive").GetString());
        Assert.Contains(Notes(told), note => note.StartsWith("in the reference the scores rank class \"good\" below the other (AUROC 0.", StringComparison.Ordinal));
        Assert.DoesNotContain(Notes(told), note => note.Contains("taken to be \"", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("No", "Churn", "Churn")]
    [InlineData("blue", "green", "green")]
    public async Task Positive_WithoutScores_IsNoUsualNo(string first, string second, string positive)
    {
        var file = _cli.Write("file.csv", Csv.Of("x,prediction,label", 400, i => $"{i % 7},{(i % 3 == 0 ? first : second)},{(i % 3 == 0 ? first : second)}"));
        var report = await _cli.ReplayAsync(file, "--reference", file, "--label", "label");
        Assert.Equal(positive, report.GetProperty("positive").GetString());
        Assert.Contains(Notes(report), note => note == $"the positive class is taken to be \"{positive}\" (--positive says otherwise)");
    }

    [Fact]
    public async Task RareClass_BehindTheFirstTenThousandRows_IsFound()
    {
        var random = new Random(3);
        var file = _cli.Write("file.csv", Csv.Of("x,score,prediction,label", 14_000, i =>
            i > 11_000 && random.Next(50) == 0 ? $"{i % 100},0.9,fraud,fraud" : (FormattableString)$"{i % 100},0.0{i % 10},legit,legit"));
        var report = await _cli.ReplayAsync(file, "--probability", "score", "--label", "label", "--chunk", "1000");
        Assert.Equal("fraud", report.GetProperty("positive").GetString());
        Assert.Equal(1, report.Chunks()[^1].Number("performance.f1"));
    }

    [Fact]
    public async Task RowThatTheSampleCutsOff_MakesNoClass()
    {
        // 8 MiB end within the last word of a row, 3 characters into it.
        var rows = Csv.Of("a,b,c", 8_400, i => $"{i % 7:000},{new string('x', 1_010)},{(i % 3 == 0 ? "approved" : "declined")}");
        Assert.Contains(rows[((8 << 20) - 3)..(8 << 20)], new[] { "app", "dec" });
        var report = await _cli.ReplayAsync(_cli.Write("file.csv", rows), "--prediction", "c", "--ignore", "b", "--chunk", "4000");
        Assert.Equal("binary", report.GetProperty("task").GetString());
    }

    private static string[] Notes(JsonElement report) => [.. report.GetProperty("notes").EnumerateArray().Select(n => n.GetString()!)];

    private static string ThreeClasses(int rows) => Csv.Of("x,prediction,pa,pb,pc,y", rows, i => $"{i % 7},{"abc"[i % 3]},0.{i % 3 + 1},0.3,0.{4 - (i % 3)},{"abc"[i / 2 % 3]}");

    /// <summary>Scores are the probability of the first class.</summary>
    private static string Scored(int rows, string scored, string other)
    {
        var random = new Random(5);
        return Csv.Of("x,score,prediction,label", rows, i =>
        {
            var score = random.NextDouble();
            return $"{i % 7},{score:R},{(score > 0.5 ? scored : other)},{(random.NextDouble() < score ? scored : other)}";
        });
    }
}
