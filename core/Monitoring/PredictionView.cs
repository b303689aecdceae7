using System.Globalization;
using FleetMonitor.Core.Batches;
using FleetMonitor.Core.Specs;

namespace FleetMonitor.Core.Monitoring;

/// <summary>A batch read under a model's spec: which row is a prediction of this model, and what it says.</summary>
internal sealed class PredictionView
{
    private const int Unasked = int.MinValue;

    private readonly PredictionBatch _batch;
    private readonly ModelSpec _spec;
    private readonly string[] _labelOfCode;
    private readonly string[] _classOfColumn;
    private readonly double[]? _positiveScores;
    private readonly int[] _classOfCode;
    private readonly bool _hasErrors, _hasLatencies, _hasScores;
    private readonly List<ValueColumn> _mistyped = [];

    public PredictionView(PredictionBatch batch, ModelSpec spec)
    {
        _batch = batch;
        _spec = spec;
        _labelOfCode = [.. batch.Predictions.Texts.Select(ClassLabel.Canonical)];
        _classOfCode = new int[_labelOfCode.Length];
        _classOfCode.AsSpan().Fill(Unasked);
        (_hasErrors, _hasLatencies, _hasScores) = (!batch.Errors.IsEmpty, !batch.Latencies.IsEmpty, !batch.Scores.IsEmpty);
        _classOfColumn = [.. batch.Probabilities.Select(column => ClassLabel.Canonical(column.Name))];
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
        if (_hasScores && !IsProbability(_batch.Scores[row])) return ("score", $"expected 0 to 1, got {Number(_batch.Scores[row])}");
        foreach (var column in _batch.Probabilities)
        {
            if (!IsProbability(column.NumberAt(row))) return ($"probabilities.{column.Name}", $"expected 0 to 1, got {Number(column.NumberAt(row))}");
        }
        if (_hasLatencies && _batch.Latencies[row] is var latency && (latency < 0 || double.IsInfinity(latency))) return ("latency_ms",
            $"expected 0 or more, got {Number(latency * 1_000)}");
        return null;
    }

    /// <summary>Whether the model failed on the row, and so predicted nothing.</summary>
    public bool HasFailed(int row) => Error(row) && _batch.Predictions.IsMissing(row);

    /// <summary>The predicted class of a row that passed <see cref="Check"/>.</summary>
    public string Label(int row) =>
        _batch.Predictions.HasTexts && _batch.Predictions.Codes[row] is var code and >= 0 ? _labelOfCode[code] : ClassLabel.Canonical(_batch.Predictions.NumberAt(row));

    /// <summary>The index of the predicted class of a row that passed <see cref="Check"/>; a label of the batch is looked up once.</summary>
    /// <param name="indexOf">Of a label; negative where there is no room for it.</param>
    public int Class(int row, Func<string, int> indexOf)
    {
        if (!_batch.Predictions.HasTexts || _batch.Predictions.Codes[row] is not (var code and >= 0)) return indexOf(Label(row));
        ref var index = ref _classOfCode[code];
        // One that found no room may find some in another spec, never in this batch.
        if (index == Unasked) index = indexOf(_labelOfCode[code]);
        return index;
    }

    /// <summary>A regression's value.</summary>
    public double Value(int row) => _batch.Predictions.NumberAt(row);

    /// <summary>Score of the positive class; NaN without one.</summary>
    public double Score(int row) => _positiveScores is null ? double.NaN : _positiveScores[row];

    /// <summary>The score of the positive class by row; null where the model is not binary, or no row has one.</summary>
    public double[]? PositiveScores => _positiveScores;

    public double Latency(int row) => _hasLatencies ? _batch.Latencies[row] : double.NaN;

    public bool Error(int row) => _hasErrors && _batch.Errors[row] != 0;

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

    /// <summary>The probability that a row gives a class: 0 for a class without one beside others that have one, NaN where none has.</summary>
    public double ProbabilityOf(int row, string label)
    {
        var result = double.NaN;
        for (var i = 0; i < _batch.Probabilities.Count; i++)
        {
            var probability = _batch.Probabilities[i].NumberAt(row);
            if (double.IsNaN(probability)) continue;
            if (_classOfColumn[i] == label) return probability;
            result = 0;
        }
        return result;
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
