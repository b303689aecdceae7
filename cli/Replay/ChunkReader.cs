using FleetMonitor.Core;
using FleetMonitor.Core.Formats;

namespace FleetMonitor.Cli.Replay;

/// <summary>Cuts a file into chunks, of so many rows or of a stretch of event time, read in batches of at most <see cref="MaxBatchRows"/>.</summary>
/// <remarks>
/// Rows may be out of order by time: windows stay open until <see cref="MaxWaitingRows"/> rows wait, then the oldest is closed. A file of at most so many rows
/// comes out right in any order; in a longer one a row that is further behind than that is rejected and counted.
/// </remarks>
/// <param name="maxWaitingRows">Rows that may wait for their window to close.</param>
internal sealed class ChunkReader(
    PredictionCsv csv, RowScreen screen, Rejections rejections, ReplayOptions options, int maxWaitingRows = ChunkReader.MaxWaitingRows)
{
    /// <summary>As many rows as a client would send at once.</summary>
    public const int MaxBatchRows = 5_000;

    public const int MaxWaitingRows = 500_000;

    private readonly SortedList<long, List<BatchRows>> _open = [];
    private int _waiting;

    /// <summary>The next rows that are good, up to <paramref name="maxRows"/>, and after how many the file ended; null at its end.</summary>
    public BatchRows? ReadBatch(int maxRows)
    {
        var decoded = csv.Read(maxRows);
        rejections.Add(decoded.Rejected, decoded.Errors);
        if (decoded.Items == 0) return null;
        return new BatchRows(decoded.Batch, screen.Keep(decoded.Batch, checkIds: true, csv.LineOf, rejections));
    }

    public IEnumerable<Chunk> Read() => options.Window is { } window ? ByTime(window) : ByRows(options.Chunk);

    private IEnumerable<Chunk> ByRows(int size)
    {
        var rows = new List<BatchRows>();
        var count = 0;
        while (ReadBatch(Math.Min(MaxBatchRows, size - count)) is { } batch)
        {
            if (batch.Count == 0) continue;
            rows.Add(batch);
            count += batch.Count;
            if (count < size) continue;
            yield return OfRows(rows);
            rows = [];
            count = 0;
        }
        if (count > 0) yield return OfRows(rows);
    }

    private Chunk OfRows(List<BatchRows> rows)
    {
        if (options.Timestamp is null) return new Chunk(rows, null, null);
        long start = long.MaxValue, end = long.MinValue;
        foreach (var (batch, kept) in rows)
        {
            for (var i = 0; i < (kept?.Length ?? batch.Count); i++)
            {
                var time = batch.Times[kept?[i] ?? i];
                start = Math.Min(start, time);
                end = Math.Max(end, time);
            }
        }
        return new Chunk(rows, start, end);
    }

    private IEnumerable<Chunk> ByTime(ChunkPeriod period)
    {
        var closedBefore = long.MinValue;
        while (ReadBatch(MaxBatchRows) is { } batch)
        {
            Place(batch, period, closedBefore);
            while (_waiting > maxWaitingRows && _open.Count > 1)
            {
                closedBefore = period.EndOf(_open.GetKeyAtIndex(0));
                yield return Close(period);
            }
        }
        while (_open.Count > 0) yield return Close(period);
    }

    private void Place(BatchRows rows, ChunkPeriod period, long closedBefore)
    {
        var byWindow = new Dictionary<long, List<int>>();
        for (var i = 0; i < rows.Count; i++)
        {
            var row = rows.Kept?[i] ?? i;
            var time = rows.Batch.Times[row];
            var window = period.StartOf(time);
            if (window < closedBefore)
            {
                var expected = $"expected rows at most {maxWaitingRows} behind the newest window's";
                rejections.Add(csv.LineOf(row), options.Timestamp!, $"{expected}, got {UnixTime.Format(time)}, whose window is closed; sort the file by time");
                continue;
            }
            if (!byWindow.TryGetValue(window, out var ofWindow)) byWindow.Add(window, ofWindow = []);
            ofWindow.Add(row);
        }
        foreach (var (window, ofWindow) in byWindow)
        {
            if (!_open.TryGetValue(window, out var open)) _open.Add(window, open = []);
            open.Add(new BatchRows(rows.Batch, [.. ofWindow]));
            _waiting += ofWindow.Count;
        }
    }

    private Chunk Close(ChunkPeriod period)
    {
        var chunk = new Chunk(_open.GetValueAtIndex(0), _open.GetKeyAtIndex(0), period.EndOf(_open.GetKeyAtIndex(0)));
        _open.RemoveAt(0);
        _waiting -= chunk.Count;
        return chunk;
    }
}
