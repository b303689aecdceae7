using System.Text;
using FleetMonitor.Core.Formats;
using FleetMonitor.Core.Monitoring;
using FleetMonitor.Core.Specs;

namespace FleetMonitor.Cli.Replay;

/// <summary>The classes in the first rows of a file: how often each is predicted, how often it is the label, and how high the rows score that are predicted to be of it.</summary>
/// <remarks>Memory: an entry a class, at most as many as a model may have; the values of others are counted together.</remarks>
internal sealed class ClassSample
{
    /// <summary>A class with less than this share of the predictions and of the labels may be a slip.</summary>
    private const double Frequent = 0.01;

    private readonly Dictionary<string, Tally> _classes = new(StringComparer.Ordinal);
    private long _predictions;
    private long _labels;

    /// <summary>The most frequent first.</summary>
    public IEnumerable<string> All => Ordered(tally => tally.Predicted + tally.Labelled);

    /// <summary>Those predicted, the most frequent first.</summary>
    public IEnumerable<string> Predicted => Ordered(tally => tally.Predicted);

    /// <summary>Those that are labels, the most frequent first.</summary>
    public IEnumerable<string> Labelled => Ordered(tally => tally.Labelled);

    /// <summary>Those that are no slips.</summary>
    public IEnumerable<string> Usual => All.Where(label => _classes[label] is var tally && (tally.Predicted > Frequent * _predictions || tally.Labelled > Frequent * _labels));

    /// <summary>Predictions and labels of a class.</summary>
    public long Count(string label) => _classes.TryGetValue(label, out var tally) ? tally.Predicted + tally.Labelled : 0;

    /// <summary>Share of the predictions and labels that are of some classes; 1 where there are none.</summary>
    public double Share(IEnumerable<string> labels) => _predictions + _labels == 0 ? 1 : (double)labels.Sum(Count) / (_predictions + _labels);

    /// <summary>Sum of the scores of a class's predictions, and how many have one.</summary>
    public (double Sum, long Rows) Scores(string label) => _classes.TryGetValue(label, out var tally) ? (tally.ScoreSum, tally.Scored) : default;

    /// <param name="prediction">Empty of a file without it; so are the others.</param>
    public void Add(ReadOnlySpan<byte> prediction, ReadOnlySpan<byte> label, ReadOnlySpan<byte> score)
    {
        if (!CsvValue.IsMissing(prediction))
        {
            _predictions++;
            if (Of(prediction) is { } tally)
            {
                tally.Predicted++;
                if (CsvValue.TryNumber(score, out var number) && double.IsFinite(number))
                {
                    tally.ScoreSum += number;
                    tally.Scored++;
                }
            }
        }
        if (CsvValue.IsMissing(label)) return;
        _labels++;
        if (Of(label) is { } labelled) labelled.Labelled++;
    }

    private Tally? Of(ReadOnlySpan<byte> field)
    {
        var label = ClassLabel.Canonical(Encoding.UTF8.GetString(field).Trim());
        if (_classes.TryGetValue(label, out var tally)) return tally;
        if (_classes.Count == ModelMonitor.MaxClasses) return null;
        _classes.Add(label, tally = new Tally());
        return tally;
    }

    private IEnumerable<string> Ordered(Func<Tally, long> by) =>
        _classes.Where(pair => by(pair.Value) > 0).OrderByDescending(pair => by(pair.Value)).ThenBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => pair.Key);

    private sealed class Tally
    {
        public long Predicted { get; set; }

        public long Labelled { get; set; }

        public double ScoreSum { get; set; }

        public long Scored { get; set; }
    }
}
