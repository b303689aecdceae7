using System.Text.Json;
using FleetMonitor.Client;
using FleetMonitor.Core;
using FleetMonitor.Core.Batches;
using FleetMonitor.Core.Scores;
using FleetMonitor.Core.Specs;
using FleetMonitor.Core.Statistics;

namespace FleetMonitor.Cli.Replay;

/// <summary>Plays chunks into a running server as if they were the last minutes' traffic, one chunk a minute, and reads its streamed figures back.</summary>
internal sealed class ServerReplay(ReplayPlan plan, Thresholds thresholds, ReplayOptions options, FleetMonitorClient client, Terminal terminal)
{
    /// <summary>A server tells an hour's minutes apart; the rest of the hour is for the sending.</summary>
    private const int MaxChunks = 50;

    private const int HistoryMinutes = 60;

    /// <param name="rowsBefore">Accepted rows of the file before the first chunk.</param>
    public async Task<IReadOnlyList<ChunkReport>> PlayAsync(
        PredictionBatch? reference, IEnumerable<Chunk> read, long rowsBefore, CancellationToken cancellation)
    {
        if (!ModelNames.IsValid(plan.Model)) throw new CommandException(ExitCode.Usage, $"--model: {ModelNames.Expected}; got \"{plan.Model}\"");
        Chunk[] chunks = [.. read];
        if (chunks.Length > MaxChunks)
        {
            FormattableString message = $"--to: a server tells {MaxChunks} chunks apart, and these are {chunks.Length}; take larger ones, such as {Larger(chunks)}";
            throw new CommandException(ExitCode.Usage, FormattableString.Invariant(message));
        }
        await RegisterAsync(reference, chunks.Sum(c => c.Count), cancellation).ConfigureAwait(false);
        var newest = UnixTime.Floor(UnixTime.From(terminal.Time.GetUtcNow()), UnixTime.Minute);
        long MinuteOf(int chunk) => newest - ((chunks.Length - 1 - chunk) * UnixTime.Minute);
        using var lines = new NdjsonWriter();
        for (var i = 0; i < chunks.Length; i++)
        {
            foreach (var (batch, kept) in chunks[i].Rows)
            {
                await SendAsync((kept is null ? batch : batch.Select(kept)).At(MinuteOf(i)), lines, cancellation).ConfigureAwait(false);
            }
        }
        var history = await client.GetAsync(plan.Model, $"history?step=1m&steps={HistoryMinutes}", cancellation).ConfigureAwait(false);
        var steps = history.Deserialize<ModelHistory>(ScoreJson.Options)!.Steps.ToDictionary(step => UnixTime.From(step.From));
        var reports = new List<ChunkReport>(chunks.Length);
        var row = rowsBefore;
        for (var i = 0; i < chunks.Length; i++)
        {
            if (!steps.TryGetValue(MinuteOf(i), out var step))
            {
                var message = FormattableString.Invariant($"the server's history has no chunk {i}; sending took too long for it to tell them apart");
                throw new CommandException(ExitCode.Server, message);
            }
            reports.Add(Report(i, row, chunks[i], step));
            row += chunks[i].Count;
        }
        return reports;
    }

    /// <summary>An option by which the rows are few enough chunks. Their first may start inside a longer window, so there is one more of these at most.</summary>
    private string Larger(Chunk[] chunks)
    {
        if (options.Window is null || chunks[^1].End - chunks[0].Start is not { } span) return FormattableString.Invariant($"--chunk {(chunks.Sum(c => (long)c.Count) + MaxChunks - 1) / MaxChunks}");
        var least = span / (MaxChunks - 1);
        var unit = least < UnixTime.Minute ? UnixTime.Second : least < UnixTime.Hour ? UnixTime.Minute : least < UnixTime.Day ? UnixTime.Hour : UnixTime.Day;
        return $"--window {Duration.Format(TimeSpan.FromMicroseconds((least / unit * unit) + unit))}";
    }

    private async Task RegisterAsync(PredictionBatch? reference, int rows, CancellationToken cancellation)
    {
        if (await ExistsAsync(cancellation).ConfigureAwait(false))
        {
            if (!options.Replace)
            {
                var message = $"the server has a model {plan.Model} already, whose traffic would mix with this; --replace deletes it first, --model takes another name";
                throw new CommandException(ExitCode.Usage, message);
            }
            await client.DeleteAsync(plan.Model, cancellation).ConfigureAwait(false);
        }
        var spec = plan.Spec with
        {
            MinSamples = options.MinSamples,
            Thresholds = thresholds,
            LabelCapacity = Math.Clamp(rows, 100_000, 50_000_000),
            Reference = new ReferenceSpec { Capture = 0 },
        };
        await client.PutSpecAsync(plan.Model, SpecJson.Write(spec), cancellation).ConfigureAwait(false);
        if (reference is null) return;
        using var lines = new NdjsonWriter();
        for (var row = 0; row < reference.Count; row++) lines.Write(BatchEvents.Prediction(reference, row, withLabel: true));
        await client.PutReferenceAsync(plan.Model, lines.Written, cancellation: cancellation).ConfigureAwait(false);
    }

    private async Task<bool> ExistsAsync(CancellationToken cancellation)
    {
        try
        {
            await client.GetAsync(plan.Model, "", cancellation).ConfigureAwait(false);
            return true;
        }
        catch (FleetMonitorException exception) when (exception.Status == System.Net.HttpStatusCode.NotFound)
        {
            return false;
        }
    }

    private async Task SendAsync(PredictionBatch batch, NdjsonWriter lines, CancellationToken cancellation)
    {
        var result = await BatchEvents.SendAsync(client, plan.Model, batch, lines, cancellation).ConfigureAwait(false);
        if (result.Predictions.Accepted == batch.Count && result.Labels is null or { Rejected: 0 }) return;
        var errors = string.Join("; ", result.Errors.Take(3));
        var labels = result.Labels is { Rejected: > 0 and var rejected } ? FormattableString.Invariant($", and not {rejected} of their labels") : "";
        throw new CommandException(ExitCode.Server, FormattableString.Invariant($"the server took {result.Predictions.Accepted} of {batch.Count} rows{labels}: {errors}"));
    }

    private static EstimateReport Estimate(WindowScore step) => step.Performance.Estimated is { } e
        ? new EstimateReport(e.Accuracy, e.AccuracyLower, e.AccuracyUpper, e.F1, e.Auroc, e.RecalibratedAccuracy, e.Trusted, e.Count)
        : EstimateReport.None;

    private ChunkReport Report(int index, long start, Chunk chunk, WindowScore step)
    {
        var columns = step.Columns.Select(column => new ColumnReport(plan.ColumnOf(column.Role, column.Name), null, column));
        var confidence = step.Confidence is { } c ? new ConfidenceSummary(c.Count, c.Mean, c.P10, c.P50, c.P90, c.LowRatio, c.Entropy) : null;
        return new ChunkReport(
            index, start, start + chunk.Count - 1, chunk.Start, chunk.End, step.Verdict, step.Performance, confidence,
            [.. columns], [.. step.Alerts.Select(a => a.ToString())], Estimate(step));
    }
}
