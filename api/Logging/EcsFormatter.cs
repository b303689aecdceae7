using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace FleetMonitor.Api.Logging;

/// <summary>A line of JSON a log entry, under the names of the Elastic Common Schema 8.11; chosen by <c>Logging:Console:FormatterName=ecs</c>.</summary>
/// <remarks>
/// Written are the message, where it comes from, the trace it belongs to, an exception whole, and of the entry's values the model's name, and in
/// audit lines who changed it, alone: what else an entry
/// carries may have come with a request.
/// </remarks>
public sealed class EcsFormatter(IOptionsMonitor<EcsFormatterOptions> options, TimeProvider time) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "ecs";
    private const string EcsVersion = "8.11.0";
    private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly string Host = Environment.MachineName;

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var message = logEntry.Formatter?.Invoke(logEntry.State, logEntry.Exception);
        if (message is null && logEntry.Exception is null) return;
        var line = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(line, Json))
        {
            json.WriteStartObject();
            json.WriteString("@timestamp", time.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture));
            json.WriteString("log.level", Level(logEntry.LogLevel));
            json.WriteString("message", message ?? logEntry.Exception!.Message);
            json.WriteString("ecs.version", EcsVersion);
            json.WriteString("log.logger", logEntry.Category);
            json.WriteString("service.name", options.CurrentValue.Service);
            json.WriteString("service.node.name", Host);
            json.WriteString("event.dataset", options.CurrentValue.Dataset);
            if (logEntry.EventId.Name is { } name) json.WriteString("event.action", name);
            json.WriteNumber("process.pid", Environment.ProcessId);
            if (Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity)
            {
                json.WriteString("trace.id", activity.TraceId.ToHexString());
                json.WriteString("span.id", activity.SpanId.ToHexString());
            }
            if (ValueOf(logEntry.State, "By") is { } by) json.WriteString("user.name", by);
            if (ValueOf(logEntry.State, "Model") is { } model)
            {
                json.WriteStartObject("labels");
                json.WriteString("model", model);
                json.WriteEndObject();
            }
            if (logEntry.Exception is { } exception)
            {
                json.WriteString("error.type", exception.GetType().FullName);
                json.WriteString("error.message", exception.Message);
                json.WriteString("error.stack_trace", exception.ToString());
            }
            json.WriteEndObject();
        }
        textWriter.WriteLine(Encoding.UTF8.GetString(line.WrittenSpan));
    }

    private static string Level(LogLevel level) => level switch
    {
        LogLevel.Trace => "trace",
        LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        LogLevel.Error => "error",
        _ => "fatal",
    };

    private static string? ValueOf<TState>(TState state, string wanted)
    {
        if (state is not IReadOnlyList<KeyValuePair<string, object?>> values) return null;
        foreach (var (name, value) in values)
        {
            if (name.Equals(wanted, StringComparison.OrdinalIgnoreCase)) return value as string;
        }
        return null;
    }
}

/// <summary>What every line says of its origin; read from <c>Logging:Console:FormatterOptions</c>.</summary>
public sealed class EcsFormatterOptions : ConsoleFormatterOptions
{
    /// <summary>The service's name.</summary>
    public string Service { get; set; } = "fleetmonitor";

    /// <summary>The data set that the lines belong to: fleetmonitor.silo or fleetmonitor.gateway.</summary>
    public string Dataset { get; set; } = "fleetmonitor.silo";
}
