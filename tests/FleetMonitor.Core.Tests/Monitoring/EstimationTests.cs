using FleetMonitor.Core.Codec;
using FleetMonitor.Core.Ingest;
using FleetMonitor.Core.Monitoring;
using FleetMonitor.Core.Scores;
using FleetMonitor.Core.Specs;
using Xunit;

namespace FleetMonitor.Core.Tests.Monitoring;

/// <summary>Performance without labels, and with labels that trickle in, as the monitor has it live.</summary>
public sealed class EstimationTests
{
    private const int HourRows = 1_000;

    private static readonly ModelSpec Spec = new() { Task = TaskKind.Binary, Positive = "1", Thresholds = new Thresholds { Accuracy = 0.7 } };

    [Fact]
    public void Estimate_OfUnlabelledTraffic_FollowsTheScoresAndMeetsTheAccuracy()
    {
        var model = new Model(1);
        model.UploadReference();
        model.Hour(0, labels: false);
        var estimated = model.Estimated(0)!;
        Assert.Equal(HourRows, estimated.Count);
        Assert.InRange(estimated.Accuracy, 0.73, 0.77);
        Assert.True(estimated.AccuracyLower < estimated.Accuracy && estimated.Accuracy < estimated.AccuracyUpper);
        Assert.True(estimated.Trusted);
        Assert.Equal(5_000, estimated.CalibrationRows);
        Assert.InRange(estimated.ReferenceLower!.Value, 0.6, 0.75);
        Assert.Equal(estimated.Accuracy, estimated.RecalibratedAccuracy!.Value, 0.01);
        Assert.NotNull(estimated.Auroc);

        // Scores that crowd in the middle are less sure; nobody has said so but they themselves.
        model.Hour(1, labels: false, squeeze: 0.2);
        Assert.InRange(model.Estimated(1)!.Accuracy, 0.52, 0.6);
        Assert.Contains(model.Score(1).Alerts, a => a.Kind == "estimated_accuracy");
    }

    [Theory]
    [InlineData(2, false)]
    [InlineData(3, true)]
    public void ChangedConcept_OfTheSameScores_IsUntrustedUntilThreeHoursAgreeAgain(int seed, bool reload)
    {
        var model = new Model(seed);
        model.UploadReference();
        var trusted = new List<bool>();
        for (var hour = 0; hour < 14; hour++)
        {
            // From hour 4 to 6 labels turn round, while scores and predictions stay what they were.
            model.Hour(hour, labels: true, concept: s => hour is >= 4 and <= 6 ? 1 - s : s);
            if (reload) model.Scenario.Reload();
            var estimated = model.Estimated(hour)!;
            Assert.InRange(estimated.Accuracy, 0.72, 0.78);
            if (hour is 5 or 6) Assert.InRange(estimated.RecalibratedAccuracy!.Value, 0.2, 0.3);
            trusted.Add(estimated.Trusted);
        }
        Assert.Equal([true, true, true, true, false, false, false, false, false, true, true, true, true, true], trusted);
    }

    [Fact]
    public void Trust_LostBeforeTheLabelsEnd_StaysLostHoweverLongItIsKept()
    {
        var model = new Model(4);
        model.UploadReference();
        for (var hour = 0; hour < 6; hour++) model.Hour(hour, labels: true, concept: s => hour >= 4 ? 1 - s : s);
        // Hours become days, and days are let go; no label comes any more.
        for (var hour = 6; hour < 24 * 12; hour += 8)
        {
            model.Hour(hour, labels: false);
            Assert.False(model.Estimated(hour)!.Trusted, $"hour {hour}");
        }
        for (var hour = 24 * 12; hour < (24 * 12) + 3; hour++) model.Hour(hour, labels: true);
        Assert.True(model.Estimated((24 * 12) + 2)!.Trusted);
    }

    [Fact]
    public void UntrustedEstimate_OfAModelInTrouble_NeverClearsItsAlert()
    {
        var model = new Model(5);
        model.UploadReference();
        model.Hour(0, labels: true, squeeze: 0.2);
        Assert.Contains(model.Score(0).Alerts, a => a.Kind == "estimated_accuracy");
        // The scores claim that all is well again; the labels say that it is not.
        model.Hour(1, labels: true, concept: s => 1 - s);
        model.Hour(2, labels: false);
        var score = model.Score(2);
        Assert.False(score.Performance.Estimated!.Trusted);
        Assert.InRange(score.Performance.Estimated.Accuracy, 0.72, 0.78);
        Assert.Contains(score.Alerts, a => a.Kind == "estimated_accuracy");
    }

    [Fact]
    public void CapturedReference_IsCalibratedByTheFirstLabelsThatCome()
    {
        var model = new Model(6, Spec with { Reference = new ReferenceSpec { Capture = 500 } });
        model.Hour(0, labels: false);
        Assert.Null(model.Estimated(0));
        // Scores that claim 21 points too much of the positive class.
        model.Hour(1, labels: true, concept: s => Math.Max(0, s - 0.21));
        var estimated = model.Estimated(1)!;
        Assert.Equal(1_000, estimated.CalibrationRows);
        Assert.Null(estimated.ReferenceLower);
        model.Hour(2, labels: true, concept: s => Math.Max(0, s - 0.21));
        var score = model.Score(2).Performance;
        Assert.InRange(score.Classification!.Accuracy!.Value, score.Estimated!.AccuracyLower, score.Estimated.AccuracyUpper);
        Assert.True(score.Estimated.Trusted);
    }

    [Fact]
    public void Scores_OffBy21Points_AreCalibratedByTheReference()
    {
        var model = new Model(7);
        model.UploadReference(s => Math.Max(0, s - 0.21));
        for (var hour = 0; hour < 5; hour++)
        {
            model.Hour(hour, labels: true, concept: s => Math.Max(0, s - 0.21));
            var score = model.Score(hour).Performance;
            Assert.InRange(score.Classification!.Accuracy!.Value, score.Estimated!.AccuracyLower, score.Estimated.AccuracyUpper);
            Assert.True(score.Classification.Ece > 0.15);
            Assert.True(score.Estimated.Trusted);
        }
    }

    [Fact]
    public void Rebaseline_ForgetsTheCalibrationAndFitsItAnew()
    {
        var model = new Model(8);
        model.UploadReference();
        model.Hour(0, labels: true, concept: s => 1 - s);
        Assert.False(model.Estimated(0)!.Trusted);
        model.Scenario.Apply(new LogEntry(LogEntryKind.Rebaseline, Model.TimeOf(1), null, 0, default));
        Assert.Null(model.Estimated(0));
        model.Hour(1, labels: true, concept: s => 0.1 + (0.2 * s));
        Assert.True(model.Estimated(1)!.Trusted);
        Assert.Equal(1_000, model.Estimated(1)!.CalibrationRows);
        Assert.InRange(model.Estimated(1)!.Accuracy, 0.5, 0.6);
    }

    [Fact]
    public void Multiclass_Estimate_MeetsTheAccuracy()
    {
        var random = new Random(9);
        (Row Row, string Truth) Draw(long time)
        {
            double[] weights = [random.NextDouble(), random.NextDouble(), random.NextDouble()];
            double[] p = [.. weights.Select(w => w / weights.Sum())];
            var predicted = Array.IndexOf(p, p.Max());
            // Half as sure as it says.
            var (stray, draw) = (random.Next(2) == 0, random.NextDouble());
            var truth = stray ? random.Next(3) : draw < p[0] ? 0 : draw < p[0] + p[1] ? 1 : 2;
            return (new Row { Time = time, Label = $"c{predicted}", Probabilities = [("c0", p[0]), ("c1", p[1]), ("c2", p[2])] }, $"c{truth}");
        }

        var scenario = new Scenario(new ModelSpec { Task = TaskKind.Multiclass });
        scenario.Reference(Enumerable.Range(0, 4_000).Select(_ => Draw(Scenario.Start)).Select(d => d.Row with { Truth = d.Truth }));
        var drawn = Enumerable.Range(0, 2_000).Select(i => Draw(Scenario.Start)).ToArray();
        scenario.Record(drawn.Select((d, i) => d.Row with { Id = $"{i}" }));
        var before = scenario.Score().Performance.Estimated!;
        scenario.Label(drawn.Select((d, i) => ($"{i}", d.Truth)));
        var after = scenario.Score().Performance;
        Assert.Equal(before.Accuracy, after.Estimated!.Accuracy);
        Assert.InRange(after.Classification!.Accuracy!.Value, before.AccuracyLower, before.AccuracyUpper);
        Assert.True(scenario.Score().Confidence!.Mean > before.Accuracy + 0.05);
        Assert.Null(before.F1);
        Assert.True(after.Estimated.Trusted);
    }

    /// <summary>The law of batches: the same rows and labels in other batches give the same scores.</summary>
    [Fact]
    public void Batches_CutOtherwise_ChangeNothing()
    {
        var whole = new Model(10, Spec with { Reference = new ReferenceSpec { Capture = 500 } });
        var cut = new Model(10, Spec with { Reference = new ReferenceSpec { Capture = 500 } });
        for (var hour = 0; hour < 3; hour++)
        {
            whole.Hour(hour, labels: true);
            cut.Hour(hour, labels: true, batch: 37);
        }
        Assert.Equal(whole.Estimated(2), cut.Estimated(2));
        Assert.Equal(whole.Score(2).Performance.Coverage, cut.Score(2).Performance.Coverage);
        Assert.Equal(1_000, whole.Estimated(2)!.CalibrationRows);
    }

    [Fact]
    public void Correction_OfALabel_LeavesNoTraceOfTheFirst()
    {
        var straight = new Model(11);
        var corrected = new Model(11);
        foreach (var model in (Model[])[straight, corrected])
        {
            model.UploadReference();
            model.Hour(0, labels: false);
        }
        var labels = straight.Labels(0).ToArray();
        corrected.Scenario.Label(labels.Select(l => (l.Id, l.Label == "1" ? "0" : "1")), Model.TimeOf(0));
        corrected.Scenario.Label(labels, Model.TimeOf(0));
        straight.Scenario.Label(labels, Model.TimeOf(0));
        Assert.Equal(straight.Score(0).Performance.Coverage, corrected.Score(0).Performance.Coverage);
        Assert.Equal(straight.Estimated(0), corrected.Estimated(0));
    }

    [Fact]
    public void Checkpoint_OfFormat1_StartsWithTheScoresThatItsLabelTableKnows()
    {
        var model = new Model(15);
        for (var hour = 0; hour < 2; hour++) model.Hour(hour, labels: true);
        var saved = model.Scenario.Monitor.Save();
        var added = new CodecWriter();
        model.Scenario.Monitor.WriteAdded(added);
        byte[] format1 = [1, .. saved[1..^added.Length]];
        var loaded = ModelMonitor.Load(format1).Score(TimeSpan.FromHours(1), Model.TimeOf(1)).Performance;
        Assert.Equal(model.Score(1).Performance.Coverage, loaded.Coverage);
        Assert.Equal(model.Estimated(1), loaded.Estimated);
        Assert.Throws<CodecException>(() => ModelMonitor.Load([4, .. saved[1..]]));
    }

    /// <summary>Labels two hours late, the newest ones of right predictions first: the newest window neither recovers nor crashes.</summary>
    [Theory]
    [InlineData(12, true)]
    [InlineData(13, false)]
    public void LateLabels_MakeTheNewestWindowProvisional_WhichNeitherAlertsNorClears(int seed, bool bad)
    {
        var model = new Model(seed, Spec with { LabelDelay = TimeSpan.FromHours(2), Thresholds = new Thresholds { Accuracy = 0.65 } });
        model.UploadReference();
        // Right three times in four, or only once.
        Func<double, double> concept = bad ? s => 1 - s : s => s;
        for (var hour = 0; hour < 8; hour++)
        {
            model.Hour(hour, labels: false, concept: concept);
            if (hour >= 2) model.Scenario.Label(model.Labels(hour - 2), Model.TimeOf(hour));
            // A tenth of the labels comes at once: those that make the model look otherwise than it is.
            var hasty = model.Labels(hour).Zip(model.Right(hour)).Where(l => l.Second == bad).Select(l => l.First).Take(HourRows / 10);
            model.Scenario.Label(hasty, Model.TimeOf(hour));
            if (hour < 5) continue;

            var performance = model.Score(hour).Performance;
            Assert.True(performance.Coverage!.Provisional);
            Assert.Equal(bad ? 1 : 0, performance.Classification!.Accuracy!.Value);
            Assert.InRange(performance.Complete!.Accuracy!.Value, bad ? 0.2 : 0.7, bad ? 0.3 : 0.8);
            Assert.InRange(performance.NewestComplete!.To, UnixTime.ToDateTime(Model.TimeOf(hour - 3)), UnixTime.ToDateTime(Model.TimeOf(hour)));
            Assert.Equal(bad, model.Score(hour).Alerts.Any(a => a.Kind == "accuracy"));
            // What will be known in the end is inside already.
            var final = model.Right(hour).Count(right => right) / (double)HourRows;
            Assert.InRange(final, performance.Coverage.AccuracyLower!.Value, performance.Coverage.AccuracyUpper!.Value);
            // Hasty labels are no evidence against the estimate; complete ones are.
            Assert.Equal(!bad, performance.Estimated!.Trusted);
        }
    }

    [Fact]
    public void AllLabels_InTime_AreNotProvisional()
    {
        var model = new Model(14);
        for (var hour = 0; hour < 4; hour++)
        {
            model.Hour(hour, labels: true);
            var coverage = model.Score(hour).Performance.Coverage!;
            Assert.False(coverage.Provisional);
            Assert.Equal(1, coverage.Ratio);
            Assert.Null(model.Score(hour).Performance.NewestComplete);
            Assert.InRange(coverage.AccuracyUpper!.Value - coverage.AccuracyLower!.Value, 0.03, 0.08);
        }
    }

    /// <summary>A binary model whose score is its true probability unless told otherwise, an hour's rows at a time.</summary>
    private sealed class Model(int seed, ModelSpec? spec = null)
    {
        private readonly Dictionary<int, (string Id, string Label, bool Right)[]> _hours = [];

        public Scenario Scenario { get; } = new(spec ?? Spec);

        public static long TimeOf(int hour) => Scenario.Start + (hour * UnixTime.Hour) + (30 * UnixTime.Minute);

        public void UploadReference(Func<double, double>? concept = null)
        {
            var random = new Random(1_000 + seed);
            Scenario.Reference(Enumerable.Range(0, 5_000).Select(_ =>
            {
                var score = random.NextDouble();
                return new Row { Label = score > 0.5 ? "1" : "0", Score = score, Truth = random.NextDouble() < (concept?.Invoke(score) ?? score) ? "1" : "0" };
            }));
        }

        /// <param name="concept">The probability of a positive label by score; the score itself by default.</param>
        /// <param name="squeeze">How far scores lie from ½, as a part of what they usually do.</param>
        public void Hour(int hour, bool labels, Func<double, double>? concept = null, double squeeze = 1, int batch = HourRows)
        {
            var random = new Random((hour * 7_919) + seed);
            var rows = Enumerable.Range(0, HourRows).Select(i =>
            {
                var score = 0.5 + (squeeze * (random.NextDouble() - 0.5));
                var truth = random.NextDouble() < (concept?.Invoke(score) ?? score) ? "1" : "0";
                return (Row: new Row { Id = $"{hour}-{i}", Label = score > 0.5 ? "1" : "0", Score = score }, Truth: truth);
            }).ToArray();
            _hours[hour] = [.. rows.Select(r => (r.Row.Id!, r.Truth, r.Row.Label == r.Truth))];
            foreach (var part in rows.Chunk(batch)) Scenario.Record(part.Select(r => r.Row), TimeOf(hour));
            if (!labels) return;
            foreach (var part in Labels(hour).Chunk(batch)) Scenario.Label(part, TimeOf(hour));
        }

        public IEnumerable<(string Id, string Label)> Labels(int hour) => _hours[hour].Select(l => (l.Id, l.Label));

        public IEnumerable<bool> Right(int hour) => _hours[hour].Select(l => l.Right);

        public WindowScore Score(int hour) => Scenario.Score("1h", TimeOf(hour) + UnixTime.Second);

        public EstimatedScore? Estimated(int hour) => Score(hour).Performance.Estimated;
    }
}
