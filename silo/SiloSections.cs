using FleetMonitor.Api.Configuration;
using FleetMonitor.Grains;
using FleetMonitor.Grains.Evidence;
using FleetMonitor.Grains.Specs;
using FleetMonitor.Storage;

namespace FleetMonitor.Silo;

/// <summary>The sections that a silo has beside those of every process.</summary>
internal static class SiloSections
{
    public static readonly IReadOnlyList<OptionsSection> All =
    [
        new(SiloOptions.Section, typeof(SiloOptions)),
        new(StorageOptions.Section, typeof(StorageOptions)),
        new(StorageOptions.Section, typeof(SqliteStoreOptions)),
        new($"{StorageOptions.Section}:Postgres", typeof(PostgresStoreOptions)),
        new("FleetMonitor:Models", typeof(ModelGrainOptions)),
        new("FleetMonitor:Evidence", typeof(FleetEvidenceOptions)),
        new(SpecsOptions.Section, typeof(SpecsOptions)),
    ];
}
