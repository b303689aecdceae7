using System.ComponentModel.DataAnnotations;
using FleetMonitor.Api.Access;
using FleetMonitor.Api.Ingest;
using FleetMonitor.Api.OpenApi;
using FleetMonitor.Api.Problems;
using FleetMonitor.Api.Requests;
using FleetMonitor.Core.Scores;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace FleetMonitor.Api.Models;

/// <summary>What a model's windows say.</summary>
internal static class ScoreEndpoints
{
    private const int MaxSteps = 1_440;
    private const int DefaultSteps = 60;

    public static void MapScores(this IEndpointRouteBuilder model)
    {
        model.MapGet("/performance", Performance).RequireAuthorization(Policies.Read).WithName("GetPerformance").WithModelProblems();
        model.MapGet("/drift", Drift).RequireAuthorization(Policies.Read).WithName("GetDrift").WithModelProblems();
        model.MapGet("/features", Features).RequireAuthorization(Policies.Read).WithName("GetFeatures").WithModelProblems();
        model.MapGet("/features/{**feature}", Feature).RequireAuthorization(Policies.Read).WithName("GetFeature").WithModelProblems();
        model.MapGet("/segments", Segments).RequireAuthorization(Policies.Read).WithName("GetSegments").WithModelProblems();
        model.MapGet("/versions", Versions).RequireAuthorization(Policies.Read).WithName("GetVersions").WithModelProblems();
        model.MapGet("/history", History).RequireAuthorization(Policies.Read).WithName("GetHistory").WithModelProblems();
    }

    /// <summary>How well a model answers: accuracy or error, confidence, latency.</summary>
    /// <param name="window">One window, such as 5m, 1h, 24h or 7d; all of the model's when missing.</param>
    /// <response code="200">The windows. A score that does not exist, for want of samples or labels, is null.</response>
    internal static async Task<Results<Ok<PerformanceReport>, ProblemHttpResult>> Performance(string model, string? window, ModelGateway gateway)
    {
        var (span, error) = WindowQuery.Parse(window);
        return error is null ? TypedResults.Ok(PerformanceReport.Of(await gateway.Model(model).Score(span))) : Problem.BadRequest(error);
    }

    /// <summary>How far a model's features, scores and predictions moved from its reference.</summary>
    /// <param name="window">One window, such as 5m, 1h, 24h or 7d; all of the model's when missing.</param>
    /// <response code="200">The windows, each with every column. A statistic that does not exist is null.</response>
    internal static async Task<Results<Ok<DriftReport>, ProblemHttpResult>> Drift(string model, string? window, ModelGateway gateway)
    {
        var (span, error) = WindowQuery.Parse(window);
        return error is null ? TypedResults.Ok(DriftReport.Of(await gateway.Model(model).Score(span))) : Problem.BadRequest(error);
    }

    /// <summary>Every column of a window: its verdict, statistics and data quality.</summary>
    /// <param name="window">The window, such as 5m, 1h, 24h or 7d; the headline one when missing.</param>
    /// <response code="200">Features in the spec's order, then score and prediction; none without a reference.</response>
    internal static async Task<Results<Ok<FeaturesReport>, ProblemHttpResult>> Features(string model, string? window, ModelGateway gateway)
    {
        var (span, error) = WindowQuery.Parse(window);
        if (error is not null) return Problem.BadRequest(error);
        span ??= (await gateway.Model(model).Describe()).Spec.HeadlineWindow;
        return TypedResults.Ok(FeaturesReport.Of(await gateway.Model(model).Score(span)));
    }

    /// <summary>One column of a window in full: its distribution beside the reference's.</summary>
    /// <param name="feature">A feature's name, or score, probability:CLASS or prediction.</param>
    /// <param name="window">The window, such as 5m, 1h, 24h or 7d; the headline one when missing.</param>
    /// <response code="200">The column.</response>
    internal static async Task<Results<Ok<FeatureDetail>, ProblemHttpResult>> Feature(string model, string feature, string? window, ModelGateway gateway)
    {
        var (span, error) = WindowQuery.Parse(window);
        if (error is not null) return Problem.BadRequest(error);
        // A path's slashes stay escaped when the rest is unescaped.
        var name = feature.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
        return await gateway.Model(model).Feature(name, span) is { } detail
            ? TypedResults.Ok(detail)
            : Problem.NotFound($"Model '{model}' has no column \"{WindowQuery.Shorten(name)}\", or no reference yet.");
    }

    /// <summary>A window slice by slice: each its own traffic, confidence, performance and drift, the worst first.</summary>
    /// <param name="window">The window, such as 5m, 1h, 24h or 7d; the headline one when missing.</param>
    /// <response code="200">The slices; none where the spec names no segment.</response>
    internal static async Task<Results<Ok<SegmentScores>, ProblemHttpResult>> Segments(string model, string? window, ModelGateway gateway)
    {
        var (span, error) = WindowQuery.Parse(window);
        return error is null ? TypedResults.Ok(await gateway.Model(model).Segments(span)) : Problem.BadRequest(error);
    }

    /// <summary>
    /// A window version by version, and the champion against each of the others: which is better, by how much, and whether that is more than noise.
    /// </summary>
    /// <param name="window">The window, such as 5m, 1h, 24h or 7d; the headline one when missing.</param>
    /// <response code="200">The versions, at most four; none while only one has been seen. What is better rests on evidence that may be looked at at
    /// any time.</response>
    internal static async Task<Results<Ok<VersionScores>, ProblemHttpResult>> Versions(string model, string? window, ModelGateway gateway)
    {
        var (span, error) = WindowQuery.Parse(window);
        return error is null ? TypedResults.Ok(await gateway.Model(model).Versions(span)) : Problem.BadRequest(error);
    }

    /// <summary>A model's past, step by step, oldest first.</summary>
    /// <param name="step">The length of a step; 1h when missing.</param>
    /// <param name="steps">How many steps back, this one included; 60 when missing.</param>
    /// <response code="200">The steps that are kept and had traffic.</response>
    internal static async Task<Results<Ok<ModelHistory>, ProblemHttpResult>> History(string model, string? step, [Range(1, MaxSteps)] int? steps, ModelGateway gateway)
    {
        var (size, error) = WindowQuery.ParseStep(step);
        if (error is not null) return Problem.BadRequest(error);
        if (steps is < 1 or > MaxSteps) return Problem.BadRequest(FormattableString.Invariant($"steps: expected 1 to {MaxSteps}, got {steps}"));
        return TypedResults.Ok(await gateway.Model(model).History(size, steps ?? DefaultSteps));
    }
}
