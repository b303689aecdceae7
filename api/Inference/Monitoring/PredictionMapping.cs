using System.Globalization;
using System.Text;
using FleetMonitor.Core.Batches;
using FleetMonitor.Core.Specs;
using FleetMonitor.Inference;
using FleetMonitor.Inference.Models;
using FleetMonitor.Inference.Tensors;

namespace FleetMonitor.Api.Inference.Monitoring;

/// <summary>From a model's tensors to predictions of its monitor: which tensors are kept, and what their rows say.</summary>
internal sealed class PredictionMapping
{
    /// <summary>A float32 softmax's rounding; what is further outside 0 to 1 is no probability.</summary>
    private const double Rounding = 1e-6;
    private const int LongestText = 256;

    private readonly ServedModel _model;
    private readonly int[] _inputs;
    private readonly int[] _outputs;

    public PredictionMapping(ServedModel model)
    {
        _model = model;
        _inputs = [.. Enumerable.Range(0, model.Inputs.Count).Where(i => model.FeatureNames[i] is not null)];
        _outputs = [.. new[] { model.Roles.Label, model.Roles.Probabilities, model.Roles.Value }.OfType<int>()];
    }

    /// <summary>Whether there is anything to monitor.</summary>
    public bool HasPrediction => _model.Roles.Kind is not null;

    /// <summary>What a monitor that knows nothing of the model has to be told.</summary>
    public ModelSpec Spec => new()
    {
        Task = _model.Roles.Kind switch
        {
            PredictionKind.Binary => TaskKind.Binary,
            PredictionKind.Multiclass => TaskKind.Multiclass,
            _ => TaskKind.Regression,
        },
        Positive = _model.Roles.Kind == PredictionKind.Binary ? _model.Settings.Positive ?? ClassLabel.Positive(_model.Roles.Classes.Select(ClassLabel.Canonical)) : null,
        Features = [.. _inputs.SelectMany(i => _model.FeatureNames[i]!.Select(name =>
            new FeatureSpec(name, _model.Inputs[i].Type == TensorType.Text ? FeatureKind.Categorical : FeatureKind.Numeric)))],
    };

    /// <summary>The tensors of an inference that its record keeps.</summary>
    public Tensor[] Choose(Inference inference)
    {
        var chosen = new Tensor[_inputs.Length + _outputs.Length];
        for (var i = 0; i < _inputs.Length; i++) chosen[i] = Input(inference.Inputs, _inputs[i]);
        for (var i = 0; i < _outputs.Length; i++) chosen[_inputs.Length + i] = inference.Outputs[_outputs[i]];
        return chosen;
    }

    /// <summary>Rows that are predictions of their own. An answer of a model without a batch dimension is one.</summary>
    public int Rows(Inference inference) => _model.AnswersByRow ? (int)inference.Inputs[0].Shape[0] : 1;

    /// <summary>Appends a record's rows to a batch. Returns how many of them say nothing that a monitor could take.</summary>
    public int Append(ref RecordPage.Reader record, PredictionBatchBuilder rows)
    {
        var features = new RecordedColumn[record.Tensors == 0 ? 0 : _inputs.Length];
        var outputs = new RecordedColumn[record.Tensors == 0 ? 0 : _outputs.Length];
        foreach (ref var column in features.AsSpan()) column = RecordedColumn.Of(record.NextTensor(), record.Rows);
        foreach (ref var column in outputs.AsSpan()) column = RecordedColumn.Of(record.NextTensor(), record.Rows);
        var dropped = 0;
        for (var row = 0; row < record.Rows; row++)
        {
            rows.BeginRow();
            rows.SetId(record.Rows == 1 ? record.Id : IdOf(record.Id, row));
            rows.SetTime(record.Started);
            rows.SetVersion(_model.Version);
            rows.SetLatency(record.Latency);
            for (var i = 0; i < features.Length; i++) SetFeatures(rows, features[i], _model.FeatureNames[_inputs[i]]!, row);
            if (outputs.Length == 0) rows.SetError(true);
            if (outputs.Length == 0 || SetPrediction(rows, outputs, row))
            {
                rows.EndRow();
                continue;
            }
            rows.DiscardRow();
            dropped++;
        }
        return dropped;
    }

    private static byte[] IdOf(ReadOnlySpan<byte> request, int row) => [.. request, .. Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"-{row}"))];

    private Tensor Input(IReadOnlyList<Tensor> inputs, int index)
    {
        var name = _model.Inputs[index].Name;
        if (inputs[index].Name == name) return inputs[index];
        return inputs.First(input => input.Name == name);
    }

    private static void SetFeatures(PredictionBatchBuilder rows, RecordedColumn column, IReadOnlyList<string> names, int row)
    {
        for (var i = 0; i < names.Count; i++)
        {
            var at = (row * names.Count) + i;
            if (column.Texts is null) rows.SetFeature(names[i], column.Numbers[at]);
            else rows.SetFeature(names[i], column.Texts[at].AsSpan(0, Math.Min(LongestText, column.Texts[at].Length)));
        }
    }

    private bool SetPrediction(PredictionBatchBuilder rows, RecordedColumn[] outputs, int row)
    {
        var roles = _model.Roles;
        if (roles.Value is not null)
        {
            if (!outputs[0].TryNumber(row, out var value)) return false;
            rows.SetPrediction(value);
            return true;
        }
        var best = roles.Probabilities is null ? null : SetProbabilities(rows, outputs[^1], row);
        if ((roles.Label is null ? best : LabelOf(outputs[0], row)) is not { Length: > 0 } label) return false;
        rows.SetPrediction(label);
        return true;
    }

    private static string? LabelOf(RecordedColumn labels, int row)
    {
        if (labels.Texts is { } texts) return row * labels.Width < texts.Length ? texts[row * labels.Width] : null;
        return labels.TryNumber(row, out var number) ? ClassLabel.Canonical(number) : null;
    }

    /// <returns>The most likely class; null where the row's numbers are no probabilities.</returns>
    private string? SetProbabilities(PredictionBatchBuilder rows, RecordedColumn probabilities, int row)
    {
        var width = probabilities.Width;
        if (width == 0) return null;
        var numbers = probabilities.Numbers.AsSpan(row * width, width);
        var best = 0;
        for (var k = 0; k < width; k++)
        {
            if (!(numbers[k] >= -Rounding && numbers[k] <= 1 + Rounding)) return null;
            if (numbers[k] > numbers[best]) best = k;
        }
        if (width == 1)
        {
            rows.SetScore(Math.Clamp(numbers[0], 0, 1));
            return Class(numbers[0] >= 0.5 ? 1 : 0);
        }
        for (var k = 0; k < width; k++) rows.SetProbability(Class(k), Math.Clamp(numbers[k], 0, 1));
        return Class(best);
    }

    private string Class(int index) => index < _model.Roles.Classes.Count ? _model.Roles.Classes[index] : index.ToString(CultureInfo.InvariantCulture);
}
