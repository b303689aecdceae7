using System.Diagnostics;

namespace FleetMonitor.Core.Estimation;

/// <summary>Expected calibration error over bins of equal numbers of rows by rank: Σ over bins of |Σ (probability − outcome)| / n.</summary>
/// <remarks>
/// Rows of one probability go in together, so what lies across a bin's edge is divided in proportion. O(1) an addition. Add in ascending order of
/// probability.
/// </remarks>
internal struct RankedCalibrationError(long rows)
{
    private const int Bins = 10;

    // Ten times as many rows as a split holds out: they divide evenly.
    private readonly long _binRows = rows / Bins;
    private long _room = rows / Bins, _tied, _tiedPositives;
    private double _probability, _difference, _error;

    public void Add(double probability, long count, long positives)
    {
        if (probability != _probability) Close();
        _probability = probability;
        _tied += count;
        _tiedPositives += positives;
    }

    public double Value()
    {
        Close();
        Debug.Assert(_room == _binRows, "As many rows were added as were announced.");
        return _error / rows;
    }

    private void Close()
    {
        if (_tied == 0) return;
        var gap = _probability - ((double)_tiedPositives / _tied);
        while (_tied > 0)
        {
            var taken = Math.Min(_tied, _room);
            _difference += taken * gap;
            _tied -= taken;
            _room -= taken;
            if (_room > 0) continue;
            _error += Math.Abs(_difference);
            (_difference, _room) = (0, _binRows);
        }
        _tiedPositives = 0;
    }
}
