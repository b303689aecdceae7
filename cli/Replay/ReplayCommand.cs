using System.CommandLine;
using FleetMonitor.Core.Specs;

namespace FleetMonitor.Cli.Replay;

/// <summary><c>fleetmonitor replay FILE</c>: the backtest of a CSV through the production monitor.</summary>
internal sealed class ReplayCommand
{
    private readonly Argument<string> _file = new("FILE") { Description = "A CSV with a header, plain or gzip, its fields between commas, semicolons, tabs or \"|\"; \"-\" is the standard input." };

    private readonly ColumnOptions _columns = new();

    private readonly Option<string?> _reference = Options.Of<string?>("--reference", "FILE",
        "What the chunks are compared with: a CSV with the same columns. Without it, the first rows of FILE are the reference, and no chunks.");

    private readonly Option<int> _referenceRows = Options.Of("--reference-rows", "N",
        "How many first rows are the reference without --reference.", ReplayOptions.DefaultReferenceRows);

    private readonly Option<int> _chunk = Options.Of("--chunk", "N", "Rows of a chunk.", ReplayOptions.DefaultChunk);

    private readonly Option<ChunkPeriod?> _window = new("--window")
    {
        HelpName = "DURATION",
        Description = "Chunks of event time instead, in UTC: 90s, 15m, 6h or 1d, aligned to the Unix epoch; 1w, from Monday; 1M, a calendar month (3M: a quarter). "
            + "Rows may be up to 500,000 rows out of order. Without --timestamp, rows are a second apart.",
        CustomParser = result =>
        {
            if (ChunkPeriod.TryParse(result.Tokens[0].Value, out var period)) return period;
            result.AddError($"--window: expected a duration such as 15m, 6h, 1d, 1w or 1M, got \"{result.Tokens[0].Value}\"");
            return null;
        },
    };

    private readonly Option<bool> _strict = Options.Flag("--strict", "Stop at the first row that cannot be read; otherwise such rows are counted and left out, and what is no number among a feature's numbers is counted and taken as missing.");

    private readonly Option<string?> _json = Options.Of<string?>("--json", "OUT",
        "Write the report as JSON; \"-\" is the standard output, and the table then goes to the error stream.");

    private readonly Option<string?> _to = new("--url", "--to") { HelpName = "URL", Description = "Send the rows to a running server instead and print its streamed figures." };

    private readonly Option<bool> _replace = Options.Flag("--replace", "With --url: delete a model of the same name first.");

    private readonly Option<string?> _model = Options.Of<string?>("--model", "NAME", "The model's name; by default after FILE.");

    private readonly Option<double?> _accuracy = Options.Of<double?>("--accuracy-threshold", "SHARE", "Accuracy below it is bad; by default the reference's less 0.05.");

    private readonly Option<double?> _confidence = Options.Of<double?>("--confidence-threshold", "SHARE",
        "Mean confidence below it is bad; by default the reference's less 0.1.");

    private readonly Option<double> _ks = Options.Of("--ks", "D", "A Kolmogorov-Smirnov statistic above it is a large difference.", new DriftThresholds().Ks);

    private readonly Option<double> _psi = Options.Of("--psi", "NATS", "A population stability index above it is a large difference.", new DriftThresholds().Psi);

    private readonly Option<double> _pValue = Options.Of("--p-value", "P", "A difference is significant below it.", new DriftThresholds().PValue);

    private readonly Option<string[]> _detector = Options.Of<string[]>("--detector", "STREAM=DETECTOR",
        "Watches error, confidence, score or feature:NAME for changes, with adwin, page-hinkley, ddm, eddm, hddm-a or kswin. Repeatable; by default adwin on error and on confidence.");

    private readonly Option<string[]> _segments = Options.Of<string[]>("--segments", "COLUMN",
        "Slices each chunk by a feature (20 values, numbers by the reference's quartiles) and names the slices that are surely "
        + "worse than the rest. Repeatable.");

    private readonly Option<int> _minSamples = Options.Of("--min-samples", "N", "A chunk with fewer values is not judged.", new ModelSpec().MinSamples);

    public static Command Create(Terminal terminal)
    {
        var replay = new ReplayCommand();
        var command = new Command("replay", "Plays a CSV of predictions through the production monitor, chunk by chunk, and says what it would have said.")
        {
            replay._file, replay._reference, replay._referenceRows, replay._chunk, replay._window,
        };
        replay._columns.AddTo(command);
        Option[] others =
        [
            replay._strict, replay._json, replay._to, replay._replace, replay._model,
            replay._accuracy, replay._confidence, replay._ks, replay._psi, replay._pValue, replay._minSamples, replay._detector, replay._segments,
        ];
        foreach (var option in others) command.Options.Add(option);
        command.SetAction(terminal, (parsed, cancellation) => RunAsync(replay.Read(parsed), terminal, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(ReplayOptions options, Terminal terminal, CancellationToken cancellation)
    {
        var toOutput = options.Json == "-";
        if (options.Json is { } path && !toOutput && !Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(path))))
        {
            throw new CommandException(ExitCode.Usage, $"--json {path}: there is no such folder");
        }
        var report = await new ReplayRun(options, terminal).RunAsync(cancellation).ConfigureAwait(false);
        var stream = toOutput ? terminal.Error : terminal.Out;
        ReportTable.Write(report, terminal.Console(stream));
        foreach (var line in ReportSummary.Lines(report)) stream.WriteLine(line);
        if (options.Json is null) return ExitCode.Done;
        using var json = new MemoryStream();
        ReportJson.Write(report, json);
        if (toOutput) terminal.Out.WriteLine(System.Text.Encoding.UTF8.GetString(json.GetBuffer(), 0, (int)json.Length));
        else await File.WriteAllBytesAsync(options.Json, json.ToArray(), cancellation).ConfigureAwait(false);
        return ExitCode.Done;
    }

    private ReplayOptions Read(ParseResult parsed)
    {
        var options = _columns.Apply(parsed, new ReplayOptions
        {
            File = parsed.GetValue(_file)!,
            Prediction = "",
            Reference = parsed.GetValue(_reference),
            ReferenceRows = parsed.GetValue(_referenceRows),
            Chunk = parsed.GetValue(_chunk),
            Window = parsed.GetValue(_window),
            Strict = parsed.GetValue(_strict),
            Json = parsed.GetValue(_json),
            To = parsed.GetValue(_to),
            Replace = parsed.GetValue(_replace),
            Model = parsed.GetValue(_model),
            AccuracyThreshold = parsed.GetValue(_accuracy),
            ConfidenceThreshold = parsed.GetValue(_confidence),
            Drift = new DriftThresholds { Ks = parsed.GetValue(_ks), Psi = parsed.GetValue(_psi), PValue = parsed.GetValue(_pValue) },
            MinSamples = parsed.GetValue(_minSamples),
            Detectors = parsed.GetValue(_detector) ?? [],
            Segments = parsed.GetValue(_segments) ?? [],
        });
        if (options.Window is not null && parsed.GetResult(_chunk) is { Implicit: false })
        {
            throw new CommandException(ExitCode.Usage, "--chunk and --window cannot both be given");
        }
        Require(options.Chunk >= 1, "--chunk", "1 or more rows", options.Chunk);
        Require(options.ReferenceRows >= 1, "--reference-rows", "1 or more rows", options.ReferenceRows);
        Require(options.MinSamples is >= 1 and <= 1_000_000, "--min-samples", "1 to 1000000", options.MinSamples);
        Require(options.AccuracyThreshold is null or (>= 0 and <= 1), "--accuracy-threshold", "0 to 1", options.AccuracyThreshold);
        Require(options.ConfidenceThreshold is null or (>= 0 and <= 1), "--confidence-threshold", "0 to 1", options.ConfidenceThreshold);
        Require(options.Drift.Ks is >= 0 and <= 1, "--ks", "0 to 1", options.Drift.Ks);
        Require(options.Drift.PValue is >= 0 and <= 1, "--p-value", "0 to 1", options.Drift.PValue);
        Require(options.Drift.Psi is > 0 and <= 100, "--psi", "more than 0, at most 100", options.Drift.Psi);
        return options;
    }

    private static void Require(bool holds, string option, string expected, object? got)
    {
        if (!holds) throw new CommandException(ExitCode.Usage, FormattableString.Invariant($"{option}: expected {expected}, got {got}"));
    }
}
