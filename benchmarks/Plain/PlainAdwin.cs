namespace FleetMonitor.Benchmarks.Plain;

/// <summary>ADWIN as it reads in the paper and in river: lists of buckets, every border by its full formula. The oracle of the tests, and the baseline of the benchmark.</summary>
public sealed class PlainAdwin(double delta = 0.002, int clock = 32, int maxBuckets = 5, int minWindowLength = 5, int gracePeriod = 10)
{
    private readonly List<List<(double Total, double Variance)>> _rows = [[]];
    private long _tick;
    private bool _changed;

    public double Width { get; private set; }

    public double Total { get; private set; }

    public double Variance { get; private set; }

    public bool Update(double value)
    {
        if (_changed) Reset();
        _rows[0].Add((value, 0));
        Width++;
        if (Width > 1) Variance += (Width - 1) * Math.Pow(value - (Total / (Width - 1)), 2) / Width;
        Total += value;
        for (var row = 0; row < _rows.Count && _rows[row].Count > maxBuckets; row++) Merge(row);
        return _changed = ++_tick % clock == 0 && Width > gracePeriod && Shrink();
    }

    private void Reset()
    {
        _rows.Clear();
        _rows.Add([]);
        _tick = 0;
        Width = Total = Variance = 0;
    }

    private void Merge(int row)
    {
        if (row + 1 == _rows.Count) _rows.Add([]);
        var n = Math.Pow(2, row);
        var (first, second) = (_rows[row][0], _rows[row][1]);
        var between = n * n * Math.Pow((first.Total / n) - (second.Total / n), 2) / (n + n);
        _rows[row + 1].Add((first.Total + second.Total, first.Variance + second.Variance + between));
        _rows[row].RemoveRange(0, 2);
    }

    private bool Shrink()
    {
        var changed = false;
        while (AnyBorderDiffers())
        {
            changed = true;
            DropOldest();
        }
        return changed;
    }

    private bool AnyBorderDiffers()
    {
        double n0 = 0, n1 = Width, u0 = 0, u1 = Total;
        for (var row = _rows.Count - 1; row >= 0; row--)
        {
            foreach (var (total, _) in _rows[row].Take(_rows[row].Count - 1))
            {
                n0 += Math.Pow(2, row);
                n1 -= Math.Pow(2, row);
                u0 += total;
                u1 -= total;
                if (n0 >= minWindowLength && n1 >= minWindowLength && Math.Abs((u0 / n0) - (u1 / n1)) > Threshold(n0, n1)) return true;
            }
        }
        return false;
    }

    private double Threshold(double n0, double n1)
    {
        var logarithm = Math.Log(2 * Math.Log(Width) / delta);
        var reciprocal = (1 / (n0 - minWindowLength + 1)) + (1 / (n1 - minWindowLength + 1));
        return Math.Sqrt(2 * reciprocal * (Variance / Width) * logarithm) + (2.0 / 3 * logarithm * reciprocal);
    }

    private void DropOldest()
    {
        var row = _rows.Count - 1;
        var n = Math.Pow(2, row);
        var (total, variance) = _rows[row][0];
        Width -= n;
        Total -= total;
        Variance -= variance + (n * Width * Math.Pow((total / n) - (Total / Width), 2) / (n + Width));
        _rows[row].RemoveAt(0);
        while (_rows.Count > 1 && _rows[^1].Count == 0) _rows.RemoveAt(_rows.Count - 1);
    }
}
