using FleetMonitor.Core.Codec;
using FleetMonitor.Core.Evidence;
using Xunit;

namespace FleetMonitor.Core.Tests.Evidence;

public sealed class DriftEvidenceTests
{
    private const double Alpha = 0.05;
    private static readonly double[] Even = [0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1];

    /// <summary>20 models of 20 features that never drift, half of them the whole tolerance away, looked at 600 times.</summary>
    [Fact]
    public void Value_NothingDrifts_RarelyEverReachesOneOverAlpha()
    {
        var reached = 0;
        var fleets = new int[20];
        for (var model = 0; model < 20; model++)
        {
            var streams = Enumerable.Range(0, 20).Select(f => new Stream((model * 20) + f, f % 2 == 0 ? Even : Moved(0.05))).ToArray();
            var largest = new double[20];
            for (var look = 0; look < 600; look++)
            {
                var values = streams.Select(s => s.Look(50)).ToArray();
                for (var f = 0; f < 20; f++) largest[f] = Math.Max(largest[f], values[f]);
                if (EBenjaminiHochberg.Threshold([.. values], 20, Alpha) < double.PositiveInfinity) fleets[model] = 1;
            }
            reached += largest.Count(e => e >= 1 / Alpha);
        }
        // At most 20 of 400, and 1 of 20, in expectation.
        Assert.True(reached <= 20, $"{reached} of 400 reached 1/alpha");
        Assert.True(fleets.Sum() <= 1, $"{fleets.Sum()} of 20 models had a rejection");
    }

    [Fact]
    public void Value_SomeDrift_KeepsTheFalseDiscoveryRateAtEveryLookAndFindsThem()
    {
        const int models = 30, features = 10;
        var streams = Enumerable.Range(0, models * features).Select(i => new Stream(5_000 + i, i % 2 == 0 ? Even : Moved(0.05), change: i % 10 == 3 ? 100 + i : int.MaxValue, Moved(0.3))).ToArray();
        var falseShares = new List<double>();
        for (var look = 1; look <= 600; look++)
        {
            var values = streams.Select(s => s.Look(50)).ToArray();
            var threshold = EBenjaminiHochberg.Threshold([.. values.Where(v => v >= 1 / Alpha)], values.Length, Alpha);
            var rejected = Enumerable.Range(0, values.Length).Where(i => values[i] >= threshold).ToList();
            falseShares.Add(rejected.Count == 0 ? 0 : rejected.Count(i => !streams[i].Changed) / (double)rejected.Count);
            if (look == 600) Assert.Equal(30, rejected.Count(i => streams[i].Changed));
        }
        Assert.True(falseShares.Max() <= Alpha, $"false discoveries: {falseShares.Max()}");
    }

    [Fact]
    public void Value_TrivialDifferenceForever_IsNeverEvidence()
    {
        // Two million values: enough for any p-value to be 0.
        var stream = new Stream(11, Moved(0.05));
        for (var look = 0; look < 1_000; look++) Assert.True(stream.Look(2_000) < 1 / Alpha);
    }

    [Theory]
    [InlineData(0.2)]
    [InlineData(0.3)]
    public void Value_ChangeAfterManyLooks_IsSeenAsSoonAsOneOnTheFirstDay(double distance)
    {
        double Delay(int change) => Enumerable.Range(0, 15).Select(i => Seen(new Stream((change * 7) + i, Even, change, Moved(distance)), change)).Order().ElementAt(7);
        double early = Delay(50), late = Delay(20_000);
        Assert.True(late <= early + 5, $"{early} looks at first, {late} later");
        Assert.True(late <= 60, $"{late} looks");
    }

    [Fact]
    public void Update_ValueInACellTheReferenceNeverHad_IsEvidence()
    {
        var evidence = new DriftEvidence(DriftNull.Of([0, 2_500, 2_500, 0], 0.05));
        for (var look = 0; look < 40; look++) evidence.Update([0, 15, 15, 20]);
        Assert.True(evidence.Value > 1e6);
    }

    [Fact]
    public void Update_NoValues_IsNoLook()
    {
        var evidence = new DriftEvidence(DriftNull.Of([5_000, 5_000], 0.05));
        evidence.Update([0, 0]);
        Assert.Equal(0, evidence.Looks);
        Assert.Equal(1, evidence.Value);
    }

    [Fact]
    public void Update_Overwhelming_StaysFinite()
    {
        var evidence = new DriftEvidence(DriftNull.Of([50_000, 50_000], 0.05));
        for (var look = 0; look < 200; look++) evidence.Update([100_000, 0]);
        Assert.Equal(DriftEvidence.MaxCapital, evidence.Value);
        for (var look = 0; look < 200; look++) evidence.Update([50_000, 50_000]);
        Assert.InRange(evidence.Value, 0, DriftEvidence.MaxCapital);
    }

    [Fact]
    public void Write_InTheMiddle_GoesOnToTheBit()
    {
        var drift = DriftNull.Of([1_000, 1_000, 1_000], 0.05);
        var evidence = new DriftEvidence(drift);
        var random = new Random(3);
        for (var look = 0; look < 100; look++)
        {
            long[] counts = [random.Next(40), random.Next(30), random.Next(5)];
            var reader = new CodecReader(Bytes(evidence));
            var loaded = DriftEvidence.Read(ref reader, drift);
            Assert.Equal(Bytes(evidence), Bytes(loaded));
            evidence.Update(counts);
            loaded.Update(counts);
            Assert.Equal(Bytes(evidence), Bytes(loaded));
            evidence = loaded;
        }
        Assert.True(evidence.Value > 1e3);
    }

    /// <summary>The doc's recursion written down plainly, with beliefs from all looks kept: the oracle.</summary>
    [Fact]
    public void Value_AnyCounts_IsThePlainRecursions()
    {
        var drift = DriftNull.Of([3_000, 2_000, 1_000], 0.05);
        var evidence = new DriftEvidence(drift);
        var random = new Random(17);
        var looks = new List<long[]>();
        double cash = 1;
        var capital = new double[DriftEvidence.Levels];
        for (var k = 1; k <= 300; k++)
        {
            long[] counts = k < 150 ? [random.Next(30), random.Next(20), random.Next(10)] : [random.Next(20), random.Next(20), random.Next(20)];
            if (counts.Sum() == 0) continue;
            var share = 1.0 / (looks.Count + 2);
            (cash, capital) = (cash - (share * cash) + (share * capital.Sum()), [.. capital.Select(c => c - (share * c) + (share * cash / capital.Length))]);
            for (var level = 0; level < capital.Length; level++)
            {
                // It thought last at a multiple of 2^level/8 looks; its window begins with the last full block of 2^level looks before the one that was running then.
                int size = 1 << level, period = Math.Max(1, size / 8);
                var thought = looks.Count / period * period;
                var from = Math.Max(0, ((thought / size) - 1) * size);
                var seen = looks[from..thought].Aggregate(new double[3], (sum, look) => [.. sum.Zip(look, (s, l) => s + l)]);
                var belief = seen.Select((s, cell) => (s + (DriftEvidence.Prior * drift.Shares[cell])) / (seen.Sum() + DriftEvidence.Prior)).ToArray();
                var logs = new double[3];
                if (RobustBet.TryBet(belief, drift.Shares, drift.Radius, logs)) capital[level] *= Math.Exp(counts.Zip(logs, (c, l) => c * l).Sum());
            }
            looks.Add(counts);
            evidence.Update(counts);
            Assert.Equal(1, evidence.Value / (cash + capital.Sum()), 9);
        }
        Assert.True(evidence.Value > 1e3);
    }

    private static int Seen(Stream stream, int change)
    {
        for (var look = 1; ; look++)
        {
            if (stream.Look(50) >= 1 / Alpha && look >= change) return look - change + 1;
        }
    }

    private static byte[] Bytes(DriftEvidence evidence)
    {
        var writer = new CodecWriter();
        evidence.Write(writer);
        return writer.ToArray();
    }

    /// <summary>The even distribution with some of its mass moved from its lower to its upper half: so far away in total variation.</summary>
    private static double[] Moved(double distance) => [.. Even.Select((p, cell) => p + (cell < 5 ? -distance / 5 : distance / 5))];

    /// <summary>Values drawn from a known distribution against a reference of 5,000 values drawn from the even one.</summary>
    private sealed class Stream
    {
        private readonly Random _random;
        private readonly int _change;
        private readonly double[] _after;
        private readonly DriftEvidence _evidence;
        private double[] _now;
        private int _look;

        public Stream(int seed, double[] before, int change = int.MaxValue, double[]? after = null)
        {
            _random = new Random(seed);
            (_now, _change, _after) = (before, change, after ?? before);
            _evidence = new DriftEvidence(DriftNull.Of(Draw(Even, 5_000), 0.05));
        }

        public bool Changed => _look >= _change;

        public double Look(int values)
        {
            if (++_look == _change) _now = _after;
            _evidence.Update(Draw(_now, values));
            return _evidence.Value;
        }

        private long[] Draw(double[] shares, int values)
        {
            var counts = new long[shares.Length];
            for (var i = 0; i < values; i++)
            {
                var u = _random.NextDouble();
                var cell = 0;
                while (cell < shares.Length - 1 && u >= shares[cell]) u -= shares[cell++];
                counts[cell]++;
            }
            return counts;
        }
    }
}
