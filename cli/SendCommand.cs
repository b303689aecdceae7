using System.CommandLine;
using FleetMonitor.Cli.Replay;
using FleetMonitor.Client;

namespace FleetMonitor.Cli;

/// <summary><c>fleetmonitor send FILE</c>: predictions (and their labels) from a CSV or from NDJSON to a running server, as they are.</summary>
internal static class SendCommand
{
    public static Command Create(Terminal terminal)
    {
        var file = new Argument<string>("FILE")
        {
            Description = "A CSV with a header, or NDJSON of predictions (.ndjson, .jsonl); plain or gzip; \"-\" is a CSV on the standard input.",
        };
        var model = new Option<string>("--model") { HelpName = "NAME", Description = "Whose predictions these are.", Required = true };
        var to = Server.Option();
        var columns = new ColumnOptions();
        var labels = Options.Flag("--labels", "The NDJSON holds labels and no predictions.");
        var command = new Command("send", "Sends a file's predictions, and the labels it has, to a running server. Rows without a time count as made now.")
        {
            file, model, to, labels,
        };
        columns.AddTo(command);
        command.SetAction(terminal, async (parsed, cancellation) =>
        {
            var path = parsed.GetValue(file)!;
            var options = columns.Apply(parsed, new ReplayOptions { File = path, Prediction = "", To = parsed.GetValue(to) });
            using var server = new Server(parsed.GetValue(to)!, terminal);
            using var input = InputFile.Open(path, terminal);
            var send = new Sender(server.Client, parsed.GetValue(model)!, terminal);
            if (IsNdjson(path)) await send.LinesAsync(input.Stream, parsed.GetValue(labels), cancellation).ConfigureAwait(false);
            else await send.CsvAsync(input, options, cancellation).ConfigureAwait(false);
            send.Report();
            return ExitCode.Done;
        });
        return command;
    }

    private static bool IsNdjson(string path)
    {
        if (path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)) path = path[..^3];
        return path.EndsWith(".ndjson", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase);
    }

    private sealed class Sender(FleetMonitorClient client, string model, Terminal terminal)
    {
        private const int RequestLines = 2_000;

        private readonly List<string> _examples = [];
        private long _accepted;
        private long _duplicates;
        private long _tooLate;
        private long _rejected;

        public async Task CsvAsync(InputFile input, ReplayOptions options, CancellationToken cancellation)
        {
            var plan = ReplayPlan.Make(options, FileSample.Of(input, options), null);
            // A second run of the same file must not be taken for a repetition of the first: its rows get ids of their own.
            var run = plan.File.Id is null ? $"{client.Producer}-" : "";
            var csv = ReplayRun.Open(input, plan.File with { Even = null }, plan.Spec);
            var rejections = new Rejections(input.Name, strict: false);
            using var lines = new NdjsonWriter();
            while (csv.Read(ChunkReader.MaxBatchRows) is { Items: > 0 } rows)
            {
                rejections.Add(rows.Rejected, rows.Errors);
                Add(await BatchEvents.SendAsync(client, model, rows.Batch, lines, cancellation, run).ConfigureAwait(false));
            }
            _rejected += rejections.Count;
            _examples.AddRange(rejections.Examples);
        }

        public async Task LinesAsync(Stream stream, bool labels, CancellationToken cancellation)
        {
            using var reader = new StreamReader(stream);
            var lines = new List<string>();
            while (await reader.ReadLineAsync(cancellation).ConfigureAwait(false) is { } line)
            {
                lines.Add(line);
                if (lines.Count == RequestLines) await FlushAsync(lines, labels, cancellation).ConfigureAwait(false);
            }
            if (lines.Count > 0) await FlushAsync(lines, labels, cancellation).ConfigureAwait(false);
        }

        public void Report()
        {
            FormattableString counts = $"{_accepted:N0} accepted, {_duplicates:N0} duplicates, {_tooLate:N0} too late, {_rejected:N0} rejected";
            terminal.Out.WriteLine(FormattableString.Invariant(counts));
            foreach (var example in _examples.Take(Rejections.MaxExamples)) terminal.Out.WriteLine($"  {example}");
        }

        private async Task FlushAsync(List<string> lines, bool labels, CancellationToken cancellation)
        {
            var body = System.Text.Encoding.UTF8.GetBytes(string.Join('\n', lines));
            lines.Clear();
            if (!labels)
            {
                Add(await client.RecordAsync(model, body, cancellation).ConfigureAwait(false));
                return;
            }
            var result = await client.LabelAsync(model, body, cancellation).ConfigureAwait(false);
            Add(new IngestResult(result.Accepted, 0, 0, result.Rejected, result.Errors));
        }

        private void Add(IngestResult result)
        {
            _accepted += result.Accepted;
            _duplicates += result.Duplicates;
            _tooLate += result.TooLate;
            _rejected += result.Rejected;
            if (_examples.Count < Rejections.MaxExamples && result.Errors is { } errors) _examples.AddRange(errors.Select(e => e.ToString()));
        }
    }
}
