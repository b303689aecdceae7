using FleetMonitor.Api.Access;
using FleetMonitor.Core.Specs;
using FleetMonitor.Grains;
using FleetMonitor.Protocol.V1;
using FleetMonitor.Storage;
using Grpc.Core;
using Microsoft.AspNetCore.Authorization;

namespace FleetMonitor.Api.Grpc.Monitor;

/// <content>Queries.</content>
internal sealed partial class MonitorService
{
    // A store would refuse far longer ones in its own words. Over HTTP the address bounds them.
    private const int MaxFilter = 1_000;

    [Authorize(Policies.Read)]
    public override async Task<ListModelsResponse> ListModels(ListModelsRequest request, ServerCallContext context)
    {
        var query = new ModelQuery
        {
            Sort = request.Order switch
            {
                ModelOrder.Unspecified or ModelOrder.Trouble => ModelSort.Trouble,
                ModelOrder.Name => ModelSort.Name,
                ModelOrder.LastPrediction => ModelSort.LastPrediction,
                ModelOrder.Predictions => ModelSort.Predictions,
                _ => throw Wrong($"order: expected one of {nameof(ModelOrder)}, got {(int)request.Order}"),
            },
            Search = Given(request.Search, "search"),
            Team = Given(request.Team, "team"),
            Family = Given(request.Family, "family"),
            Tier = Given(request.Tier, "tier"),
            Task = Given(request.Task, "task"),
            State = Given(request.State, "state"),
            Names = Caller.Limits(context.GetHttpContext()),
            Page = request.Page is 0 ? 1 : request.Page,
            PageSize = request.PageSize is 0 ? 50 : request.PageSize,
        };
        if (query.Page < 1) throw Wrong($"page: expected 1 or more, got {query.Page}");
        if (query.PageSize is < 1 or > ModelQuery.MaxPageSize) throw Wrong($"page_size: expected 1 to {ModelQuery.MaxPageSize}, got {query.PageSize}");
        var page = await grains.GetGrain<IFleetGrain>(0).List(query).WaitAsync(context.CancellationToken);
        return new ListModelsResponse { Total = page.Total, Models = { page.Models.Select(Reports.Summary) } };
    }

    [Authorize(Policies.Read)]
    public override async Task<GetModelResponse> GetModel(GetModelRequest request, ServerCallContext context)
    {
        RequireModel(context, request.Model);
        return Reports.Model(await gateway.Model(request.Model).Describe().WaitAsync(context.CancellationToken));
    }

    [Authorize(Policies.Read)]
    public override async Task<GetPerformanceResponse> GetPerformance(GetPerformanceRequest request, ServerCallContext context)
    {
        RequireModel(context, request.Model);
        var scores = await gateway.Model(request.Model).Score(Window(request.Window)).WaitAsync(context.CancellationToken);
        return new GetPerformanceResponse { Windows = { scores.Windows.Select(Reports.Performance) } };
    }

    [Authorize(Policies.Read)]
    public override async Task<GetDriftResponse> GetDrift(GetDriftRequest request, ServerCallContext context)
    {
        RequireModel(context, request.Model);
        var scores = await gateway.Model(request.Model).Score(Window(request.Window)).WaitAsync(context.CancellationToken);
        return new GetDriftResponse { Windows = { scores.Windows.Select(Reports.Drift) } };
    }

    private static string? Given(string text, string field) => text.Length switch
    {
        0 => null,
        <= MaxFilter => text,
        _ => throw Wrong($"{field}: expected at most {MaxFilter} characters, got {text.Length}"),
    };

    private static TimeSpan? Window(Google.Protobuf.WellKnownTypes.Duration? window)
    {
        if (window is null) return null;
        // Beyond a year it is no window, and a TimeSpan could not hold it.
        var span = window is { Seconds: > 0 and < 366 * 86_400, Nanos: 0 } ? TimeSpan.FromSeconds(window.Seconds) : TimeSpan.Zero;
        return SpecValidation.IsWindow(span) ? span : throw Wrong("window: expected whole minutes up to 1h, whole hours up to 48h or whole days up to 31d");
    }
}
