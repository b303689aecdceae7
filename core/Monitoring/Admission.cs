using System.Buffers;
using FleetMonitor.Core.Ingest;
using FleetMonitor.Core.Segments;
using FleetMonitor.Core.Windows;

namespace FleetMonitor.Core.Monitoring;

/// <summary>Which rows of a batch a model takes, and where each goes. Its arrays are pooled for the time of one <see cref="ModelMonitor.Apply"/>.</summary>
internal sealed class Admission(int rows) : IDisposable
{
    private readonly int[] _rows = ArrayPool<int>.Shared.Rent(rows);
    private readonly Pane?[] _panes = ArrayPool<Pane?>.Shared.Rent(rows);
    private readonly RowSlices[] _slices = ArrayPool<RowSlices>.Shared.Rent(rows);
    private readonly List<RowError> _errors = [];
    private int _accepted;

    public ReadOnlySpan<int> AcceptedRows => _rows.AsSpan(0, _accepted);

    public ReadOnlySpan<Pane?> Panes => _panes.AsSpan(0, _accepted);

    public ReadOnlySpan<RowSlices> Slices => _slices.AsSpan(0, _accepted);

    public int Rejected { get; private set; }

    public IReadOnlyList<RowError> Errors => _errors;

    public void Accept(int row, Pane? pane, RowSlices slices = default)
    {
        _slices[_accepted] = slices;
        _panes[_accepted] = pane;
        _rows[_accepted++] = row;
    }

    public void Reject(int row, string field, string message)
    {
        Rejected++;
        if (_errors.Count < ApplyResult.MaxErrors) _errors.Add(new RowError(row, field, message));
    }

    public void Dispose()
    {
        ArrayPool<int>.Shared.Return(_rows);
        ArrayPool<RowSlices>.Shared.Return(_slices);
        ArrayPool<Pane?>.Shared.Return(_panes, clearArray: true);
    }
}
