using System.Text;
using FleetMonitor.Core.Batches;
using FleetMonitor.Core.Ingest;
using FleetMonitor.Core.Monitoring;
using FleetMonitor.Core.Specs;
using Xunit;

namespace FleetMonitor.Core.Tests.Monitoring;

public sealed class LabelJoinTests
{
    private static IEnumerable<Row> Predictions(int count) => Enumerable.Range(0, count).Select(i => new Row { Id = $"p{i}", Label = i % 3 == 0 ? "1" : "0", Score = i % 3 == 0 ? 0.8 : 0.3 });

    private static IEnumerable<(string, string)> Truth(int count) => Enumerable.Range(0, count).Select(i => ($"p{i}", i % 4 == 0 ? "1" : "0"));

    [Fact]
    public void Labels_InEitherOrder_GiveTheSamePerformance()
    {
        Scenario labelsLate = new(), labelsFirst = new(new ModelSpec { Task = TaskKind.Binary, Positive = "1" });
        labelsLate.Record(Predictions(300));
        Assert.Equal(300, labelsLate.Label(Truth(300)).Joined);
        Assert.Equal(300, labelsFirst.Label(Truth(300)).Pending);
        labelsFirst.Record(Predictions(300));
        var late = labelsLate.Score().Performance;
        Assert.Equal(300, late.Labelled);
        Assert.Equal(late, labelsFirst.Score().Performance);
        Assert.Equal(300, labelsFirst.Monitor.Describe(Scenario.Start).Labels.Joined);
    }

    [Fact]
    public void Labels_Corrected_LeaveNoTraceOfTheFirst()
    {
        Scenario corrected = new(), right = new();
        corrected.Record(Predictions(300));
        right.Record(Predictions(300));
        corrected.Label(Truth(300).Select(l => (l.Item1, l.Item2 == "1" ? "0" : "1")));
        Assert.Equal(300, corrected.Label(Truth(300)).Corrected);
        right.Label(Truth(300));
        Assert.Equal(right.Score().Performance, corrected.Score().Performance);
    }

    [Fact]
    public void Labels_OfARegressionCorrected_LeaveNoTraceOfTheFirst()
    {
        Scenario corrected = new(), right = new();
        Row[] rows = [.. Scenario.Normal(300, 1, 50, 9).Select((y, i) => new Row { Id = $"p{i}", Value = y })];
        (string, string)[] truth = [.. Scenario.Normal(300, 2, 50, 9).Select((y, i) => ($"p{i}", y.ToString("R", System.Globalization.CultureInfo.InvariantCulture)))];
        corrected.Record(rows);
        right.Record(rows);
        corrected.Label(truth.Select((l, i) => (l.Item1, ((i + 1) * 1e6).ToString(System.Globalization.CultureInfo.InvariantCulture))));
        Assert.Equal(300, corrected.Label(truth).Corrected);
        right.Label(truth);
        Assert.Equal(right.Score().Performance, corrected.Score().Performance);
        Assert.NotNull(right.Score().Performance.Regression!.R2);
    }

    /// <summary>Before the first prediction a label waits as it is: it may be a number in quotes, or nothing that a regression could be compared with.</summary>
    [Fact]
    public void Labels_AsTextBeforeARegressionIsKnown_AreNumbersOrNone()
    {
        var scenario = new Scenario();
        var builder = new LabelBatch.Builder();
        foreach (var (id, label) in (ReadOnlySpan<(string, string)>)[("a", "3.5"), ("b", "high"), ("c", "Infinity")]) builder.Add(Encoding.UTF8.GetBytes(id), label);
        Assert.Equal(3, scenario.Apply(new LogEntry(LogEntryKind.Labels, Scenario.Start, null, 0, builder.Build().Buffer)).Pending);
        Assert.Equal(300, scenario.Record(Enumerable.Range(0, 300).Select(i => new Row { Id = i < 3 ? $"{"abc"[i]}" : $"p{i}", Value = 3.7 })).Accepted);
        var labels = scenario.Monitor.Describe(Scenario.Start).Labels;
        Assert.Equal((1, 0, 299), (labels.Joined, labels.Orphans, labels.Pending));
        // What was none may still be told.
        Assert.Equal(299, scenario.Label(Enumerable.Range(1, 299).Select(i => (i < 3 ? $"{"abc"[i]}" : $"p{i}", "3.6"))).Joined);
        Assert.Equal(((299 * 0.1) + 0.2) / 300, scenario.Score().Performance.Regression!.Mae!.Value, 12);
        var saved = scenario.Monitor.Save();
        Assert.Equal(saved, ModelMonitor.Load(saved).Save());
    }

    [Fact]
    public void Labels_SentTwiceAlike_ChangeNothing()
    {
        var scenario = new Scenario();
        scenario.Record(Predictions(200));
        scenario.Label(Truth(200));
        var again = scenario.Label(Truth(200));
        Assert.Equal((200, 200, 0, 0), (again.Accepted, again.Duplicates, again.Joined, again.Corrected));
        Assert.Equal(200, scenario.Score().Performance.Labelled);
    }

    [Fact]
    public void Predictions_OfAnIdStillKnown_AreDuplicates()
    {
        var scenario = new Scenario();
        scenario.Record(Predictions(100));
        var again = scenario.Record(Predictions(150));
        Assert.Equal((50, 100), (again.Accepted, again.Duplicates));
        Assert.Equal(150, scenario.Score().Predictions);
    }

    [Fact]
    public void Entries_BeyondTheHorizon_LeaveAndAreCounted()
    {
        var scenario = new Scenario(new ModelSpec { LabelHorizon = TimeSpan.FromHours(2) });
        scenario.Record(Predictions(10));
        scenario.Label([("orphan", "1")]);
        var later = Scenario.Start + (3 * UnixTime.Hour);
        Assert.Equal(1, scenario.Label([("p0", "1")], later).Pending);
        var labels = scenario.Monitor.Describe(later).Labels;
        Assert.Equal((10, 1, 0), (labels.Unanswered, labels.OrphansExpired, labels.Joined));
    }

    [Fact]
    public void Entries_BeyondTheCapacity_EvictTheOldestAndAreCounted()
    {
        var scenario = new Scenario(new ModelSpec { LabelCapacity = 50 });
        scenario.Record(Predictions(80));
        var labels = scenario.Monitor.Describe(Scenario.Start).Labels;
        Assert.Equal((30, 50), (labels.Evicted, labels.Pending));
        Assert.Equal(50, scenario.Label(Truth(80)).Joined);
    }

    [Fact]
    public void Performance_OfABinaryModel_AgreesWithTheExactMetrics()
    {
        var random = new Random(11);
        var scenario = new Scenario();
        var rows = new List<Row>();
        var truth = new List<bool>();
        for (var i = 0; i < 4_000; i++)
        {
            var score = i % 50 == 0 ? 0 : i % 51 == 0 ? 1 : random.NextDouble();
            truth.Add(random.NextDouble() < score);
            rows.Add(new Row { Id = $"p{i}", Label = score >= 0.5 ? "1" : "0", Score = score });
        }
        scenario.Record(rows);
        scenario.Label(truth.Select((t, i) => ($"p{i}", t ? "1" : "0")));
        var live = scenario.Score().Performance.Classification!;
        var correct = rows.Zip(truth).Count(p => p.First.Label == "1" == p.Second) / 4_000.0;
        Assert.Equal(correct, live.Accuracy!.Value, 12);
        var brier = rows.Zip(truth).Average(p => Math.Pow(p.First.Score!.Value - (p.Second ? 1 : 0), 2));
        Assert.Equal(brier, live.Brier!.Value, 9);
        double wins = 0;
        double[] positives = [.. rows.Zip(truth).Where(p => p.Second).Select(p => p.First.Score!.Value)], negatives = [.. rows.Zip(truth).Where(p => !p.Second).Select(p => p.First.Score!.Value)];
        foreach (var positive in positives) wins += negatives.Sum(negative => positive > negative ? 1 : positive == negative ? 0.5 : 0);
        Assert.Equal(wins / positives.Length / negatives.Length, live.Auroc!.Value, 3);
    }

    [Fact]
    public void Performance_OfThreeClasses_IsMacroAveragedOverThoseThatAppear()
    {
        var scenario = new Scenario();
        Row Predict(string id, string label) => new() { Id = id, Label = label, Probabilities = [("a", label == "a" ? 0.8 : 0.1), ("b", label == "b" ? 0.8 : 0.1), ("c", label == "c" ? 0.8 : 0.1)] };
        scenario.Record(Enumerable.Range(0, 300).Select(i => Predict($"p{i}", i < 100 ? "a" : i < 200 ? "b" : "c")));
        scenario.Label(Enumerable.Range(0, 300).Select(i => ($"p{i}", i < 150 ? "a" : i < 200 ? "b" : "c")));
        var live = scenario.Score().Performance.Classification!;
        Assert.Equal(TaskKind.Multiclass, scenario.Monitor.Spec.Task);
        Assert.Equal(250.0 / 300, live.Accuracy!.Value, 12);
        Assert.Equal((1 + 0.5 + 1) / 3, live.Precision!.Value, 12);
        Assert.Equal(((100.0 / 150) + 1 + 1) / 3, live.Recall!.Value, 12);
        Assert.Equal(-((250 * Math.Log(0.8)) + (50 * Math.Log(0.1))) / 300, live.LogLoss!.Value, 8);
        Assert.NotNull(live.Auroc);
        Assert.Equal(0.8, scenario.Score().Confidence!.Mean, 9);
    }

    [Fact]
    public void Performance_OfTooFewLabels_IsAbsent()
    {
        var scenario = new Scenario();
        scenario.Record(Predictions(300));
        scenario.Label(Truth(99));
        var performance = scenario.Score().Performance;
        Assert.Equal(99, performance.Labelled);
        Assert.Null(performance.Classification);
    }

    [Theory]
    [InlineData("1.0", "1")]
    [InlineData("True", "true")]
    [InlineData("abc", "abc")]
    [InlineData("0.5", "0.5")]
    public void ClassLabel_HasOneSpelling(string sent, string canonical) => Assert.Equal(canonical, ClassLabel.Canonical(sent));
}
