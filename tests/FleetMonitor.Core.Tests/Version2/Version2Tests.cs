using FleetMonitor.Core.Monitoring;
using Xunit;

namespace FleetMonitor.Core.Tests.Version2;

/// <summary>Format 2: with evidence, slices, change detectors, estimates and multivariate drift, which format 1 had not.</summary>
public sealed class Version2Tests() : EarlierFormat("Version2", new(2026, 3, 2, 12, 5, 0, TimeSpan.Zero), lastRows: 60)
{
    private protected override void SaysMore(string model, ModelMonitor monitor, long now)
    {
        Says($"{model}.segments.json", monitor.Segments(TimeSpan.FromHours(24), now));
        Assert.Equal(monitor.Reference!.Version, Assert.Single(monitor.Describe(now).References).Version);
    }
}
