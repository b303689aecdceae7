using FleetMonitor.Core.Evidence;
using FsCheck.Xunit;
using Xunit;

namespace FleetMonitor.Core.Tests.Evidence;

[Properties(Replay = "3,5", MaxTest = 300)]
public sealed class RobustBetTests
{
    [Property]
    public void TryBet_AnyDistributionInTheBall_ExpectsAtMostOne(int seed)
    {
        var random = new Random(seed);
        var (belief, center, radius) = Case(random);
        var payoffs = Bet(belief, center, radius);
        if (payoffs is null) return;
        for (var i = 0; i < 50; i++)
        {
            var member = Member(random, center, radius);
            Assert.True(Expectation(member, payoffs) <= 1 + 1e-12);
        }
    }

    [Property]
    public void TryBet_WorstOfTheBall_ExpectsOne(int seed)
    {
        // What the bet is worth is paid for in full: the projection of the belief on the ball makes it fair.
        var (belief, center, radius) = Case(new Random(seed));
        var payoffs = Bet(belief, center, radius);
        if (payoffs is null) return;
        var projection = belief.Zip(payoffs, (q, e) => q / e).ToArray();
        Assert.Equal(1, projection.Sum(), 12);
        Assert.Equal(1, Expectation(projection, payoffs), 12);
        Assert.Equal(radius, Distance(projection, center), 12);
    }

    [Property]
    public void TryBet_Levels_AreTheExtremesOverAllSets(int seed)
    {
        var (belief, center, radius) = Case(new Random(seed));
        var payoffs = Bet(belief, center, radius);
        double most = 0, least = double.PositiveInfinity;
        for (var set = 1; set < 1 << center.Length; set++)
        {
            double q = 0, p = 0;
            for (var cell = 0; cell < center.Length; cell++)
            {
                if ((set >> cell & 1) == 0) continue;
                q += belief[cell];
                p += center[cell];
            }
            most = Math.Max(most, q / (p + radius));
            if (p > radius) least = Math.Min(least, q / (p - radius));
        }
        if (payoffs is null)
        {
            Assert.True(Distance(belief, center) <= radius + 1e-12);
            return;
        }
        for (var cell = 0; cell < center.Length; cell++)
        {
            if (belief[cell] == 0 && center[cell] == 0) Assert.InRange(payoffs[cell], least, most);
            else Assert.Equal(Math.Clamp(belief[cell] / center[cell], least, most), payoffs[cell], 10);
        }
    }

    [Fact]
    public void TryBet_NewCell_PaysWithinTheLevels()
    {
        var payoffs = Bet([0.5, 0.5], [1, 0], 0.1)!;
        Assert.Equal(0.5 / 0.1, payoffs[1], 12);
        Assert.Equal(0.5 / 0.9, payoffs[0], 12);
    }

    /// <summary>A reference whose largest value is one of its deciles has such a cell right below what is above its range.</summary>
    [Fact]
    public void TryBet_CellOfNeitherBeforeTheOneThatMoved_Bets()
    {
        var payoffs = Bet([0.05, 0, 0.95], [0.98, 0, 0.02], 0.1)!;
        Assert.Equal(0.95 / 0.12, payoffs[2], 12);
        Assert.Equal(0.05 / 0.88, payoffs[0], 12);
    }

    [Fact]
    public void TryBet_BeliefInTheBall_DoesNotBet() => Assert.Null(Bet([0.55, 0.45], [0.5, 0.5], 0.06));

    private static double[]? Bet(double[] belief, double[] center, double radius)
    {
        var logs = new double[center.Length];
        return RobustBet.TryBet(belief, center, radius, logs) ? [.. logs.Select(Math.Exp)] : null;
    }

    private static (double[] Belief, double[] Center, double Radius) Case(Random random)
    {
        var cells = random.Next(2, 9);
        // Cells of which neither has anything, but for two.
        var empty = Enumerable.Range(0, cells).Select(_ => random.Next(4) == 0).ToArray();
        empty.AsSpan(random.Next(cells - 1), 2).Clear();
        return (Distribution(random, cells, empty), Distribution(random, cells, empty), 0.01 + (0.3 * random.NextDouble()));
    }

    private static double[] Distribution(Random random, int cells, bool[]? empty = null)
    {
        var weights = Enumerable.Range(0, cells).Select(cell => empty?[cell] == true ? 0 : 0.001 - Math.Log(1 - random.NextDouble())).ToArray();
        return [.. weights.Select(w => w / weights.Sum())];
    }

    /// <summary>A distribution within the radius, mostly on its border.</summary>
    private static double[] Member(Random random, double[] center, double radius)
    {
        var other = Distribution(random, center.Length);
        var distance = Distance(other, center);
        var share = Math.Min(1, radius / distance);
        return [.. other.Zip(center, (o, c) => c + (share * (o - c)))];
    }

    private static double Distance(double[] one, double[] other) => one.Zip(other, (a, b) => Math.Abs(a - b)).Sum() / 2;

    private static double Expectation(double[] distribution, double[] payoffs) => distribution.Zip(payoffs, (p, e) => p * e).Sum();
}
