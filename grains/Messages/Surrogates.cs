using FleetMonitor.Core.Ingest;
using FleetMonitor.Core.Specs;

namespace FleetMonitor.Grains.Messages;

/// <summary>How core's results travel: core knows nothing of Orleans.</summary>
[GenerateSerializer, Immutable, Alias("fleetmonitor.result")]
public readonly record struct ApplyResultSurrogate(
    [property: Id(0)] int Accepted,
    [property: Id(1)] int Duplicates,
    [property: Id(2)] int TooLate,
    [property: Id(3)] int Rejected,
    [property: Id(4)] int Joined,
    [property: Id(5)] int Pending,
    [property: Id(6)] int Corrected,
    [property: Id(7)] RowErrorSurrogate[] Errors,
    [property: Id(8)] SpecChangeSurrogate[]? Changes);

[GenerateSerializer, Immutable, Alias("fleetmonitor.rowerror")]
public readonly record struct RowErrorSurrogate([property: Id(0)] int Row, [property: Id(1)] string Field, [property: Id(2)] string Message);

[GenerateSerializer, Immutable, Alias("fleetmonitor.specchange")]
public readonly record struct SpecChangeSurrogate([property: Id(0)] string Field, [property: Id(1)] Restart[] Restarted, [property: Id(2)] string? Why);

[RegisterConverter]
public sealed class ApplyResultConverter : IConverter<ApplyResult, ApplyResultSurrogate>
{
    public ApplyResult ConvertFromSurrogate(in ApplyResultSurrogate surrogate) => new(
        surrogate.Accepted, surrogate.Duplicates, surrogate.TooLate, surrogate.Rejected, surrogate.Joined, surrogate.Pending, surrogate.Corrected,
        [.. surrogate.Errors.Select(e => new RowError(e.Row, e.Field, e.Message))])
    {
        Changes = [.. (surrogate.Changes ?? []).Select(c => new SpecChange(c.Field, c.Restarted, c.Why))],
    };

    public ApplyResultSurrogate ConvertToSurrogate(in ApplyResult value) => new(
        value.Accepted, value.Duplicates, value.TooLate, value.Rejected, value.Joined, value.Pending, value.Corrected,
        [.. value.Errors.Select(e => new RowErrorSurrogate(e.Row, e.Field, e.Message))],
        value.Changes.Count == 0 ? null : [.. value.Changes.Select(c => new SpecChangeSurrogate(c.Field, [.. c.Restarted], c.Why))]);
}
