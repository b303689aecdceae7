using System.Collections.Immutable;

namespace FleetMonitor.Grains.Evidence;

/// <summary>The one place where the fleet's drift is judged together; the key is <see cref="Key"/>. It keeps nothing but the silos' last reports.</summary>
[Alias("fleetmonitor.fleet-evidence")]
public interface IFleetEvidenceGrain : IGrainWithStringKey
{
    const string Key = "fleet";

    /// <summary>Takes a silo's report in place of its last one; answers what follows from all that are not too old.</summary>
    [Alias("report")]
    Task<FleetVerdict> Report(SiloEvidence report);
}

/// <summary>What a silo's models have to say together.</summary>
/// <param name="Silo">The silo, by its address.</param>
/// <param name="Hypotheses">Features with a reference of all its models.</param>
/// <param name="EValues">Their e-values of at least 1/α; smaller ones change nothing (see <see cref="Core.Evidence.EBenjaminiHochberg"/>).</param>
/// <param name="Onsets">Which features have drifted in its models, and since when.</param>
[GenerateSerializer, Immutable, Alias("fleetmonitor.silo-evidence")]
public sealed record SiloEvidence(
    [property: Id(0)] string Silo, [property: Id(1)] long Hypotheses, [property: Id(2)] ImmutableArray<double> EValues, [property: Id(3)] ImmutableArray<FeatureOnset> Onsets);

/// <summary>One model's drift on one feature.</summary>
/// <param name="Since">When it began, Unix microseconds.</param>
[GenerateSerializer, Immutable, Alias("fleetmonitor.feature-onset")]
public readonly record struct FeatureOnset([property: Id(0)] string Feature, [property: Id(1)] long Since);

/// <summary>What the whole fleet says.</summary>
/// <param name="Threshold">Hypotheses with an e-value from here on are discovered; +∞: none.</param>
/// <param name="Hypotheses">All hypotheses of the fleet.</param>
/// <param name="Groups">Features on which several models began to drift in the same hours.</param>
[GenerateSerializer, Immutable, Alias("fleetmonitor.fleet-verdict")]
public sealed record FleetVerdict([property: Id(0)] double Threshold, [property: Id(1)] long Hypotheses, [property: Id(2)] ImmutableArray<DriftGroup> Groups);

/// <summary>Models that share a cause, as far as can be told: the same feature, the same hours.</summary>
/// <param name="From">The first onset, Unix microseconds.</param>
/// <param name="To">The last one.</param>
[GenerateSerializer, Immutable, Alias("fleetmonitor.drift-group")]
public readonly record struct DriftGroup([property: Id(0)] string Feature, [property: Id(1)] long From, [property: Id(2)] long To, [property: Id(3)] int Models)
{
    public string Name => $"feature:{Feature}";

    public bool Has(string feature, long since) => Feature == feature && since >= From && since <= To;
}
