using System.Diagnostics;
using System.Text.Json;
using FleetMonitor.Api.Logging;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace FleetMonitor.Api.Tests.Logging;

public sealed class EcsFormatterTests
{
    [Fact]
    public void Write_OfAnEntryWithAnException_IsOneLineWithTheWholeError()
    {
        var line = Write(LogLevel.Error, [new("Model", "fraud"), new("{OriginalFormat}", "Model {Model} cannot be brought back")], Thrown());

        Assert.Equal("2026-11-26T08:00:00.000Z", line.GetProperty("@timestamp").GetString());
        Assert.Equal("error", line.GetProperty("log.level").GetString());
        Assert.Equal("said", line.GetProperty("message").GetString());
        Assert.Equal("fraud", line.GetProperty("labels").GetProperty("model").GetString());
        Assert.Equal("System.InvalidOperationException", line.GetProperty("error.type").GetString());
        Assert.Equal("two\nlines", line.GetProperty("error.message").GetString());
        Assert.Contains(nameof(Thrown), line.GetProperty("error.stack_trace").GetString(), StringComparison.Ordinal);
    }

    /// <summary>What came with a request may be in an entry's values; it is not in the line.</summary>
    [Fact]
    public void Write_OfAnEntryWithOtherValues_LeavesThemOut()
    {
        var line = Write(LogLevel.Information, [new("Amount", 99887766.5), new("Authorization", "Bearer abc")], null);
        Assert.DoesNotContain("99887766.5", line.GetRawText(), StringComparison.Ordinal);
        Assert.DoesNotContain("Bearer", line.GetRawText(), StringComparison.Ordinal);
        Assert.False(line.TryGetProperty("labels", out _));
        Assert.False(line.TryGetProperty("error.type", out _));
    }

    [Fact]
    public void Write_InsideATrace_NamesIt()
    {
        using var activity = new Activity("request").SetIdFormat(ActivityIdFormat.W3C).Start();
        var line = Write(LogLevel.Warning, [], null);
        Assert.Equal(activity.TraceId.ToHexString(), line.GetProperty("trace.id").GetString());
        Assert.Equal(activity.SpanId.ToHexString(), line.GetProperty("span.id").GetString());
    }

    private static JsonElement Write(LogLevel level, IReadOnlyList<KeyValuePair<string, object?>> state, Exception? exception)
    {
        var formatter = new EcsFormatter(new Fixed(new EcsFormatterOptions()), new FakeTimeProvider(new DateTimeOffset(2026, 11, 26, 8, 0, 0, TimeSpan.Zero)));
        using var text = new StringWriter();
        formatter.Write(new LogEntry<IReadOnlyList<KeyValuePair<string, object?>>>(level, "Category", new EventId(1, "Said"), state, exception, (_, _) => "said"), null, text);
        var lines = text.ToString();
        Assert.Equal(lines.Length - Environment.NewLine.Length, lines.IndexOf('\n', StringComparison.Ordinal));
        return JsonDocument.Parse(lines).RootElement;
    }

    private static InvalidOperationException Thrown()
    {
        try
        {
            throw new InvalidOperationException("two\nlines");
        }
        catch (InvalidOperationException exception)
        {
            return exception;
        }
    }

    private sealed class Fixed(EcsFormatterOptions value) : IOptionsMonitor<EcsFormatterOptions>
    {
        public EcsFormatterOptions CurrentValue => value;

        public EcsFormatterOptions Get(string? name) => value;

        public IDisposable? OnChange(Action<EcsFormatterOptions, string?> listener) => null;
    }
}
