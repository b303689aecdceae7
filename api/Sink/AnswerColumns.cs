using System.Globalization;
using FleetMonitor.Api.Sink.Payloads;
using FleetMonitor.Core.Specs;

namespace FleetMonitor.Api.Sink;

/// <summary>
/// Which outputs of an answer are the label and which the probabilities: those that the model's spec names, otherwise those whose names are usual, otherwise
/// by their shape.
/// </summary>
internal sealed class AnswerColumns
{
    private static readonly string[] Labels =
    [
        "prediction", "predictions", "predict", "label", "labels", "output_label", "predicted_label", "class", "classes", "predicted_class", "variable",
    ];

    private static readonly string[] Probabilities =
    [
        "probabilities", "probability", "predict_proba", "proba", "output_probability", "scores", "score", "confidence",
    ];

    private readonly Tensor? _label;
    private readonly Tensor? _probability;
    private readonly (string Class, Tensor Column)[] _byClass = [];
    private readonly IReadOnlyList<string>? _classes;

    public AnswerColumns(Payload answer, PayloadSpec? spec)
    {
        List<Tensor> tensors = [.. answer.Tensors.Where(tensor => tensor.Width > 0)];
        _classes = spec?.Classes;
        _probability = Named(tensors, spec?.Probability, Probabilities);
        _label = Named(tensors, spec?.Label, Labels);
        // V1's objects may have a member for each class.
        if (_probability is null) _byClass = ByClass(tensors, spec?.Probability);
        if (_label is null || _label.Width > 1)
        {
            var wide = _label;
            _label = tensors.Find(tensor => tensor.Width == 1 && tensor != _probability && !_byClass.Any(column => column.Column == tensor));
            if (_probability is null && _byClass.Length == 0) _probability = wide ?? tensors.Find(tensor => tensor.Width > 1 && IsShares(tensor, answer.Rows));
        }
    }

    /// <summary>A row's prediction; missing where the answer says none that can be told.</summary>
    public Cell Label(int row)
    {
        if (_label is not null) return _label.At(row, 0);
        if (_probability is { Width: 1 } score) return score.At(row, 0).Number is var p && double.IsNaN(p) ? Cell.Missing : Text(Class(p >= 0.5 ? 1 : 0));
        var best = -1;
        var (count, most) = (Math.Max(_probability?.Width ?? 0, _byClass.Length), double.NegativeInfinity);
        for (var i = 0; i < count; i++)
        {
            if (Share(row, i) is var share && share > most) (best, most) = (i, share);
        }
        return best < 0 ? Cell.Missing : Text(ClassAt(best));
    }

    /// <summary>The positive class's score, of an answer that gives that alone; NaN otherwise.</summary>
    public double Score(int row) => _probability is { Width: 1 } score ? score.At(row, 0).Number : double.NaN;

    public IEnumerable<(string Class, double Share)> Shares(int row)
    {
        var count = _probability is { Width: 1 } ? 0 : Math.Max(_probability?.Width ?? 0, _byClass.Length);
        for (var i = 0; i < count; i++)
        {
            if (Share(row, i) is var share && !double.IsNaN(share)) yield return (ClassAt(i), share);
        }
    }

    private double Share(int row, int index) => _probability is null ? _byClass[index].Column.At(row, 0).Number : _probability.At(row, index).Number;

    private string ClassAt(int index) => _probability is null ? _byClass[index].Class : _probability.Columns?[index] ?? Class(index);

    private string Class(int index) => index < _classes?.Count ? _classes[index] : index.ToString(CultureInfo.InvariantCulture);

    private static Cell Text(string text) => new(double.NaN, text);

    private static Tensor? Named(List<Tensor> tensors, string? given, string[] usual) => given is not null
        ? tensors.Find(tensor => tensor.Name == given)
        : tensors.Find(tensor => usual.Contains(tensor.Name, StringComparer.OrdinalIgnoreCase));

    private static (string, Tensor)[] ByClass(List<Tensor> tensors, string? given)
    {
        foreach (var name in given is null ? Probabilities : [given])
        {
            var members = tensors.Where(tensor => tensor.Width == 1 && tensor.Name.StartsWith(name + '.', StringComparison.OrdinalIgnoreCase));
            (string, Tensor)[] found = [.. members.Select(tensor => (tensor.Name[(name.Length + 1)..], tensor))];
            if (found.Length > 0) return found;
        }
        return [];
    }

    /// <summary>Whether each row's values are probabilities that add up to one.</summary>
    private static bool IsShares(Tensor tensor, int rows)
    {
        const double rounding = 1e-3;
        for (var row = 0; row < rows; row++)
        {
            var sum = 0.0;
            for (var column = 0; column < tensor.Width; column++)
            {
                var share = tensor.At(row, column).Number;
                if (!(share >= 0 && share <= 1)) return false;
                sum += share;
            }
            if (Math.Abs(sum - 1) > rounding) return false;
        }
        return true;
    }
}
