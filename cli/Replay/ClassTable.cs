using System.Runtime.InteropServices;
using FleetMonitor.Core.Batches;
using FleetMonitor.Core.Specs;

namespace FleetMonitor.Cli.Replay;

/// <summary>The classes of a model by index: those that its plan knows, then others in order of appearance, up to as many as the model may have.</summary>
internal sealed class ClassTable
{
    private readonly Dictionary<string, int> _indices = new(StringComparer.Ordinal);
    private readonly List<string> _names = [];
    private readonly int _capacity;

    public ClassTable(ReplayPlan plan)
    {
        _capacity = plan.MaxClasses;
        foreach (var label in plan.Classes) Of(label);
    }

    public IReadOnlyList<string> Names => _names;

    /// <summary>The index of a class, made if there is room; -1 when there is none.</summary>
    public int Of(string text)
    {
        var name = ClassLabel.Canonical(text);
        if (_indices.TryGetValue(name, out var index)) return index;
        if (_names.Count == _capacity) return -1;
        _names.Add(name);
        _indices.Add(name, _names.Count - 1);
        return _names.Count - 1;
    }

    /// <summary>The class of every row; -1 where the column is missing.</summary>
    public void Indices(ValueColumn? values, int rows, List<int> into)
    {
        CollectionsMarshal.SetCount(into, rows);
        var indices = CollectionsMarshal.AsSpan(into);
        if (values is not { HasTexts: true })
        {
            indices.Fill(-1);
            return;
        }
        var ofText = new int[values.Texts.Length];
        for (var code = 0; code < ofText.Length; code++) ofText[code] = Of(values.Texts[code]);
        for (var row = 0; row < rows; row++) indices[row] = values.Codes[row] is var code and >= 0 ? ofText[code] : -1;
    }
}
