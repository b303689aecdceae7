using System.Collections.Concurrent;
using FleetMonitor.Core.Specs;
using FleetMonitor.Specs;
using FleetMonitor.Storage;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;

namespace FleetMonitor.Grains.Specs;

/// <summary>The files of specs beside the fleet, as whichever silo is near sees them. The key is 0.</summary>
[Alias("fleetmonitor.specs")]
public interface ISpecsGrain : IGrainWithIntegerKey
{
    /// <exception cref="Messages.ModelUnavailableException">The fleet's list cannot be read now.</exception>
    [Alias("report")]
    Task<SpecsReport> Report();
}

/// <summary>Files and fleet, side by side.</summary>
/// <param name="Directory">The folder; null without one.</param>
/// <param name="Read">When it was read last.</param>
/// <param name="Obstacle">Why it cannot be read; null when it can.</param>
/// <param name="Files">Spec files in it.</param>
/// <param name="InvalidFiles">Files that are left out.</param>
/// <param name="Mistakes">What is wrong with them, at most 1,000.</param>
/// <param name="Models">Each model that a file describes, by name.</param>
/// <param name="OnlyInFleet">Models that no file describes, by name, at most 1,000.</param>
/// <param name="OnlyInFleetCount">How many they are.</param>
public sealed record SpecsReport(
    string? Directory, DateTimeOffset? Read, string? Obstacle, int Files, int InvalidFiles, IReadOnlyList<SpecMistake> Mistakes, IReadOnlyList<SpecState> Models, IReadOnlyList<string> OnlyInFleet, int OnlyInFleetCount);

/// <summary>A model that a file describes.</summary>
/// <param name="State">applied; differs (the fleet has it otherwise); missing (the fleet does not have it); failed (it could not be asked, or could
/// not take it).</param>
/// <param name="Differences">Member by member, as JSON: what the fleet has, and what the file asks for.</param>
/// <param name="Failure">Why, where it failed.</param>
public sealed record SpecState(string Model, string File, int Line, string State, IReadOnlyList<SpecDifference> Differences, string? Failure);

[StatelessWorker]
internal sealed class SpecsGrain(SpecBoard board, FleetStore store, IOptions<SpecsOptions> options) : Grain, ISpecsGrain
{
    private const int MaxListed = 1_000;
    private const int Concurrency = 16;

    public async Task<SpecsReport> Report()
    {
        var folder = board.Folder;
        IReadOnlyList<SpecDocument> documents = folder?.Documents ?? [];
        var states = new ConcurrentDictionary<string, SpecState>(StringComparer.Ordinal);
        var factory = GrainFactory;
        await Parallel.ForEachAsync(documents, new ParallelOptions { MaxDegreeOfParallelism = Concurrency }, async (document, _) => states[document.Model] = await Compare(factory, document));
        var described = documents.Select(document => document.Model).ToHashSet(StringComparer.Ordinal);
        var others = new List<string>();
        try
        {
            await foreach (var name in store.RegisteredModelsAsync())
            {
                if (!described.Contains(name)) others.Add(name);
            }
        }
        catch (StoreException exception)
        {
            throw new Messages.ModelUnavailableException(exception.Message);
        }
        return new SpecsReport(
            options.Value.Directory is { Length: > 0 } directory ? directory : null, board.Read, board.Obstacle, folder?.Files ?? 0, folder?.InvalidFiles ?? 0, [.. (folder?.Mistakes ?? []).Take(MaxListed)],
            [.. documents.Select(document => states[document.Model])], [.. others.Take(MaxListed)], others.Count);
    }

    private async Task<SpecState> Compare(IGrainFactory factory, SpecDocument document)
    {
        try
        {
            var differences = await SpecFollower.Differences(factory.GetGrain<IModelGrain>(document.Model), document.Spec);
            var failure = board.FailureOf(document.Model);
            var state = failure is not null && differences is not { Count: 0 } ? "failed" : differences switch { null => "missing", { Count: 0 } => "applied", _ => "differs" };
            return new SpecState(document.Model, document.File, document.Line, state, differences ?? [], state == "failed" ? failure : null);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            return new SpecState(document.Model, document.File, document.Line, "failed", [], exception.Message);
        }
    }
}
