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
            Description = "A CSV with a header, its fields between commas, semicolons, tabs or \"|\", or NDJSON of predictions (.ndjson, .jsonl); plain or gzip; \"-\" is a CSV on the standard input.",
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
            send.Report(input.Notes);
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

        private SendResult _sent = SendResult.None;
        private Rejections? _unread;

        public async Task CsvAsync(InputFile input, ReplayOptions options, CancellationToken cancellation)
        {
            var plan = ReplayPlan.Make(options, FileSample.Of(input, options), null);
            // A second run of the same file must not be taken for a repetition of the first: its rows get ids of their own.
            var run = plan.File.Id is null ? $"{client.Producer}-" : "";
            var csv = ReplayRun.Open(input, plan.File with { Even = null }, plan.Spec);
            _unread = new Rejections(input.Name, strict: false);
            using var lines = new NdjsonWriter();
            while (csv.Read(ChunkReader.MaxBatchRows) is { Items: > 0 } rows)
            {
                _unread.Add(rows.Rejected, rows.Errors);
                _sent = _sent.With(await BatchEvents.SendAsync(client, model, rows.Batch, lines, cancellation, run).ConfigureAwait(false));
            }
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

        public void Report(IReadOnlyList<string> notes)
        {
            var (predictions, labels) = _sent;
            var rejected = predictions.Rejected + (_unread?.Count ?? 0);
            if (predictions.Accepted + predictions.Duplicates + predictions.TooLate + rejected > 0 || labels is null)
            {
                Write($"{predictions.Accepted:N0} accepted, {predictions.Duplicates:N0} duplicates, {predictions.TooLate:N0} too late, {rejected:N0} rejected");
            }
            if (labels is not null) Write($"labels: {labels.Accepted:N0} accepted ({labels.Joined:N0} joined, {labels.Pending:N0} wait for their prediction, {labels.Corrected:N0} corrected), {labels.Rejected:N0} rejected");
            foreach (var example in _sent.Errors.Select(error => error.ToString()).Concat(_unread?.Examples ?? []).Take(Rejections.MaxExamples)) terminal.Out.WriteLine($"  {example}");
            foreach (var note in notes) terminal.Out.WriteLine($"Note: {note}.");
        }

        private void Write(FormattableString line) => terminal.Out.WriteLine(FormattableString.Invariant(line));

        private async Task FlushAsync(List<string> lines, bool labels, CancellationToken cancellation)
        {
            var body = System.Text.Encoding.UTF8.GetBytes(string.Join('\n', lines));
            lines.Clear();
            _sent = labels
                ? _sent.With(await client.LabelAsync(model, body, cancellation).ConfigureAwait(false))
                : _sent.With(await client.RecordAsync(model, body, cancellation).ConfigureAwait(false));
        }
    }
}
