using System.Globalization;
using FleetMonitor.Core.Batches;
using FleetMonitor.Core.Specs;

namespace FleetMonitor.Core.Monitoring;

/// <summary>A batch read under a model's spec: which row is a prediction of this model, and what it says.</summary>
internal sealed class PredictionView
{
    private readonly PredictionBatch _batch;
    private readonly ModelSpec _spec;
    private readonly string[] _labelOfCode;
    private readonly double[]? _positiveScores;
    private readonly List<ValueColumn> _mistyped = [];

    public PredictionView(PredictionBatch batch, ModelSpec spec)
    {
        _batch = batch;
        _spec = spec;
        _labelOfCode = [.. batch.Predictions.Texts.Select(ClassLabel.Canonical)];
        if (spec.Task == TaskKind.Binary) _positiveScores = PredictionColumns.PositiveScores(spec, batch);
        foreach (var column in batch.Features)
        {
            if (column.HasTexts && spec.Features!.FirstOrDefault(f => f.Name == column.Name)?.Kind == FeatureKind.Numeric) _mistyped.Add(column);
        }
    }

    /// <summary>Features whose value in <paramref name="row"/> is a text where a number belongs.</summary>
    public IEnumerable<string> Mistyped(int row) => _mistyped.Where(c => c.TextAt(row) is not null).Select(c => c.Name);

    public bool AnyMistyped => _mistyped.Count > 0;

    /// <summary>What is wrong with a row, or null. A wrong type of a feature is the caller's to count.</summary>
    public (string Field, string Message)? Check(int row)
    {
        foreach (var column in _mistyped)
        {
            if (column.TextAt(row) is { } text) return ($"features.{column.Name}", $"expected a number, got {Quote(text)}");
        }
        var failed = HasFailed(row);
        if (_batch.Predictions.IsMissing(row) && !failed) return ("prediction", "expected a value, got none");
        if (_spec.Task == TaskKind.Regression && !failed && !double.IsFinite(_batch.Predictions.NumberAt(row)))
        {
            return ("prediction", $"expected a finite number, got {(_batch.Predictions.TextAt(row) is { } text ? Quote(text) : Number(_batch.Predictions.NumberAt(row)))}");
        }
        if (!_batch.Scores.IsEmpty && !IsProbability(_batch.Scores[row])) return ("score", $"expected 0 to 1, got {Number(_batch.Scores[row])}");
        foreach (var column in _batch.Probabilities)
        {
            if (!IsProbability(column.NumberAt(row))) return ($"probabilities.{column.Name}", $"expected 0 to 1, got {Number(column.NumberAt(row))}");
        }
        if (!_batch.Latencies.IsEmpty && _batch.Latencies[row] is var latency && (latency < 0 || double.IsInfinity(latency))) return ("latency_ms", $"expected 0 or more, got {Number(latency * 1_000)}");
        return null;
    }

    /// <summary>Whether the model failed on the row, and so predicted nothing.</summary>
    public bool HasFailed(int row) => Error(row) && _batch.Predictions.IsMissing(row);

    /// <summary>The predicted class of a row that passed <see cref="Check"/>.</summary>
    public string Label(int row) =>
        _batch.Predictions.HasTexts && _batch.Predictions.Codes[row] is var code and >= 0 ? _labelOfCode[code] : ClassLabel.Canonical(_batch.Predictions.NumberAt(row));

    /// <summary>A regression's value.</summary>
    public double Value(int row) => _batch.Predictions.NumberAt(row);

    /// <summary>Score of the positive class; NaN without one.</summary>
    public double Score(int row) => _positiveScores is null ? double.NaN : _positiveScores[row];

    public double Latency(int row) => _batch.Latencies.IsEmpty ? double.NaN : _batch.Latencies[row];

    public bool Error(int row) => !_batch.Errors.IsEmpty && _batch.Errors[row] != 0;

    /// <summary>The largest class probability and the entropy of all in nats; NaN without any.</summary>
    public (double Confidence, double Entropy) Confidence(int row)
    {
        if (_spec.Task == TaskKind.Binary)
        {
            var score = Score(row);
            return double.IsNaN(score) ? (double.NaN, double.NaN) : (Math.Max(score, 1 - score), Surprise(score) + Surprise(1 - score));
        }
        double confidence = double.NaN, entropy = 0;
        foreach (var column in _batch.Probabilities)
        {
            var probability = column.NumberAt(row);
            if (double.IsNaN(probability)) continue;
            confidence = double.IsNaN(confidence) ? probability : Math.Max(confidence, probability);
            entropy += Surprise(probability);
        }
        return (confidence, entropy);
    }

    /// <summary>Probabilities by class index, 0 where a class has none; null when the row has none at all.</summary>
    public double[]? Probabilities(int row, Func<string, int> classOf)
    {
        double[]? probabilities = null;
        foreach (var column in _batch.Probabilities)
        {
            var probability = column.NumberAt(row);
            if (double.IsNaN(probability)) continue;
            var index = classOf(ClassLabel.Canonical(column.Name));
            if (index < 0) continue;
            if (probabilities is null || probabilities.Length <= index) Array.Resize(ref probabilities, index + 1);
            probabilities[index] = probability;
        }
        return probabilities;
    }

    private static bool IsProbability(double value) => value is >= 0 and <= 1 || double.IsNaN(value);

    private static double Surprise(double probability) => probability <= 0 ? 0 : -probability * Math.Log(probability);

    private static string Quote(string text) => text.Length <= 40 ? $"\"{text}\"" : $"\"{text[..40]}…\"";

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
