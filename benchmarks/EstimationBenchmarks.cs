using FleetMonitor.Core.Estimation;

namespace FleetMonitor.Benchmarks;

/// <summary>Fitting a calibration and estimating performance by it, on one core.</summary>
internal static class EstimationBenchmarks
{
    private const int ReferenceRows = 50_000, Rows = 1_000_000;

    public static void Run()
    {
        var (reference, outcomes) = Draw(1, ReferenceRows);
        var (scores, _) = Draw(2, Rows);
        bool[] predicted = [.. scores.Select(score => score > 0.5)];
        var calibrator = IsotonicFit.Of(reference, outcomes)!;
        double[] x = [.. calibrator.X], y = [.. calibrator.Y];

        Rounds.Compare(
            $"CBPE, fit on a reference of {ReferenceRows} rows", "rows/s", 9,
            ("plain: sort pairs, pool lists of means", ReferenceRows, () => PlainFit(reference, outcomes)),
            ("IsotonicFit.Of", ReferenceRows, () => IsotonicFit.Of(reference, outcomes)),
            ("ScoreCalibration.Fit: is it needed, then fit", ReferenceRows, () => ScoreCalibration.Fit(reference, outcomes)));

        Rounds.Compare(
            $"CBPE, estimate of {Rows} rows: accuracy, precision, recall, F1, AUROC", "rows/s", 9,
            ("plain: search each knot, sort all rows", Rows, () => PlainEstimate(scores, predicted, x, y)),
            ("BinaryEstimate.Of", Rows, () => BinaryEstimate.Of(scores, predicted, calibrator)),
            ("BinaryEstimate.Of, scores of two digits", Rows, RoundedEstimate(scores, predicted, calibrator)));
    }

    private static Action RoundedEstimate(double[] scores, bool[] predicted, IsotonicCalibrator calibrator)
    {
        double[] rounded = [.. scores.Select(score => Math.Round(score, 2))];
        return () => BinaryEstimate.Of(rounded, predicted, calibrator);
    }

    /// <summary>Scores that crowd at both ends, and outcomes that they are too sure of.</summary>
    private static (double[] Scores, bool[] Outcomes) Draw(int seed, int rows)
    {
        var random = new Random(seed);
        double[] scores = [.. Enumerable.Range(0, rows).Select(_ => 1 / (1 + Math.Exp(-8 * (random.NextDouble() + random.NextDouble() - 1))))];
        return (scores, [.. scores.Select(score => random.NextDouble() < 0.1 + (0.8 * score))]);
    }

    private static double PlainFit(double[] scores, bool[] outcomes)
    {
        var blocks = new List<(double Sum, double Count)>();
        foreach (var group in scores.Zip(outcomes).GroupBy(pair => pair.First, pair => pair.Second ? 1.0 : 0).OrderBy(group => group.Key))
        {
            blocks.Add((group.Sum(), group.Count()));
            while (blocks.Count > 1 && blocks[^2].Sum / blocks[^2].Count >= blocks[^1].Sum / blocks[^1].Count)
            {
                var (sum, count) = blocks[^1];
                blocks.RemoveAt(blocks.Count - 1);
                blocks[^1] = (blocks[^1].Sum + sum, blocks[^1].Count + count);
            }
        }
        return blocks[0].Sum / blocks[0].Count;
    }

    private static (double Accuracy, double F1, double Auroc) PlainEstimate(double[] scores, bool[] predicted, double[] x, double[] y)
    {
        double tp = 0, fp = 0, tn = 0, fn = 0;
        var calibrated = new double[scores.Length];
        for (var row = 0; row < scores.Length; row++)
        {
            var at = Array.BinarySearch(x, scores[row]);
            if (at < 0) at = ~at - 1;
            var p = at < 0 ? y[0] : at >= x.Length - 1 ? y[^1] : y[at] + ((y[at + 1] - y[at]) / (x[at + 1] - x[at]) * (scores[row] - x[at]));
            calibrated[row] = p;
            if (predicted[row]) (tp, fp) = (tp + p, fp + 1 - p);
            else (tn, fn) = (tn + 1 - p, fn + p);
        }
        var keys = (double[])scores.Clone();
        Array.Sort(keys, calibrated);
        double negatives = 0, wins = 0;
        foreach (var p in calibrated)
        {
            wins += p * (negatives + ((1 - p) / 2));
            negatives += 1 - p;
        }
        return ((tp + tn) / scores.Length, 2 * tp / ((2 * tp) + fp + fn), wins / negatives / (scores.Length - negatives));
    }
}
