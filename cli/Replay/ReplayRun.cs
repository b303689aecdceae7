using System.Globalization;
using FleetMonitor.Cli.Exact;
using FleetMonitor.Core.Batches;
using FleetMonitor.Core.Formats;
using FleetMonitor.Core.Scores;
using FleetMonitor.Core.Specs;
using Spectre.Console;

namespace FleetMonitor.Cli.Replay;

/// <summary>One replay, from its files to its report.</summary>
/// <param name="maxCells">Rows times columns of a batch.</param>
internal sealed class ReplayRun(ReplayOptions options, Terminal terminal, long maxCells = ReplayRun.MaxCells)
{
    /// <summary>A backtest reads as long as the file is; a reference is held in memory whole.</summary>
    private const long MaxCells = 200_000_000;

    /// <summary>Below it scores rank worse than chance would: they are another class's.</summary>
    private const double WorseThanChance = 0.45;

    /// <summary>How far below the reference's accuracy a chunk's is bad, unless it is told.</summary>
    private const double AccuracyMargin = 0.05;

    /// <summary>How far below the reference's mean confidence a chunk's is bad, unless it is told.</summary>
    private const double ConfidenceMargin = 0.1;

    public async Task<ReplayReport> RunAsync(CancellationToken cancellation)
    {
        if (options.File == InputFile.StandardInput && options.Reference == InputFile.StandardInput)
        {
            throw new CommandException(ExitCode.Usage, "file and reference cannot both be the standard input");
        }
        var started = terminal.Time.GetTimestamp();
        using var file = InputFile.Open(options.File, terminal);
        using var referenceFile = options.Reference is { } path ? InputFile.Open(path, terminal) : null;
        var sample = FileSample.Of(file, options);
        var referenceSample = referenceFile is null ? null : FileSample.Of(referenceFile, options);
        var plan = ReplayPlan.Make(options, sample, referenceSample);

        var rejections = new Rejections(file.Name, options.Strict);
        var csv = Open(file, plan.File, plan.Spec, maxCells);
        if (plan.Task == TaskKind.Binary) ModelClasses.RequireTwo(plan.Classes, options, referenceSample is null ? [sample] : [referenceSample, sample]);
        var screen = new RowScreen(plan);
        var reader = new ChunkReader(csv, screen, rejections, options);
        var exact = new ExactMonitor(plan, options.MinSamples);
        var referenceRejections = new Rejections(referenceFile?.Name ?? file.Name, options.Strict);
        var reference = referenceFile is null ? FirstRows(reader, file.Name) : ReadReference(referenceFile, plan, screen, referenceRejections);
        var (performance, confidence) = exact.SetReference(reference is null ? [] : [reference], options.Window is null ? options.Chunk : 0);
        var summary = new ReferenceReport(
            reference?.Count ?? 0, referenceRejections.Count, performance.Labelled, performance.Classification?.Accuracy, confidence?.Mean, performance.Regression?.Mae, performance.Regression?.Rmse);
        referenceRejections.RequireAny(summary.Rows);
        var thresholds = Derive(summary);

        var rowsBefore = referenceFile is null ? summary.Rows : 0;
        var read = Chunks(reader, rowsBefore, rejections);
        IReadOnlyList<ChunkReport> chunks;
        IReadOnlyList<ReplayChange>? changes = null;
        if (options.To is { } url)
        {
            using var server = new Server(url, terminal);
            var replay = new ServerReplay(plan, thresholds, options, server.Client, terminal);
            chunks = await replay.PlayAsync(reference, read, rowsBefore, cancellation).ConfigureAwait(false);
        }
        else
        {
            var backtest = new Backtest(plan, thresholds, options.MinSamples, exact);
            backtest.Open(reference, options.Window is null ? options.Chunk : 0, rowsBefore);
            chunks = WithProgress(file, read.Select(backtest.Play), cancellation);
            changes = backtest.Changes;
        }
        rejections.Mistyped(csv.Mistyped);
        var elapsed = terminal.Time.GetElapsedTime(started);
        var rows = chunks.Sum(c => c.Count) + summary.Rows + summary.Rejected + rejections.Count;
        return new ReplayReport
        {
            Model = plan.Model,
            Task = plan.Task,
            Positive = plan.Spec.Positive,
            Reference = summary,
            Thresholds = thresholds,
            ReferenceIsFile = referenceFile is not null,
            AccuracyDerived = options.AccuracyThreshold is null,
            ConfidenceDerived = options.ConfidenceThreshold is null,
            MinSamples = options.MinSamples,
            AccuracyRange = exact.AccuracyRange,
            Rejected = rejections.Count,
            Examples = [.. referenceRejections.Examples, .. rejections.Examples],
            Chunks = chunks,
            Changes = changes,
            RowsPerSecond = options.To is null && elapsed > TimeSpan.Zero ? rows / elapsed.TotalSeconds : null,
            Elapsed = elapsed,
            Notes = [.. file.Notes, .. referenceFile?.Notes ?? [], .. plan.Notes, .. Notes(plan, performance), .. referenceRejections.Notes, .. rejections.Notes],
        };
    }

    /// <summary>The rows of a file whose columns a plan has found.</summary>
    public static PredictionCsv Open(InputFile file, CsvMapping mapping, ModelSpec spec, long maxCells = MaxCells) =>
        PredictionCsv.Open(file.ReadHeader(), mapping, spec, new DecodeLimits { MaxItems = int.MaxValue, MaxCells = maxCells });

    /// <summary>The chunks. A file whose rows are all wrong is none of this model.</summary>
    private static IEnumerable<Chunk> Chunks(ChunkReader reader, long rowsBefore, Rejections rejections)
    {
        var rows = rowsBefore;
        foreach (var chunk in reader.Read())
        {
            rows += chunk.Count;
            yield return chunk;
        }
        rejections.RequireAny(rows);
    }

    /// <summary>The file's first rows. One that is no row of this model is not replaced by a later one.</summary>
    private PredictionBatch? FirstRows(ChunkReader reader, string name)
    {
        try
        {
            return reader.ReadBatch(options.ReferenceRows) is not { Count: > 0 } rows ? null : rows.Kept is null ? rows.Batch : rows.Batch.Select(rows.Kept);
        }
        catch (LimitException exception)
        {
            throw new CommandException(ExitCode.Data, $"{name}: {exception.Message}; --reference-rows takes fewer");
        }
    }

    private PredictionBatch? ReadReference(InputFile file, ReplayPlan plan, RowScreen screen, Rejections rejections)
    {
        var csv = Open(file, plan.Reference!, plan.Spec, maxCells);
        try
        {
            var decoded = csv.Read(int.MaxValue);
            rejections.Add(decoded.Rejected, decoded.Errors);
            rejections.Mistyped(csv.Mistyped);
            var kept = screen.Keep(decoded.Batch, checkIds: false, csv.LineOf, rejections);
            var rows = kept is null ? decoded.Batch : decoded.Batch.Select(kept);
            return rows.Count == 0 ? null : rows;
        }
        catch (LimitException exception)
        {
            throw new CommandException(ExitCode.Data, $"{file.Name}: {exception.Message}; a sample of it serves as well");
        }
    }

    /// <summary>What the reference shows of the plan, and what a server keeps to itself.</summary>
    private IEnumerable<string> Notes(ReplayPlan plan, PerformanceScore reference)
    {
        if (plan.Task == TaskKind.Binary && reference.Labelled >= options.MinSamples && reference.Classification?.Auroc is { } auroc and < WorseThanChance)
        {
            yield return $"in the reference the scores rank class \"{plan.Spec.Positive}\" below the other (AUROC {ReportTable.Number(auroc)}), as if they were the other's (--positive)";
        }
        if (options.To is { } url && options.Segments.Count > 0) yield return $"fleetmonitor segments {plan.Model} --url {url} shows the slices";
    }

    private Thresholds Derive(ReferenceReport reference) => new()
    {
        Accuracy = options.AccuracyThreshold ?? Below(reference.Accuracy, AccuracyMargin),
        Confidence = options.ConfidenceThreshold ?? Below(reference.Confidence, ConfidenceMargin),
        Drift = options.Drift,
    };

    /// <summary>0 turns an alert off: there is nothing to compare with.</summary>
    private static double Below(double? reference, double margin) => reference is { } value ? Math.Max(0, value - margin) : 0;

    private List<ChunkReport> WithProgress(InputFile file, IEnumerable<ChunkReport> chunks, CancellationToken cancellation)
    {
        var reports = new List<ChunkReport>();
        void Play(Action<ChunkReport> seen)
        {
            foreach (var chunk in chunks)
            {
                cancellation.ThrowIfCancellationRequested();
                reports.Add(chunk);
                seen(chunk);
            }
        }

        if (!terminal.Interactive)
        {
            Play(_ => { });
            return reports;
        }
        terminal.Console(terminal.Error).Progress().AutoClear(true).Start(context =>
        {
            var task = context.AddTask("replay", new ProgressTaskSettings { MaxValue = 1 });
            task.IsIndeterminate = file.Progress is null;
            Play(chunk =>
            {
                task.Description = string.Create(CultureInfo.InvariantCulture, $"chunk {chunk.Index}, {chunk.End + 1:N0} rows");
                task.Value = file.Progress ?? 0;
            });
        });
        return reports;
    }
}
