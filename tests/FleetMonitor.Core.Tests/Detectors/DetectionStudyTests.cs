using FleetMonitor.Core.Detectors;
using Xunit;

namespace FleetMonitor.Core.Tests.Detectors;

/// <summary>A hundred seeds of each shape of change: how soon each detector sees it, and how often it cries where there is none.</summary>
/// <remarks>
/// Errors at 15 % that rise to 45 %. Bounds are those of the detectors themselves (ADWIN's δ, a false alarm a window) or, where a method has none, loose
/// ones around what its published settings give.
/// </remarks>
public sealed class DetectionStudyTests
{
    private const int Seeds = 100, Length = 6_000, Change = 3_000;
    private const double Good = 0.15, Bad = 0.45;

    [Theory]
    [InlineData("adwin", 400, 0.15)]
    [InlineData("page-hinkley", 400, 0.15)]
    [InlineData("ddm", 400, 0.7)]
    [InlineData("eddm", 1_000, 1)]
    [InlineData("hddm-a", 250, 0.15)]
    public void AbruptChange_IsSeenSoon(string name, int medianDelay, double falseAlarms)
    {
        var (delays, cried) = Study(name, i => i < Change ? Good : Bad);
        Assert.InRange(Median(delays), 1, medianDelay);
        Assert.InRange(cried, 0, falseAlarms);
        Assert.InRange(delays.Count(d => d is null), 0, Seeds / 20);
    }

    [Theory]
    [InlineData("adwin", 1_000)]
    [InlineData("page-hinkley", 1_200)]
    [InlineData("hddm-a", 1_000)]
    public void GradualChange_IsSeenBeforeItIsThroughWithAThousandRows(string name, int medianDelay)
    {
        var (delays, _) = Study(name, i => Good + ((Bad - Good) * Math.Clamp((i - Change) / 1_000.0, 0, 1)));
        Assert.InRange(Median(delays), 1, medianDelay);
    }

    /// <summary>There and back twice: each turn is a change of its own for detectors that look both ways.</summary>
    [Fact]
    public void RecurringChange_IsSeenAtEveryTurn()
    {
        var seen = new int[4];
        for (var seed = 1; seed <= Seeds; seed++)
        {
            var changes = Changes(new Adwin(), seed, i => i < 1_200 || i / 1_200 % 2 == 0 ? Good : Bad);
            for (var turn = 0; turn < seen.Length; turn++)
            {
                if (changes.Any(c => c >= (turn + 1) * 1_200 && c < (turn + 2) * 1_200)) seen[turn]++;
            }
        }
        Assert.All(seen, count => Assert.InRange(count, Seeds * 95 / 100, Seeds));
    }

    /// <summary>A rate that never changes: ADWIN's cuts stay rare over 6,000 rows.</summary>
    [Fact]
    public void NoChange_IsRarelyOne()
    {
        var cried = Enumerable.Range(1, Seeds).Count(seed => Changes(new Adwin(), seed, _ => Good).Count > 0);
        Assert.InRange(cried, 0, Seeds / 5);
    }

    /// <summary>KSWIN compares distributions, so it is given numbers: their spread alone changes, which no detector of means sees.</summary>
    [Fact]
    public void Kswin_ChangeOfSpread_IsSeenSoonAndRarelyWithoutOne()
    {
        var delays = new int?[Seeds];
        var falseAlarms = 0;
        for (var seed = 1; seed <= Seeds; seed++)
        {
            var random = new Random(seed);
            var detector = new Kswin(new KswinOptions { Alpha = 1e-4, WindowSize = 300, StatSize = 100, Seed = (ulong)seed });
            for (var i = 0; i < Length; i++)
            {
                var value = 0.5 + ((random.NextDouble() - 0.5) * (i < Change ? 0.2 : 0.6));
                if (detector.Update(value) != DetectorState.Changed) continue;
                if (i < Change) falseAlarms++;
                else delays[seed - 1] ??= i - Change + 1;
            }
        }
        Assert.InRange(Median(delays), 1, 100);
        Assert.DoesNotContain(null, delays);
        // One test a value, each false with probability of at most α.
        Assert.InRange(falseAlarms, 0, (int)(2 * 1e-4 * Change * Seeds));
    }

    private static (int?[] Delays, double Cried) Study(string name, Func<int, double> rate)
    {
        var delays = new int?[Seeds];
        var cried = 0;
        for (var seed = 1; seed <= Seeds; seed++)
        {
            var changes = Changes(ChangeDetectorTests.Detectors[name](), seed, rate);
            if (changes.Any(c => c < Change)) cried++;
            delays[seed - 1] = changes.Where(c => c >= Change).Select(c => (int?)(c - Change + 1)).FirstOrDefault();
        }
        return (delays, (double)cried / Seeds);
    }

    private static List<int> Changes(ChangeDetector detector, int seed, Func<int, double> rate)
    {
        var random = new Random(seed);
        var changes = new List<int>();
        for (var i = 0; i < Length; i++)
        {
            if (detector.Update(random.NextDouble() < rate(i) ? 1 : 0) == DetectorState.Changed) changes.Add(i);
        }
        return changes;
    }

    private static int Median(int?[] delays) => delays.Select(d => d ?? int.MaxValue).Order().ElementAt(delays.Length / 2);
}
