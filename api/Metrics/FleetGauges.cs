using System.Diagnostics.Metrics;
using FleetMonitor.Api.Ingest;
using FleetMonitor.Grains.Placement;
using FleetMonitor.Grains.Series;
using FleetMonitor.Grains.Specs;

namespace FleetMonitor.Api.Metrics;

/// <summary>How many models this silo hosts. Over all silos: add up.</summary>
internal sealed class FleetGauges
{
    private static readonly string[] States = ["waiting", "capturing", "live", "maintenance"];

    public FleetGauges(IMeterFactory meters, ModelSeriesRegistry? registry = null, SpecBoard? specs = null, LostSilos? lost = null)
    {
        if (registry is null) return;
        var meter = meters.Create(IngestMetrics.MeterName);
        meter.CreateObservableGauge("fleetmonitor.models.hosted", () => registry.Count, "{model}", "Models that live in this process.");
        meter.CreateObservableGauge("fleetmonitor.series.dropped", () => registry.Features.Dropped, "{series}", "Series of features that do not fit on the page of this process.");
        meter.CreateObservableGauge("fleetmonitor.models.series_dropped", () => registry.Dropped, "{series}",
            "Series of models that are left out, each model having too many.");
        meter.CreateObservableGauge("fleetmonitor.specs.invalid", () => specs?.InvalidFiles ?? 0, "{file}", "Spec files that are left out, for they have mistakes.");
        meter.CreateObservableGauge("fleetmonitor.specs.models", () => specs?.Models ?? 0, "{model}", "Models that spec files describe.");
        meter.CreateObservableGauge("fleetmonitor.silo.lost.timestamp", () => Lost(lost), "s", "When a silo was last declared dead that had not left by itself, since the epoch; none while this process has seen no such.");
        meter.CreateObservableGauge("fleetmonitor.models", () => ByState(registry), "{model}", "Models that live in this process, by state.");
    }

    private static IEnumerable<Measurement<double>> Lost(LostSilos? lost) => lost?.Last is { } last ? [new Measurement<double>(last.ToUnixTimeMilliseconds() / 1e3)] : [];

    /// <summary>Every state has a series at all times, so that a change of it can be seen.</summary>
    private static IEnumerable<Measurement<int>> ByState(ModelSeriesRegistry registry)
    {
        var counts = registry.CountByState();
        return States.Select(state => new Measurement<int>(counts.GetValueOrDefault(state), new KeyValuePair<string, object?>("state", state)));
    }
}
