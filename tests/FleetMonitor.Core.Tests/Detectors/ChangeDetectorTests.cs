using FleetMonitor.Benchmarks.Plain;
using FleetMonitor.Core.Codec;
using FleetMonitor.Core.Detectors;
using FleetMonitor.Core.Tests.Monitoring;
using FsCheck.Xunit;
using Xunit;

namespace FleetMonitor.Core.Tests.Detectors;

[Properties(Replay = "3,5", MaxTest = 60)]
public sealed class ChangeDetectorTests
{
    internal static readonly Dictionary<string, Func<ChangeDetector>> Detectors = new()
    {
        ["adwin"] = () => new Adwin(),
        ["page-hinkley"] = () => new PageHinkley(),
        ["ddm"] = () => new Ddm(),
        ["eddm"] = () => new Eddm(),
        ["hddm-a"] = () => new HddmA(),
        ["kswin"] = () => new Kswin(new KswinOptions { Alpha = 1e-6 }),
    };

    public static TheoryData<string> Names() => [.. Detectors.Keys];

    /// <summary>A detector that never fires fails the first part, one that always fires the second.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Update_OfAnErrorRateThatTriples_ChangesSoonAfterAndNotBefore(string name)
    {
        var detector = Detectors[name]();
        var random = new Random(11);
        var changes = new List<int>();
        for (var i = 0; i < 4_000; i++)
        {
            // Errors at regular distances at first, so that even the nervous detectors have nothing to find before.
            var error = i < 3_000 ? i % 10 is 1 or 9 : random.NextDouble() < 0.7;
            var value = name == "kswin" ? random.NextDouble() + (i < 3_000 ? 0 : 2) : error ? 1 : 0;
            if (detector.Update(value) == DetectorState.Changed) changes.Add(i);
        }
        Assert.NotEmpty(changes);
        Assert.InRange(changes[0], 3_000, 3_600);
        Assert.InRange(changes.Count, 1, 40);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void SaveAndLoad_InTheMiddleOfAStream_ChangesNotAByte(string name)
    {
        var random = new Random(12);
        ChangeDetector straight = Detectors[name](), interrupted = Detectors[name]();
        var changes = 0;
        for (var i = 0; i < 6_000; i++)
        {
            double value = random.NextDouble() < (i / 1_000 % 2 == 0 ? 0.1 : 0.6) ? 1 : 0;
            if (straight.Update(value) == DetectorState.Changed) changes++;
            interrupted.Update(value);
            if (random.Next(37) != 0) continue;
            var bytes = Saved(interrupted);
            interrupted = Detectors[name]();
            var reader = new CodecReader(bytes);
            interrupted.Load(ref reader);
            Assert.True(reader.AtEnd);
            Assert.Equal(bytes, Saved(interrupted));
            Assert.Equal(Saved(straight), bytes);
        }
        Assert.True(changes > 0 || name == "kswin", "a change was loaded as well");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Reset_OfADetector_LeavesItAsNew(string name)
    {
        var detector = Detectors[name]();
        foreach (var value in Enumerable.Range(0, 700)) detector.Update(value % 3 == 0 ? 1 : 0);
        detector.Reset();
        Assert.Equal(Saved(Detectors[name]()), Saved(detector));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Load_OfBytesCutShort_ThrowsCodecException(string name)
    {
        var detector = Detectors[name]();
        foreach (var value in Enumerable.Range(0, 700)) detector.Update(value % 3 == 0 ? 1 : 0);
        var bytes = Saved(detector);
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.Throws<CodecException>(() =>
            {
                var reader = new CodecReader(bytes.AsSpan(0, length));
                Detectors[name]().Load(ref reader);
            });
        }
    }

    [Property]
    public void Adwin_OnAnyStream_IsThePlainOne(int seed, byte delta, byte buckets, byte clock)
    {
        var options = new AdwinOptions { Delta = (delta + 1) / 300.0, MaxBuckets = 2 + (buckets % 9), Clock = 1 + (clock % 40), MinWindowLength = 1 + (seed & 7), GracePeriod = seed & 31 };
        var adwin = new Adwin(options);
        var plain = new PlainAdwin(options.Delta, options.Clock, options.MaxBuckets, options.MinWindowLength, options.GracePeriod);
        var random = new Random(seed);
        var (mean, spread) = (0.0, 1.0);
        for (var i = 0; i < 3_000; i++)
        {
            if (random.Next(400) == 0) (mean, spread) = (1e3 * random.NextDouble(), random.Next(4) == 0 ? 0 : 100 * random.NextDouble());
            var value = mean + (spread * (random.NextDouble() - 0.5));
            Assert.Equal(plain.Update(value), adwin.Update(value) == DetectorState.Changed);
            Assert.Equal(plain.Width, adwin.Width);
        }
        Assert.Equal(plain.Total, adwin.Total);
        Assert.Equal(plain.Variance, adwin.Variance, 1e-9 * (1 + Math.Abs(plain.Variance)));
    }

    [Fact]
    public void Adwin_OnAMillionValues_KeepsAFewBuckets()
    {
        var adwin = new Adwin();
        foreach (var value in Scenario.Normal(1_000_000, 13)) adwin.Update(value);
        Assert.InRange(Saved(adwin).Length, 1_000, 2_000);
        Assert.InRange(adwin.Mean, -0.01, 0.01);
    }

    [Fact]
    public void Kswin_OnAStationaryStream_RaisesFewerFalseAlarmsThanItsLevel()
    {
        var detector = new Kswin(new KswinOptions { Alpha = 0.005 });
        var random = new Random(14);
        var changes = 0;
        const int values = 200_000;
        for (var i = 0; i < values; i++)
        {
            if (detector.Update(random.NextDouble()) == DetectorState.Changed) changes++;
        }
        Assert.InRange(changes, values * 0.0002, values * 0.005);
    }

    private static byte[] Saved(ChangeDetector detector)
    {
        var writer = new CodecWriter();
        detector.Save(writer);
        return writer.ToArray();
    }
}
