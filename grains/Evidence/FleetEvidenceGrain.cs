using FleetMonitor.Core.Evidence;
using Microsoft.Extensions.Options;

namespace FleetMonitor.Grains.Evidence;

/// <summary>Keeps the silos' last reports, and judges over all of them whenever one comes.</summary>
/// <remarks>A new activation knows nothing until the silos have reported again, one period later; until then its verdict rests on those that have, and discovers no more than it should: e-Benjamini-Hochberg is right for any set of hypotheses.</remarks>
[KeepAlive]
internal sealed class FleetEvidenceGrain(TimeProvider time, IOptions<FleetEvidenceOptions> options) : Grain, IFleetEvidenceGrain
{
    private readonly Dictionary<string, (SiloEvidence Report, long Taken)> _reports = new(StringComparer.Ordinal);

    public Task<FleetVerdict> Report(SiloEvidence report)
    {
        _reports[report.Silo] = (report, time.GetTimestamp());
        // A silo that is gone reports no more; its models report from elsewhere.
        foreach (var (silo, (_, taken)) in _reports)
        {
            if (time.GetElapsedTime(taken) > 3 * options.Value.Period) _reports.Remove(silo);
        }
        var reports = _reports.Values.Select(r => r.Report).ToList();
        var hypotheses = reports.Sum(r => r.Hypotheses);
        double[] eValues = [.. reports.SelectMany(r => r.EValues)];
        var threshold = EBenjaminiHochberg.Threshold(eValues, hypotheses, options.Value.Alpha);
        return Task.FromResult(new FleetVerdict(threshold, hypotheses, [.. DriftGroups.Find(reports.SelectMany(r => r.Onsets), options.Value.GroupModels, options.Value.GroupSpan)]));
    }
}
