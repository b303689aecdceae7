using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace FleetMonitor.Storage;

/// <summary>Keeps SQLite's write-ahead log short, mostly beside the writer.</summary>
/// <remarks>
/// <para>
/// Left to itself SQLite works the log into the database inside a commit, with two flushes of the disk, and everybody waits. Here a second connection does it (from
/// a quarter of the limit on) while commits go on. It never quite catches up with a busy writer, and the file starts over only when it has; so once what is
/// left is little, or the limit is reached, the writer does the rest itself. Its pause is what was written during the last pass of the other.
/// </para>
/// <para>Called on the writer's thread, between transactions.</para>
/// </remarks>
internal sealed class SqliteWriteAhead : IDisposable
{
    private const int FrameBytes = 4096 + 24;

    private readonly SqliteConnection _writer;
    private readonly SqliteConnection _beside;
    private readonly long _limit;
    private Task<Progress>? _pass;

    // Frames in the log, an upper estimate; at the start of the pass under way; worked in by the last pass; from when on to start a pass, and to finish.
    private long _frames, _framesAtStart, _copied, _passAt, _finishAt;

    public SqliteWriteAhead(SqliteConnection writer, SqliteConnection beside, long limitBytes)
    {
        (_writer, _beside) = (writer, beside);
        _limit = limitBytes / FrameBytes;
        (_passAt, _finishAt) = (_limit / 4, _limit);
    }

    /// <summary>Looks how long the log has become, and shortens it.</summary>
    /// <exception cref="SqliteException">The disk refused; the log only grows until it stops doing so.</exception>
    public void Maintain()
    {
        // Pages that the writer's connection has written since the last look, which is what the log has grown by.
        var code = raw.sqlite3_db_status(_writer.Handle, raw.SQLITE_DBSTATUS_CACHE_WRITE, out var written, out _, 1);
        if (code != raw.SQLITE_OK) throw SqliteFailure.Exception(_writer.Handle!, code);
        _frames += written;
        if (_pass is { IsCompleted: true }) EndPass();

        if (_frames >= _finishAt || (_copied > 0 && _frames - _copied <= _limit / 8)) Finish();
        else if (_pass is null && _frames >= _passAt) StartPass();
    }

    /// <summary>Works in all there is, now. For a store that is unhealthy anyhow: it frees the log's space, and shows whether the disk takes writes.</summary>
    public void Finish()
    {
        if (_pass is not null) EndPass();
        var (frames, copied) = Pass(_writer);
        // All copied: the next transaction starts the file over. Else a reader holds the rest back for the moment: not before the log has
        // grown by another quarter is it worth another flush of the disk.
        _frames = copied == frames ? 0 : frames;
        _copied = 0;
        _passAt = _frames + _limit / 4;
        _finishAt = Math.Max(_limit, _passAt);
    }

    /// <summary>Works in all there is and cuts the file to nothing, so that what it held is gone; false while somebody reads, to be tried again.</summary>
    public bool TryCut()
    {
        if (_pass is not null) EndPass();
        // Nobody waits for a reader: the next round will do.
        _ = raw.sqlite3_busy_timeout(_writer.Handle, 0);
        var code = raw.sqlite3_wal_checkpoint_v2(_writer.Handle, "main", raw.SQLITE_CHECKPOINT_TRUNCATE, out var _, out var _);
        _ = raw.sqlite3_busy_timeout(_writer.Handle, SqliteSchema.BusyMilliseconds);
        if (code is raw.SQLITE_BUSY or raw.SQLITE_LOCKED) return false;
        if (code != raw.SQLITE_OK) throw SqliteFailure.Exception(_writer.Handle!, code);
        (_frames, _copied, _passAt, _finishAt) = (0, 0, _limit / 4, _limit);
        return true;
    }

    public void Dispose()
    {
        // Its outcome matters no more: SQLite does the rest when the last connection closes, or at the next open.
        _pass?.ContinueWith(static pass => pass.Exception, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default).Wait();
        _beside.Dispose();
    }

    private void StartPass()
    {
        _framesAtStart = _frames;
        _pass = Task.Run(() => Pass(_beside));
    }

    // Waits where it must: the writer's thread is one that may, and a log at its limit is the disk saying so.
    private void EndPass()
    {
        var pass = _pass!;
        _pass = null;
        var (frames, copied) = pass.GetAwaiter().GetResult();
        _frames = frames + (_frames - _framesAtStart);
        _copied = copied;
        _passAt = _frames + _limit / 4;
    }

    private static Progress Pass(SqliteConnection connection)
    {
        var code = raw.sqlite3_wal_checkpoint_v2(connection.Handle, "main", raw.SQLITE_CHECKPOINT_PASSIVE, out var frames, out var copied);
        // Busy: another program checkpoints at the moment, which is as good.
        if (code is not (raw.SQLITE_OK or raw.SQLITE_BUSY or raw.SQLITE_LOCKED)) throw SqliteFailure.Exception(connection.Handle!, code);
        return new Progress(Math.Max(frames, 0), Math.Max(copied, 0));
    }

    private readonly record struct Progress(int Frames, int Copied);
}
