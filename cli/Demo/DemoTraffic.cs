using System.Globalization;
using FleetMonitor.Client;
using FleetMonitor.Core.Specs;

namespace FleetMonitor.Cli.Demo;

/// <summary>The traffic of one simulated model: predictions as they would be made, and their labels some seconds later. A seed gives one traffic.</summary>
internal sealed class DemoTraffic
{
    /// <summary>Labels come 3 to 15 seconds after their prediction.</summary>
    public static readonly TimeSpan LongestLabelDelay = TimeSpan.FromSeconds(15);

    private const double ShortestLabelDelay = 3;
    private const double MissingShare = 0.7;
    private const double ErrorShare = 0.001;

    private static readonly string[] Regions = ["eu", "us", "apac"];

    private readonly DemoModel _model;
    private readonly Random _random;
    private readonly string _run;
    private readonly PriorityQueue<LabelEvent, DateTimeOffset> _labels = new();
    private long _made;

    /// <param name="run">Tells this run's ids from another's.</param>
    public DemoTraffic(DemoModel model, string run, int seed)
    {
        _model = model;
        _run = run;
        _random = new Random(seed);
    }

    /// <summary>Rows of healthy traffic with their labels, without times: a reference.</summary>
    public IEnumerable<PredictionEvent> Reference(int rows)
    {
        for (var row = 0; row < rows; row++)
        {
            var (prediction, truth) = Draw(troubled: false);
            yield return prediction with { Label = truth };
        }
    }

    /// <summary>A prediction made at <paramref name="time"/>; its label waits in <see cref="DueLabels"/>.</summary>
    public PredictionEvent Predict(DateTimeOffset time, bool troubled)
    {
        var (prediction, truth) = Draw(troubled);
        var id = string.Create(CultureInfo.InvariantCulture, $"{_run}-{_made++}");
        var known = time + TimeSpan.FromSeconds(ShortestLabelDelay + (_random.NextDouble() * (LongestLabelDelay.TotalSeconds - ShortestLabelDelay)));
        _labels.Enqueue(new LabelEvent(id, truth, known), known);
        return prediction with
        {
            Id = id,
            Time = time,
            Version = "1",
            Latency = TimeSpan.FromMilliseconds(_model.Latency * Math.Exp(0.35 * DemoFeature.Normal(_random))),
            Error = _random.NextDouble() < ErrorShare,
            Tags = new Dictionary<string, string> { ["region"] = Regions[_random.Next(Regions.Length)] },
        };
    }

    /// <summary>The labels that are known by <paramref name="now"/>, each once.</summary>
    public IEnumerable<LabelEvent> DueLabels(DateTimeOffset now)
    {
        while (_labels.TryPeek(out _, out var known) && known <= now) yield return _labels.Dequeue();
    }

    private (PredictionEvent Prediction, FeatureValue Truth) Draw(bool troubled)
    {
        var trouble = troubled ? _model.Trouble : null;
        var features = new Dictionary<string, FeatureValue>(_model.Features.Count);
        double[] outputs = [.. _model.Bias], truths = [.. _model.Bias];
        foreach (var feature in _model.Features)
        {
            var inTrouble = trouble?.Feature == feature.Name ? trouble.Kind : default;
            var (value, position) = feature.Draw(_random, inTrouble == Trouble.Drift);
            // A model that misses a feature takes its middle, as imputation would.
            var missing = inTrouble == Trouble.Missing && _random.NextDouble() < MissingShare;
            features.Add(feature.Name, missing ? default : value);
            for (var k = 0; k < outputs.Length; k++)
            {
                outputs[k] += missing ? 0 : feature.Weights[k] * position;
                truths[k] += (inTrouble == Trouble.Concept ? -1 : 1) * feature.Weights[k] * position;
            }
        }
        return _model.Task switch
        {
            TaskKind.Binary => Binary(features, Sigmoid(outputs[0]), Sigmoid(truths[0])),
            TaskKind.Multiclass => Multiclass(features, Softmax(outputs), Softmax(truths)),
            _ => (new PredictionEvent { Features = features, Prediction = Math.Round(outputs[0], 2) }, Noisy(truths[0])),
        };
    }

    private (PredictionEvent, FeatureValue) Binary(Dictionary<string, FeatureValue> features, double score, double truth)
    {
        var prediction = new PredictionEvent { Features = features, Prediction = _model.Classes[score >= 0.5 ? 1 : 0], Score = Math.Round(score, 4) };
        return (prediction, _model.Classes[_random.NextDouble() < truth ? 1 : 0]);
    }

    private (PredictionEvent, FeatureValue) Multiclass(Dictionary<string, FeatureValue> features, double[] probabilities, double[] truths)
    {
        var named = new Dictionary<string, double>(probabilities.Length);
        for (var k = 0; k < probabilities.Length; k++) named.Add(_model.Classes[k], Math.Round(probabilities[k], 4));
        var best = Array.IndexOf(probabilities, probabilities.Max());
        var draw = _random.NextDouble();
        var truth = 0;
        while (truth < truths.Length - 1 && (draw -= truths[truth]) >= 0) truth++;
        return (new PredictionEvent { Features = features, Prediction = _model.Classes[best], Probabilities = named }, _model.Classes[truth]);
    }

    private FeatureValue Noisy(double truth) => Math.Round(truth + (_model.Noise * DemoFeature.Normal(_random)), 2);

    private static double Sigmoid(double logOdds) => 1 / (1 + Math.Exp(-logOdds));

    private static double[] Softmax(double[] outputs)
    {
        var largest = outputs.Max();
        double[] exponentials = [.. outputs.Select(output => Math.Exp(output - largest))];
        var sum = exponentials.Sum();
        return [.. exponentials.Select(exponential => exponential / sum)];
    }
}
