using System.Diagnostics.Metrics;
using FleetMonitor.Api.Ingest;

namespace FleetMonitor.Api.Access;

/// <summary>Why a request is not allowed.</summary>
internal enum Denial
{
    /// <summary>It brings no token.</summary>
    Missing,

    /// <summary>Its token is nobody's, or has expired.</summary>
    Invalid,

    /// <summary>Its token lacks the scope.</summary>
    Scope,

    /// <summary>Its token is for other models.</summary>
    Model,

    /// <summary>Nobody can say whether its token is good: the provider is away.</summary>
    Unknown,
}

/// <summary>Who was turned away and why, and whether the tokens in force are those of the file. Never whose they are.</summary>
internal sealed class AccessMetrics
{
    private readonly Counter<long> _denied;

    public AccessMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(IngestMetrics.MeterName);
        _denied = meter.CreateCounter<long>("fleetmonitor.access.denied", "{request}", "Requests not allowed, by why: missing, invalid, scope, model, unknown.");
        meter.CreateObservableGauge("fleetmonitor.access.tokens", () => Tokens, "{token}", "Tokens in force.");
        meter.CreateObservableGauge("fleetmonitor.access.stale", () => IsStale ? 1 : 0, description: "1 while the token file cannot be used as it is, and older tokens stay in force.");
        // So that each is seen to rise from 0.
        foreach (var denial in Enum.GetValues<Denial>()) Deny(denial, 0);
    }

    public int Tokens { get; set; }

    public bool IsStale { get; set; }

    public void Deny(Denial denial, int count = 1) => _denied.Add(count, new KeyValuePair<string, object?>("reason", denial switch
    {
        Denial.Missing => "missing",
        Denial.Invalid => "invalid",
        Denial.Scope => "scope",
        Denial.Model => "model",
        _ => "unknown",
    }));
}
