using System.Globalization;
using System.Text;
using System.Text.Json;

namespace FleetMonitor.Cli.Tests.Replay;

/// <summary>Estimates without labels, through the command line: NannyML's figures, changed concepts, and scores that are off.</summary>
public sealed class EstimateTests(SharedReports reports) : IClassFixture<SharedReports>
{
    private const int ChunkRows = 1_000;

    private static readonly string[] Options = ["--task", "binary", "--prediction", "p", "--probability", "s", "--label", "y", "--chunk", "1000"];

    [SkippableFact]
    public async Task CarLoan_Estimates_EqualNannyMls()
    {
        var report = await reports.CarLoan;
        var document = SharedData.Reference("cbpe_car_loan.json");
        var expected = document.GetProperty("estimated").EnumerateArray().Where(c => c.At("chunk.period").GetString() == "analysis").ToArray();
        var chunks = report.Chunks();
        Assert.Equal(10, expected.Length);
        for (var i = 0; i < chunks.Length; i++)
        {
            var estimated = chunks[i].GetProperty("estimated");
            Json.AssertClose(expected[i].Number("accuracy.value"), estimated.Number("accuracy"), 1e-9, $"chunk {i} accuracy");
            Json.AssertClose(expected[i].Number("accuracy.lower_confidence_boundary"), estimated.Number("accuracy_lower"), 1e-9, $"chunk {i} lower");
            Json.AssertClose(expected[i].Number("accuracy.upper_confidence_boundary"), estimated.Number("accuracy_upper"), 1e-9, $"chunk {i} upper");
            Json.AssertClose(expected[i].Number("f1.value"), estimated.Number("f1"), 1e-9, $"chunk {i} f1");
            Json.AssertClose(expected[i].Number("roc_auc.value"), estimated.Number("auroc"), 1e-6, $"chunk {i} auroc");
            Assert.True(estimated.GetProperty("trusted").GetBoolean());
            Json.AssertClose(chunks[i].Number("performance.accuracy"), estimated.Number("recalibrated_accuracy"), 0.01, $"chunk {i} recalibrated");
        }
        // The first chunk is estimated before any label of the file is in.
        Assert.Equal(chunks[0].Number("estimated.accuracy"), chunks[0].Number("estimated.recalibrated_accuracy"));
        Json.AssertClose(document.GetProperty("thresholds").GetProperty("accuracy")[0].GetDouble(), report.Number("thresholds.reference_accuracy_lower"), 1e-9, "lower threshold");
        Json.AssertClose(document.GetProperty("thresholds").GetProperty("accuracy")[1].GetDouble(), report.Number("thresholds.reference_accuracy_upper"), 1e-9, "upper threshold");
    }

    [Theory]
    [InlineData(1, 1, -1, 0.25)]
    [InlineData(2, 1, -1, 0.25)]
    [InlineData(3, 0.1, 0.2, 0.55)]
    public async Task ChangedConcept_OfTheSameScores_IsUntrustedOnceLabelsAreInAndTrustedAfterThreeWindowsThatAgree(int seed, double from, double slope, double accuracy)
    {
        // In chunks 4 to 7 labels follow from scores otherwise, while scores and predictions stay what they were.
        var chunks = await ReplayAsync(seed, 15, (chunk, score) => chunk is >= 4 and <= 7 ? from + (slope * score) : score);
        for (var i = 0; i < chunks.Length; i++)
        {
            Json.AssertClose(0.75, chunks[i].Number("estimated.accuracy"), 0.05, $"chunk {i} estimate");
            Json.AssertClose(i is >= 4 and <= 7 ? accuracy : 0.75, chunks[i].Number("performance.accuracy"), 0.06, $"chunk {i} accuracy");
            Assert.Equal(i is not (>= 5 and <= 10), chunks[i].At("estimated.trusted").GetBoolean());
            // One chunk late, the current calibration follows there and back.
            Json.AssertClose(i is >= 5 and <= 8 ? accuracy : 0.75, chunks[i].Number("estimated.recalibrated_accuracy"), 0.06, $"chunk {i} recalibrated");
        }
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public async Task Scores_OffBy21Points_AreCalibratedByTheReference(int seed)
    {
        var chunks = await ReplayAsync(seed, 10, (_, score) => Math.Max(0, score - 0.21));
        foreach (var chunk in chunks)
        {
            var realised = chunk.Number("performance.accuracy");
            Assert.InRange(realised, chunk.Number("estimated.accuracy_lower"), chunk.Number("estimated.accuracy_upper"));
            Assert.True(chunk.At("estimated.trusted").GetBoolean());
            // What the scores claim is far off.
            Assert.True(chunk.Number("performance.ece") > 0.15);
        }
    }

    [Fact]
    public async Task Reference_WithoutLabels_IsCalibratedByTheFirstLabelsOfTheFile()
    {
        var chunks = await ReplayAsync(7, 4, (_, score) => Math.Max(0, score - 0.21), referenceLabels: false);
        Assert.True(chunks[0].IsNull("estimated.accuracy"));
        Assert.True(chunks[0].IsNull("estimated.trusted"));
        foreach (var chunk in chunks[1..])
        {
            Json.AssertClose(chunk.Number("performance.accuracy"), chunk.Number("estimated.accuracy"), 0.05, "estimate");
            Assert.True(chunk.At("estimated.trusted").GetBoolean());
        }
    }

    /// <summary>Three classes, against the definition written out: calibrate one against the rest, renormalise, take the predicted class's probability.</summary>
    [Fact]
    public async Task Multiclass_Estimate_IsTheRenormalisedProbabilityOfThePredictedClass()
    {
        var random = new Random(8);
        string Rows(int count, List<double[]>? into, List<int>? labels)
        {
            var text = new StringBuilder("y,p,a,b,c\n");
            for (var row = 0; row < count; row++)
            {
                // Two digits, and labels as often as not from somewhere else: the scores claim too much.
                double[] weights = [random.NextDouble(), random.NextDouble(), random.NextDouble()];
                double[] p = [.. weights.Select(w => Math.Round(w / weights.Sum(), 2))];
                var (draw, stray) = (random.NextDouble() * p.Sum(), random.Next(2) == 0);
                var truth = stray ? random.Next(3) : draw < p[0] ? 0 : draw < p[0] + p[1] ? 1 : 2;
                text.Append(CultureInfo.InvariantCulture, $"{"abc"[truth]},{"abc"[Array.IndexOf(p, p.Max())]},{p[0]},{p[1]},{p[2]}\n");
                into?.Add(p);
                labels?.Add(truth);
            }
            return text.ToString();
        }

        List<double[]> reference = [], analysis = [];
        List<int> truths = [];
        using var cli = new Cli();
        var referencePath = cli.Write("reference.csv", Rows(6_000, reference, truths));
        var path = cli.Write("analysis.csv", Rows(2_000, analysis, null));
        string[] options = ["--task", "multiclass", "--prediction", "p", "--probability", "a=a", "--probability", "b=b", "--probability", "c=c", "--label", "y", "--chunk", "2000"];
        var chunk = Assert.Single((await cli.ReplayAsync([path, "--reference", referencePath, .. options])).Chunks());

        Func<double, double>[] calibrate = [.. Enumerable.Range(0, 3).Select(k => PlainIsotonic(reference.Select((p, row) => (p[k], truths[row] == k))))];
        double[][] calibrated = [.. analysis.Select(p =>
        {
            double[] raw = [.. p.Select((v, k) => calibrate[k](v))];
            return raw.Select(v => v / raw.Sum()).ToArray();
        })];
        int[] predicted = [.. analysis.Select(p => Array.IndexOf(p, p.Max()))];
        var accuracy = calibrated.Select((p, row) => p[predicted[row]]).Average();
        var f1 = Enumerable.Range(0, 3).Average(k =>
        {
            var hits = calibrated.Where((_, row) => predicted[row] == k).Sum(p => p[k]);
            return 2 * hits / (predicted.Count(p => p == k) + calibrated.Sum(p => p[k]));
        });
        Json.AssertClose(accuracy, chunk.Number("estimated.accuracy"), 1e-9, "accuracy");
        Json.AssertClose(f1, chunk.Number("estimated.f1"), 1e-9, "f1");
        Json.AssertClose(chunk.Number("performance.accuracy"), chunk.Number("estimated.accuracy"), 0.04, "realised");
        Assert.True(chunk.Number("confidence.mean") > chunk.Number("estimated.accuracy") + 0.05);
    }

    [Fact]
    public async Task Models_WithoutProbabilities_HaveNoEstimate()
    {
        using var cli = new Cli();
        var rows = string.Concat(Enumerable.Range(0, 300).Select(i => $"{i % 2},{i % 3 % 2},{i}\n"));
        var path = cli.Write("a.csv", "y,p,x\n" + rows);
        var binary = await cli.ReplayAsync(path, "--reference", path, "--task", "binary", "--prediction", "p", "--label", "y");
        Assert.All(["accuracy", "recalibrated_accuracy", "trusted"], member => Assert.True(binary.Chunks()[0].IsNull($"estimated.{member}")));
        var regression = await cli.ReplayAsync(path, "--reference", path, "--task", "regression", "--prediction", "p", "--label", "y");
        Assert.True(regression.Chunks()[0].IsNull("estimated"));
    }

    /// <param name="probability">Of a positive label, by chunk (-1: the reference) and score.</param>
    private static async Task<JsonElement[]> ReplayAsync(int seed, int chunks, Func<int, double, double> probability, bool referenceLabels = true)
    {
        var random = new Random(seed);
        string Rows(int from, int to, bool labels = true)
        {
            var text = new StringBuilder("y,p,s\n");
            for (var row = from * ChunkRows; row < to * ChunkRows; row++)
            {
                var score = random.NextDouble();
                var chunk = row < 0 ? -1 : row / ChunkRows;
                var truth = random.NextDouble() < probability(chunk, score) ? "1" : "0";
                text.Append(CultureInfo.InvariantCulture, $"{(labels ? truth : "")},{(score > 0.5 ? 1 : 0)},{score:R}\n");
            }
            return text.ToString();
        }

        using var cli = new Cli();
        var reference = cli.Write("reference.csv", Rows(-10, 0, referenceLabels));
        var result = (await cli.ReplayAsync([cli.Write("analysis.csv", Rows(0, chunks)), "--reference", reference, .. Options])).Chunks();
        Assert.Equal(chunks, result.Length);
        return result;
    }

    /// <summary>Isotonic regression over distinct scores, written plainly.</summary>
    private static Func<double, double> PlainIsotonic(IEnumerable<(double Score, bool Outcome)> rows)
    {
        var blocks = new List<(double First, double Last, double Sum, double Count)>();
        foreach (var group in rows.GroupBy(r => r.Score).OrderBy(g => g.Key))
        {
            blocks.Add((group.Key, group.Key, group.Count(r => r.Outcome), group.Count()));
            while (blocks.Count > 1 && blocks[^2].Sum * blocks[^1].Count >= blocks[^1].Sum * blocks[^2].Count)
            {
                var (first, _, sum, count) = blocks[^2];
                var last = blocks[^1];
                blocks.RemoveRange(blocks.Count - 2, 2);
                blocks.Add((first, last.Last, sum + last.Sum, count + last.Count));
            }
        }
        double Value(int i) => blocks[i].Sum / blocks[i].Count;
        return score =>
        {
            var at = blocks.FindLastIndex(b => b.First <= score);
            if (at < 0) return Value(0);
            if (score <= blocks[at].Last || at == blocks.Count - 1) return Value(at);
            return Value(at) + ((Value(at + 1) - Value(at)) * (score - blocks[at].Last) / (blocks[at + 1].First - blocks[at].Last));
        };
    }
}
