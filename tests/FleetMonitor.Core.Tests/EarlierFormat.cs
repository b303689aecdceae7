using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;
using FleetMonitor.Core.Ingest;
using FleetMonitor.Core.Monitoring;
using FleetMonitor.Core.Scores;
using Xunit;

namespace FleetMonitor.Core.Tests;

/// <summary>Bytes that an earlier format's build wrote are still read, and mean what they meant: a silo of a newer build takes over models from an older one.</summary>
/// <remarks>
/// Kept in the format's folder for three models: <c>.log</c>, each entry behind its length (int32, little-endian); <c>.checkpoint</c>, the monitor after it; <c>.scores.json</c>, <c>.description.json</c> and what else that
/// build said of it at <paramref name="now"/>. Newer builds may say more, never otherwise, save where a rule was wrong (<see cref="Revised"/>).
/// </remarks>
/// <param name="format">The folder.</param>
/// <param name="now">When it was asked.</param>
/// <param name="lastRows">Rows of the last batch that has a producer.</param>
public abstract class EarlierFormat(string format, DateTimeOffset now, int lastRows)
{
    /// <summary>What follows from rules that were revised since: the limits of reconstruction errors, and how the reference's own rows are encoded for them.</summary>
    private static readonly string[] Revised = [".multivariate.reference", ".multivariate.lower", ".multivariate.upper"];

    public static TheoryData<string> Models => ["binary", "multiclass", "regression"];

    [Theory]
    [MemberData(nameof(Models))]
    public void Load_OfACheckpoint_SaysWhatWasSaid(string model) => SaysWhatWasSaid(model, ModelMonitor.Load(Bytes($"{model}.checkpoint")));

    [Theory]
    [MemberData(nameof(Models))]
    public void Apply_OfALog_SaysWhatWasSaid(string model)
    {
        var monitor = new ModelMonitor("m");
        foreach (var entry in Log(model)) monitor.Apply(LogEntry.Decode(entry));
        SaysWhatWasSaid(model, monitor);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Load_OfACheckpoint_SavesInTheNewFormatAndGoesOn(string model)
    {
        var monitor = ModelMonitor.Load(ModelMonitor.Load(Bytes($"{model}.checkpoint")).Save());
        SaysWhatWasSaid(model, monitor);
        // The producer's numbers came along: its last batch changes nothing.
        var last = Log(model).Select(entry => LogEntry.Decode(entry)).Last(entry => entry is { Kind: LogEntryKind.Predictions, Producer: not null });
        Assert.Equal(lastRows, monitor.Apply(last).Duplicates);
        Assert.Equal(SequenceStatus.New, monitor.Status(last.Producer!, last.Sequence + 1));
    }

    /// <summary>Compares what only this format's build said beside scores and description.</summary>
    private protected virtual void SaysMore(string model, ModelMonitor monitor, long now)
    {
    }

    /// <summary>Compares a file of what was said with what is said now.</summary>
    private protected void Says<T>(string file, T now) => Contains(Json(file), JsonSerializer.SerializeToElement(now, ScoreJson.Options), "$");

    private void SaysWhatWasSaid(string model, ModelMonitor monitor)
    {
        var at = UnixTime.From(now);
        Says($"{model}.scores.json", new ModelScores("m", monitor.Version, monitor.Spec.Task, [.. monitor.Spec.Windows.Select(window => monitor.Score(window, at))], monitor.Changes));
        Says($"{model}.description.json", monitor.Describe(at));
        SaysMore(model, monitor, at);
    }

    /// <summary>Every member that was there is there, with the same value.</summary>
    private static void Contains(JsonElement expected, JsonElement actual, string path)
    {
        if (Array.Exists(Revised, member => path.EndsWith(member, StringComparison.Ordinal))) return;
        Assert.True(expected.ValueKind == actual.ValueKind, $"{path}: {expected} became {actual}");
        switch (expected.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var member in expected.EnumerateObject())
                {
                    Assert.True(actual.TryGetProperty(member.Name, out var value), $"{path}.{member.Name} is gone");
                    Contains(member.Value, value, $"{path}.{member.Name}");
                }
                break;
            case JsonValueKind.Array:
                Assert.True(expected.GetArrayLength() == actual.GetArrayLength(), $"{path}: {expected.GetArrayLength()} items became {actual.GetArrayLength()}");
                for (var i = 0; i < expected.GetArrayLength(); i++) Contains(expected[i], actual[i], string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]"));
                break;
            case JsonValueKind.Number:
                var (one, other) = (expected.GetDouble(), actual.GetDouble());
                Assert.True(Math.Abs(one - other) <= 1e-12 * Math.Max(1, Math.Abs(one)), $"{path}: {expected} became {actual}");
                break;
            default:
                Assert.True(expected.ToString() == actual.ToString(), $"{path}: {expected} became {actual}");
                break;
        }
    }

    private IEnumerable<byte[]> Log(string model)
    {
        var bytes = Bytes($"{model}.log");
        for (var at = 0; at < bytes.Length;)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at));
            yield return bytes[(at + sizeof(int))..(at + sizeof(int) + length)];
            at += sizeof(int) + length;
        }
    }

    private JsonElement Json(string name)
    {
        using var document = JsonDocument.Parse(Bytes(name));
        return document.RootElement.Clone();
    }

    private byte[] Bytes(string name)
    {
        using var stream = typeof(EarlierFormat).Assembly.GetManifestResourceStream($"{format}.{name}")!;
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }
}
