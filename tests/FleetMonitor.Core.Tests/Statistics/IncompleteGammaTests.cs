using FleetMonitor.Core.Statistics;
using FsCheck;
using FsCheck.Xunit;
using Xunit;

namespace FleetMonitor.Core.Tests.Statistics;

[Properties(Replay = "1,3", MaxTest = 500)]
public sealed class IncompleteGammaTests
{
    /// <summary>Survival of χ², computed to 1,000 digits from the closed forms of even and odd degrees.</summary>
    [Theory]
    [InlineData(0.01, 1, 9.20344325445942036243e-1)]
    [InlineData(2.9, 1, 8.85795525797768073009e-2)]
    [InlineData(3.1, 1, 7.82922941464098657475e-2)]
    [InlineData(30.0, 1, 4.32046305782749729478e-8)]
    [InlineData(1400.0, 1, 2.10101451626421749504e-306)]
    [InlineData(774.2104702501647, 3, 1.69535995057454934528e-167)]
    [InlineData(1e-3, 2, 9.99500124979169270563e-1)]
    [InlineData(7.5, 5, 1.86029833602867018851e-1)]
    [InlineData(11.5, 7, 1.18247512472395184753e-1)]
    [InlineData(1300.0, 9, 3.09371612046829134368e-274)]
    [InlineData(31.0, 30, 4.15407110147791693983e-1)]
    [InlineData(33.5, 32, 3.94432708971066195766e-1)]
    [InlineData(20.0, 32, 9.51259596696021296241e-1)]
    [InlineData(120.0, 40, 6.35191834037897610784e-10)]
    [InlineData(1350.0, 40, 3.42990899256507493236e-257)]
    [InlineData(999.0, 1000, 5.02975706170884050895e-1)]
    [InlineData(1100.5, 1000, 1.42302704298571338378e-2)]
    [InlineData(3000.0, 1000, 1.64368458435695433690e-198)]
    [InlineData(99_000.0, 100_000, 9.87521684361917201232e-1)]
    [InlineData(100_500.0, 100_000, 1.31854811603383778490e-1)]
    [InlineData(1_002_000.0, 1_000_000, 7.87186613861296333852e-2)]
    public void Upper_KnownValues_AgreeInEveryRegion(double statistic, int degrees, double expected) =>
        Close.Relative(expected, IncompleteGamma.Upper(degrees / 2.0, statistic / 2), 1e-12, $"χ²({degrees}) at {statistic}");

    [Fact]
    public void Upper_Ends_AreOneAndZero()
    {
        Assert.Equal(1, IncompleteGamma.Upper(0.5, 0));
        Assert.Equal(0.0, IncompleteGamma.Upper(0.5, 1e6));
        Assert.Equal(0.0, IncompleteGamma.Upper(5e5, 1e9));
        Assert.Equal(1, IncompleteGamma.Upper(5e5, 1e3));
    }

    [Property]
    public void Upper_NextDegrees_ObeysTheRecurrence(PositiveInt degrees, PositiveInt tenths)
    {
        // Q(a + 1, x) = Q(a, x) + xᵃ·e⁻ˣ / Γ(a + 1), across the border between the series and the fraction.
        double a = degrees.Get / 2.0, x = tenths.Get / 10.0;
        var density = Math.Exp(a * Math.Log(x) - x - MathNet.Numerics.SpecialFunctions.GammaLn(a + 1));
        Assert.Equal(IncompleteGamma.Upper(a, x) + density, IncompleteGamma.Upper(a + 1, x), 1e-12);
    }

    [Property]
    public void Upper_LargerStatistic_IsNotLarger(PositiveInt degrees, PositiveInt tenths)
    {
        double a = degrees.Get / 2.0, x = tenths.Get / 10.0;
        var p = IncompleteGamma.Upper(a, x);
        Assert.InRange(p, 0, 1);
        Assert.True(IncompleteGamma.Upper(a, x * 1.01) <= p);
    }
}
