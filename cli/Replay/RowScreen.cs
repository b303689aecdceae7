using FleetMonitor.Core.Batches;
using FleetMonitor.Core.Specs;

namespace FleetMonitor.Cli.Replay;

/// <summary>Finds the rows that decode well and still are none of this model: a class too many, an id for the second time.</summary>
/// <remarks>
/// What passes is taken by the monitor row for row, so that its counts and the exact statistics are over the same rows. Memory: 16 bytes an id, and the set's overhead.
/// </remarks>
internal sealed class RowScreen
{
    private readonly ReplayPlan _plan;
    private readonly HashSet<UInt128>? _ids;
    private readonly ClassTable _classes;

    public RowScreen(ReplayPlan plan)
    {
        _plan = plan;
        _ids = plan.File.Id is null ? null : [];
        _classes = new ClassTable(plan);
    }

    /// <summary>The rows of a batch that are kept, in order; null: all of them.</summary>
    /// <param name="lineOf">The line of a row.</param>
    public int[]? Keep(PredictionBatch batch, bool checkIds, Func<int, long> lineOf, Rejections rejections)
    {
        List<int>? kept = null;
        for (var row = 0; row < batch.Count; row++)
        {
            if (Mistake(batch, row, checkIds) is not { } mistake)
            {
                kept?.Add(row);
                continue;
            }
            kept ??= [.. Enumerable.Range(0, row)];
            rejections.Add(lineOf(row), mistake.Column, mistake.Message);
        }
        return kept?.ToArray();
    }

    private (string Column, string Message)? Mistake(PredictionBatch batch, int row, bool checkIds)
    {
        if (_plan.Task != TaskKind.Regression)
        {
            if (!IsClass(batch.Predictions, row, out var got)) return (_plan.File.Prediction, Expected(got));
            if (batch.Labels is { } labels && !IsClass(labels, row, out got)) return (_plan.File.Label!, Expected(got));
        }
        if (!checkIds || _ids is null || batch.Ids is not { } ids || !ids.TryKey(row, out var key) || _ids.Add(key)) return null;
        return (_plan.File.Id!, $"expected an id that no other row has, got \"{ids.Text(row)}\" again");
    }

    /// <summary>A row without a label is none of a wrong class.</summary>
    private bool IsClass(ValueColumn values, int row, out string? text)
    {
        text = values.TextAt(row);
        return text is null || _classes.Of(text) >= 0;
    }

    private string Expected(string? got) => _plan.Task == TaskKind.Binary
        ? $"expected one of the two classes \"{string.Join("\" and \"", _classes.Names)}\", got \"{got}\""
        : $"expected at most {_plan.MaxClasses} classes, got \"{got}\" as well";
}
