using FleetMonitor.Clustering.Tables;

namespace FleetMonitor.Clustering.Tests;

internal static class Policies
{
    /// <summary>Longer than any machine is slow.</summary>
    public static CallPolicy Patient(int seed) => new(TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(2), TimeProvider.System, new Random(seed));
}
