using System.Text;
using System.Text.Json;
using FleetMonitor.Core.Batches;

namespace FleetMonitor.Core.Formats;

/// <summary>Reads predictions, one JSON object each, into a batch.</summary>
internal sealed class PredictionItems(DecodeLimits limits, bool withLabels) : JsonItems(limits, "predictions")
{
    private const string Share = "a number from 0 to 1";

    /// <summary>How far a probability may be outside 0 to 1: a float32 softmax's rounding. It is then taken for 0 or 1.</summary>
    internal const double ShareRounding = 1e-6;

    private readonly PredictionBatchBuilder _rows = new();

    [Flags]
    private enum Member
    {
        None = 0,
        Id = 1,
        Time = 2,
        Version = 4,
        Features = 8,
        Prediction = 16,
        Probabilities = 32,
        Score = 64,
        Latency = 128,
        Error = 256,
        Tags = 512,
        Label = 1024,
    }

    public Decoded<PredictionBatch> Result() => Tally.With(_rows.Build());

    protected override void Begin() => _rows.BeginRow();

    protected override void Keep()
    {
        _rows.EndRow();
        var columns = _rows.FeatureCount + _rows.TagCount + _rows.ClassCount;
        if (columns > Limits.MaxColumns) throw new LimitException("columns", Limits.MaxColumns);
        if ((long)_rows.Count * columns > Limits.MaxCells) throw new LimitException("cells (rows × columns)", Limits.MaxCells);
    }

    protected override void Undo() => _rows.DiscardRow();

    protected override bool Read(scoped ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject) return Expected(ref reader, "", "an object");
        var seen = Member.None;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = MemberName(ref reader);
            var member = Find(name);
            if (member == Member.None || (member == Member.Label && !withLabels))
            {
                reader.Skip();
                continue;
            }
            if ((seen & member) != 0) return Fail(Encoding.UTF8.GetString(name), "given twice");
            seen |= member;
            reader.Read();
            if (reader.TokenType == JsonTokenType.Null && member != Member.Prediction) continue;
            if (!Value(ref reader, member)) return false;
        }
        return (seen & Member.Prediction) != 0 || Fail("prediction", "expected a string, a number or a bool, got nothing");
    }

    private static Member Find(ReadOnlySpan<byte> name) => name.Length switch
    {
        2 when name.SequenceEqual("id"u8) => Member.Id,
        4 when name.SequenceEqual("time"u8) => Member.Time,
        4 when name.SequenceEqual("tags"u8) => Member.Tags,
        5 when name.SequenceEqual("score"u8) => Member.Score,
        5 when name.SequenceEqual("error"u8) => Member.Error,
        5 when name.SequenceEqual("label"u8) => Member.Label,
        7 when name.SequenceEqual("version"u8) => Member.Version,
        8 when name.SequenceEqual("features"u8) => Member.Features,
        10 when name.SequenceEqual("prediction"u8) => Member.Prediction,
        10 when name.SequenceEqual("latency_ms"u8) => Member.Latency,
        13 when name.SequenceEqual("probabilities"u8) => Member.Probabilities,
        _ => Member.None,
    };

    private bool Value(scoped ref Utf8JsonReader reader, Member member)
    {
        double number;
        ReadOnlySpan<char> text;
        switch (member)
        {
            case Member.Id:
                if (!TryId(ref reader, out var id)) return false;
                _rows.SetId(id);
                return true;
            case Member.Time:
                if (!TryTime(ref reader, out var time)) return false;
                _rows.SetTime(time);
                return true;
            case Member.Version:
                return Version(ref reader);
            case Member.Features:
                return Features(ref reader);
            case Member.Prediction:
                if (!TryLabel(ref reader, "prediction", out number, out text)) return false;
                if (text.IsEmpty) _rows.SetPrediction(number);
                else _rows.SetPrediction(text);
                return true;
            case Member.Label:
                if (!TryLabel(ref reader, "label", out number, out text)) return false;
                if (text.IsEmpty) _rows.SetLabel(number);
                else _rows.SetLabel(text);
                return true;
            case Member.Probabilities:
                return Probabilities(ref reader);
            case Member.Score:
                if (!TryShare(ref reader, out number)) return Expected(ref reader, "score", Share);
                _rows.SetScore(number);
                return true;
            case Member.Latency:
                if (reader.TokenType != JsonTokenType.Number || !Utf8Number.TryParse(reader.ValueSpan, out number) || !(number >= 0 && double.IsFinite(number)))
                {
                    return Expected(ref reader, "latency_ms", "a number of 0 or more");
                }
                _rows.SetLatency(number / 1_000);
                return true;
            case Member.Error:
                if (reader.TokenType is not (JsonTokenType.True or JsonTokenType.False)) return Expected(ref reader, "error", "a bool");
                _rows.SetError(reader.TokenType == JsonTokenType.True);
                return true;
            default:
                return Tags(ref reader);
        }
    }

    private bool Version(scoped ref Utf8JsonReader reader)
    {
        if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.Number)) return Expected(ref reader, "version", "a string or a number");
        if (!TryText(ref reader, "version", Limits.MaxName * 3, out var version)) return false;
        if (version.Length is 0 || version.Length > Limits.MaxName) return Expected(ref reader, "version", $"1 to {Limits.MaxName} characters");
        _rows.SetVersion(version);
        return true;
    }

    private bool Features(scoped ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject) return Expected(ref reader, "features", "an object");
        for (var count = 1; reader.Read() && reader.TokenType == JsonTokenType.PropertyName; count++)
        {
            if (count > Limits.MaxFeatures) return Fail("features", $"expected at most {Limits.MaxFeatures}");
            if (!TryName(ref reader, "features", out var name)) return false;
            reader.Read();
            bool once;
            switch (reader.TokenType)
            {
                case JsonTokenType.Number:
                    if (!Utf8Number.TryParse(reader.ValueSpan, out var number)) return Expected(ref reader, "features", "a number", name);
                    once = _rows.SetFeature(name, number);
                    break;
                case JsonTokenType.String when Named(reader.ValueSpan) is { } named:
                    once = double.IsNaN(named) ? _rows.SetFeatureMissing(name) : _rows.SetFeature(name, named);
                    break;
                case JsonTokenType.String:
                    if (!TryText(ref reader, "features", Limits.MaxText, out var text, name)) return false;
                    once = _rows.SetFeature(name, text);
                    break;
                case JsonTokenType.True:
                    once = _rows.SetFeature(name, "true");
                    break;
                case JsonTokenType.False:
                    once = _rows.SetFeature(name, "false");
                    break;
                case JsonTokenType.Null:
                    once = _rows.SetFeatureMissing(name);
                    break;
                default:
                    return Expected(ref reader, "features", "a number, a string, a bool or null", name);
            }
            if (!once) return Fail(Path("features", name), "given twice");
        }
        return true;
    }

    /// <summary>The numbers that JSON has no literals for, as protobuf's JSON spells them.</summary>
    private static double? Named(ReadOnlySpan<byte> text) => text.Length switch
    {
        3 when text.SequenceEqual("NaN"u8) => double.NaN,
        8 when text.SequenceEqual("Infinity"u8) => double.PositiveInfinity,
        9 when text.SequenceEqual("-Infinity"u8) => double.NegativeInfinity,
        _ => null,
    };

    private bool Probabilities(scoped ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject) return Expected(ref reader, "probabilities", "an object");
        for (var count = 1; reader.Read() && reader.TokenType == JsonTokenType.PropertyName; count++)
        {
            if (count > Limits.MaxClasses) return Fail("probabilities", $"expected at most {Limits.MaxClasses}");
            if (!TryName(ref reader, "probabilities", out var label)) return false;
            reader.Read();
            if (!TryShare(ref reader, out var share)) return Expected(ref reader, "probabilities", Share, label);
            if (!_rows.SetProbability(label, share)) return Fail(Path("probabilities", label), "given twice");
        }
        return true;
    }

    private bool Tags(scoped ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject) return Expected(ref reader, "tags", "an object");
        for (var count = 1; reader.Read() && reader.TokenType == JsonTokenType.PropertyName; count++)
        {
            if (count > Limits.MaxTags) return Fail("tags", $"expected at most {Limits.MaxTags}");
            if (!TryName(ref reader, "tags", out var name)) return false;
            reader.Read();
            switch (reader.TokenType)
            {
                case JsonTokenType.Null:
                    continue;
                case JsonTokenType.String or JsonTokenType.Number or JsonTokenType.True or JsonTokenType.False:
                    if (!TryText(ref reader, "tags", Limits.MaxText, out var text, name)) return false;
                    if (!_rows.SetTag(name, text)) return Fail(Path("tags", name), "given twice");
                    break;
                default:
                    return Expected(ref reader, "tags", "a string, a number or a bool", name);
            }
        }
        return true;
    }

    private static bool TryShare(scoped ref Utf8JsonReader reader, out double share)
    {
        share = double.NaN;
        return reader.TokenType == JsonTokenType.Number && Utf8Number.TryParse(reader.ValueSpan, out share) && TryShare(ref share);
    }

    internal static bool TryShare(ref double share)
    {
        if (!(share >= -ShareRounding && share <= 1 + ShareRounding)) return false;
        share = Math.Clamp(share, 0, 1);
        return true;
    }
}
