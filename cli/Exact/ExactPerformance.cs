using FleetMonitor.Cli.Replay;
using FleetMonitor.Core.Batches;
using FleetMonitor.Core.Scores;
using FleetMonitor.Core.Specs;
using FleetMonitor.Core.Statistics;

namespace FleetMonitor.Cli.Exact;

/// <summary>A chunk's performance over its labelled rows, and its confidence over all, from every row.</summary>
internal abstract class ExactPerformance(double lowConfidence)
{
    public static ExactPerformance Of(ReplayPlan plan, double lowConfidence) => plan.Task switch
    {
        TaskKind.Binary => new Binary(plan, lowConfidence),
        TaskKind.Multiclass => new Multiclass(plan, lowConfidence),
        _ => new Regression(),
    };

    protected Growable<double> Confidences = new();

    public abstract void Add(PredictionBatch batch);

    /// <summary>The chunk's scores; the chunk is forgotten.</summary>
    public (PerformanceScore Performance, ConfidenceSummary? Confidence) Score()
    {
        var performance = Performance();
        var confidence = HasConfidence ? Confidence.Compute(Confidences.Items, lowConfidence) : null;
        Confidences.Clear();
        Clear();
        return (performance, confidence);
    }

    protected virtual bool HasConfidence => true;

    protected abstract PerformanceScore Performance();

    protected abstract void Clear();

    private sealed class Binary : ExactPerformance
    {
        private readonly ReplayPlan _plan;
        private readonly ClassTable _classes;
        private readonly int _positive;
        private readonly List<int> _labelOf = [];
        private readonly List<int> _predictionOf = [];
        private Growable<bool> _truth = new();
        private Growable<bool> _predicted = new();
        private Growable<double> _scores = new();

        public Binary(ReplayPlan plan, double lowConfidence) : base(lowConfidence)
        {
            _plan = plan;
            _classes = new ClassTable(plan);
            _positive = _classes.Of(plan.Spec.Positive!);
        }

        public override void Add(PredictionBatch batch)
        {
            var scores = PositiveScore.Of(_plan, batch);
            _classes.Indices(batch.Labels, batch.Count, _labelOf);
            _classes.Indices(batch.Predictions, batch.Count, _predictionOf);
            for (var row = 0; row < batch.Count; row++)
            {
                var score = scores.IsEmpty ? double.NaN : scores[row];
                Confidences.Add(Confidence.OfBinary(score));
                if (_labelOf[row] < 0) continue;
                _truth.Add(_labelOf[row] == _positive);
                _predicted.Add(_predictionOf[row] == _positive);
                _scores.Add(score);
            }
        }

        protected override PerformanceScore Performance() => new(_truth.Count, null, BinaryMetrics.Compute(_truth.Items, _predicted.Items, _scores.Items), null);

        protected override void Clear()
        {
            _truth.Clear();
            _predicted.Clear();
            _scores.Clear();
        }
    }

    private sealed class Multiclass(ReplayPlan plan, double lowConfidence) : ExactPerformance(lowConfidence)
    {
        private readonly ClassTable _classes = new(plan);
        private readonly List<int> _labelOf = [];
        private readonly List<int> _predictionOf = [];
        private Growable<int> _truth = new();
        private Growable<int> _predicted = new();

        // Row by row, a probability for each column of the file.
        private Growable<double> _probabilities = new();
        private int[] _classOfColumn = [];

        public override void Add(PredictionBatch batch)
        {
            var columns = batch.Probabilities;
            _classOfColumn = [.. columns.Select(column => _classes.Of(column.Name))];
            _classes.Indices(batch.Labels, batch.Count, _labelOf);
            _classes.Indices(batch.Predictions, batch.Count, _predictionOf);
            Span<double> row = new double[columns.Count];
            for (var i = 0; i < batch.Count; i++)
            {
                var any = false;
                var top = double.NegativeInfinity;
                for (var k = 0; k < row.Length; k++)
                {
                    row[k] = columns[k].NumberAt(i);
                    if (double.IsNaN(row[k])) continue;
                    any = true;
                    top = Math.Max(top, row[k]);
                }
                // As the monitor has it: a class without a probability beside others that have one has none at all.
                if (any)
                {
                    foreach (ref var probability in row) probability = double.IsNaN(probability) ? 0 : probability;
                }
                Confidences.Add(any ? top : double.NaN);
                if (_labelOf[i] < 0) continue;
                _truth.Add(_labelOf[i]);
                _predicted.Add(_predictionOf[i]);
                row.CopyTo(_probabilities.Room(row.Length));
            }
        }

        protected override PerformanceScore Performance()
        {
            var classes = _classes.Names.Count;
            var columns = _classOfColumn.Length;
            var matrix = new double[columns == 0 ? 0 : _truth.Count * classes];
            for (var i = 0; i < _truth.Count && columns > 0; i++)
            {
                for (var k = 0; k < columns; k++) matrix[(i * classes) + _classOfColumn[k]] = _probabilities.Items[(i * columns) + k];
            }
            return new(_truth.Count, null, MulticlassMetrics.Compute(_truth.Items, _predicted.Items, classes, matrix), null);
        }

        protected override void Clear()
        {
            _truth.Clear();
            _predicted.Clear();
            _probabilities.Clear();
        }
    }

    private sealed class Regression() : ExactPerformance(0)
    {
        private Growable<double> _truth = new();
        private Growable<double> _predicted = new();

        protected override bool HasConfidence => false;

        public override void Add(PredictionBatch batch)
        {
            if (batch.Labels is not { HasNumbers: true } labels) return;
            for (var row = 0; row < batch.Count; row++)
            {
                if (double.IsNaN(labels.Numbers[row])) continue;
                _truth.Add(labels.Numbers[row]);
                _predicted.Add(batch.Predictions.Numbers[row]);
            }
        }

        protected override PerformanceScore Performance()
        {
            var errors = new double[_truth.Count];
            for (var i = 0; i < errors.Length; i++) errors[i] = Math.Abs(_truth.Items[i] - _predicted.Items[i]);
            Array.Sort(errors);
            double? At(double q) => errors.Length == 0 ? null : Quantiles.Linear(errors, q);
            return new PerformanceScore(_truth.Count, null, null, RegressionMetrics.Compute(_truth.Items, _predicted.Items))
            {
                Residuals = new ResidualScore(At(0.5), At(0.9), At(0.99), null, null, null, null),
            };
        }

        protected override void Clear()
        {
            _truth.Clear();
            _predicted.Clear();
        }
    }
}
