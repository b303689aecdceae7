using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;
using FleetMonitor.Core.Ingest;
using FleetMonitor.Core.Monitoring;
using FleetMonitor.Core.Scores;
using Xunit;

namespace FleetMonitor.Core.Tests.Version2;

/// <summary>
/// Bytes of format 2 are still read, and mean what they meant: with evidence, slices, change detectors, estimates and multivariate drift, which
/// format 1 had not.
/// </summary>
/// <remarks>
/// Kept beside this file for three models: <c>.log</c>, each entry behind its length (int32, little-endian); <c>.checkpoint</c>, the monitor after
/// it; <c>.scores.json</c>, <c>.description.json</c> and <c>.segments.json</c>, what
/// that build said of it at <see cref="Now"/>. Newer builds may say more, never otherwise.
/// </remarks>
public sealed class Version2Tests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 12, 5, 0, TimeSpan.Zero);

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
        Assert.Equal(60, monitor.Apply(last).Duplicates);
        Assert.Equal(SequenceStatus.New, monitor.Status(last.Producer!, last.Sequence + 1));
    }

    private static void SaysWhatWasSaid(string model, ModelMonitor monitor)
    {
        var now = UnixTime.From(Now);
        var scores = new ModelScores("m", monitor.Version, monitor.Spec.Task, [.. monitor.Spec.Windows.Select(window => monitor.Score(window, now))], monitor.Changes);
        Contains(Json($"{model}.scores.json"), JsonSerializer.SerializeToElement(scores, ScoreJson.Options), "$");
        Contains(Json($"{model}.description.json"), JsonSerializer.SerializeToElement(monitor.Describe(now), ScoreJson.Options), "$");
        Contains(Json($"{model}.segments.json"), JsonSerializer.SerializeToElement(monitor.Segments(TimeSpan.FromHours(24), now), ScoreJson.Options), "$");
        Assert.Equal(monitor.Reference!.Version, Assert.Single(monitor.Describe(now).References).Version);
    }

    /// <summary>Every member that was there is there, with the same value.</summary>
    private static void Contains(JsonElement expected, JsonElement actual, string path)
    {
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

    private static IEnumerable<byte[]> Log(string model)
    {
        var bytes = Bytes($"{model}.log");
        for (var at = 0; at < bytes.Length;)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at));
            yield return bytes[(at + sizeof(int))..(at + sizeof(int) + length)];
            at += sizeof(int) + length;
        }
    }

    private static JsonElement Json(string name)
    {
        using var document = JsonDocument.Parse(Bytes(name));
        return document.RootElement.Clone();
    }

    private static byte[] Bytes(string name)
    {
        using var stream = typeof(Version2Tests).Assembly.GetManifestResourceStream($"Version2.{name}")!;
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }
}
