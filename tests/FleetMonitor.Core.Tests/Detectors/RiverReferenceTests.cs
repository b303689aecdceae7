using System.Text.Json;
using FleetMonitor.Core.Detectors;
using FleetMonitor.Core.Tests.Statistics;
using Xunit;

namespace FleetMonitor.Core.Tests.Detectors;

/// <summary>The indices that river 0.19 reports on the same streams: changes, and where warnings begin.</summary>
public sealed class RiverReferenceTests
{
    private static readonly Dictionary<string, Func<ChangeDetector>> Detectors = new()
    {
        ["ADWIN(delta=0.002,clock=32,max_buckets=5,min_window_length=5,grace_period=10)"] = () => new Adwin(),
        ["ADWIN(delta=0.002,clock=1)"] = () => new Adwin(new AdwinOptions { Clock = 1 }),
        ["ADWIN(delta=0.0001,clock=32)"] = () => new Adwin(new AdwinOptions { Delta = 0.0001 }),
        ["PageHinkley(min_instances=30,delta=0.005,threshold=50,alpha=0.9999,mode=both)"] = () => new PageHinkley(),
        ["PageHinkley(min_instances=30,delta=0.005,threshold=20,alpha=0.9999,mode=up)"] = () => new PageHinkley(new PageHinkleyOptions { Threshold = 20, Mode = PageHinkleyMode.Up }),
        ["DDM(warm_start=30,warning=2,drift=3)"] = () => new Ddm(),
        ["EDDM(warm_start=30,alpha=0.95,beta=0.9)"] = () => new Eddm(),
        ["HDDM_A(drift_confidence=0.001,warning_confidence=0.005,two_sided=False)"] = () => new HddmA(),
        ["KSWIN(alpha=0.005,window_size=100,stat_size=30,seed=42)"] = () => new Kswin(),
        ["KSWIN(alpha=0.0001,window_size=300,stat_size=100,seed=42)"] = () => new Kswin(new KswinOptions { Alpha = 0.0001, WindowSize = 300, StatSize = 100 }),
    };

    public static TheoryData<string, string> Cases()
    {
        var cases = new TheoryData<string, string>();
        foreach (var stream in ReferenceStreams.Names)
        {
            foreach (var detector in Detectors.Keys)
            {
                var binary = detector.StartsWith('D') || detector.StartsWith('E') || detector.StartsWith('H');
                // What the file does not have: binary detectors on numbers, and KSWIN on the longest stream.
                if (binary && stream == "gauss_shift") continue;
                if (!detector.StartsWith('K') || stream != "bernoulli_stationary") cases.Add(stream, detector);
            }
        }
        return cases;
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Update_OnTheReferenceStreams_ChangesWhereRiverDoes(string stream, string name)
    {
        var expected = ReferenceStreams.Expected(stream, "river", name);
        var detector = Detectors[name]();
        List<int> changes = [], warnings = [];
        var values = ReferenceStreams.Of(stream);
        for (var i = 0; i < values.Length; i++)
        {
            var before = detector.State;
            var state = detector.Update(values[i]);
            if (state == DetectorState.Changed) changes.Add(i);
            if (state == DetectorState.Warning && before != DetectorState.Warning) warnings.Add(i);
        }

        if (detector is Kswin)
        {
            // Its draws are not ours: as many changes a stream as chance allows around river's.
            Assert.InRange(changes.Count, MostFewer(Indices(expected, "changes").Length), MostMore(Indices(expected, "changes").Length));
            return;
        }
        Assert.Equal(Indices(expected, "changes"), changes);
        Assert.Equal(expected.GetProperty("n_changes").GetInt32(), changes.Count);
        if (expected.TryGetProperty("warning_zone_starts", out _)) Assert.Equal(Indices(expected, "warning_zone_starts"), warnings);
        if (detector is Adwin adwin)
        {
            var final = expected.GetProperty("final");
            Assert.Equal(final.GetProperty("width").GetInt64(), adwin.Width);
            Close.Relative(final.GetProperty("estimation").GetDouble(), adwin.Mean, 1e-9, "mean");
            Close.Relative(final.GetProperty("variance").GetDouble(), adwin.Variance, 1e-9, "variance");
        }
    }

    [SkippableFact]
    public void Streams_AsGenerated_AreThoseOfTheFile()
    {
        foreach (var name in ReferenceStreams.Names)
        {
            var stream = SharedData.Reference("streams.json").GetProperty(name);
            var values = ReferenceStreams.Of(name);
            if (stream.TryGetProperty("ones", out var ones))
            {
                Assert.Equal(ones.GetInt32(), values.Sum());
                Assert.Equal(Indices(stream, "first20"), values[..20].Select(v => (int)v));
            }
            else
            {
                Close.Relative(stream.GetProperty("sum").GetDouble(), values.Sum(), 1e-12, name);
                Assert.Equal(stream.GetProperty("first5").EnumerateArray().Select(v => v.GetDouble()), values[..5]);
            }
        }
    }

    // Three standard deviations of a Poisson count on either side, and two for a count of none.
    private static int MostFewer(int count) => (int)Math.Max(0, count - (3 * Math.Sqrt(count)));

    private static int MostMore(int count) => (int)(count + 2 + (3 * Math.Sqrt(count)));

    private static int[] Indices(JsonElement element, string name) => [.. element.GetProperty(name).EnumerateArray().Select(i => i.GetInt32())];
}
