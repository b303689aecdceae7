using System.Globalization;
using FleetMonitor.Storage.Tests.Writer;
using Microsoft.Extensions.Logging.Abstractions;

namespace FleetMonitor.Storage.Tests;

public sealed class SqliteCrashTests
{
    private static readonly CultureInfo Culture = CultureInfo.InvariantCulture;

    /// <summary>The ledger is what the killed process printed: it prints only what was acknowledged to it.</summary>
    [SkippableFact]
    public async Task Kill_UnderLoad_EveryAcknowledgedRecordIsThereExactlyOnce()
    {
        using var folder = new TempFolder();
        var path = Path.Combine(folder.Path, "fleet.db");
        var ledger = new List<(int Model, int Sequence, long Number)>();
        for (var round = 1; round <= 3; round++)
        {
            using var child = ChildProcess.Start("load", path);
            try
            {
                await ReadLedgerAsync(child.StandardOutput, ledger, until: ledger.Count + 15_000);
            }
            finally
            {
                child.Kill(); // SIGKILL: no handler, no flush, no goodbye.
            }
            // What was printed before the end counts as well.
            await ReadLedgerAsync(child.StandardOutput, ledger, until: int.MaxValue);
            await child.WaitForExitAsync();
            Assert.NotEqual(0, child.ExitCode);

            await using var store = Open(path);
            for (var model = 0; model < StorageWriter.Models; model++)
            {
                var state = await StorageWriter.RecoverAsync(store, await store.OpenModelAsync($"model-{model}", TestStore.Now));
                Assert.Equal(state.Count, state.Distinct().Count());
                foreach (var entry in ledger.Where(entry => entry.Model == model)) Assert.Equal(entry.Number, state[entry.Sequence - 1]);
            }
        }
        Assert.True(ledger.Count > 45_000);
    }

    [SkippableFact]
    public async Task Open_WhileAnotherProcessHasIt_IsRefusedUntilThatIsKilled()
    {
        using var folder = new TempFolder();
        var path = Path.Combine(folder.Path, "fleet.db");
        using var child = ChildProcess.Start("load", path);
        try
        {
            await child.StandardOutput.ReadLineAsync(); // It has acknowledged something, so it has the file.
            var refused = Assert.Throws<StoreOpenException>(() => Open(path));
            Assert.Contains(path, refused.Message, StringComparison.Ordinal);
            Assert.Contains("in use", refused.Message, StringComparison.Ordinal);
        }
        finally
        {
            child.Kill();
        }
        await child.WaitForExitAsync();
        await using var store = Open(path);
        Assert.True(store.Health.IsReady);
    }

    /// <summary>A crash image whose write-ahead log ends anywhere, or ends in rubbish: a prefix of the log is there, whole and in order.</summary>
    [Fact]
    public async Task Open_TornWriteAheadLog_KeepsAPrefixOfWhatWasAppended()
    {
        await using var test = SqliteTestStore.Open();
        var lease = await test.OpenModelAsync("m");
        for (var i = 1; i <= 300; i++) await test.Store.AppendAsync(lease, TestStore.Bytes($"{i}"));
        var (database, log) = (await ReadWhileOpenAsync(test.Path), await ReadWhileOpenAsync(test.Path + "-wal"));
        var random = new Random(7);
        var found = new HashSet<int>();
        for (var image = 0; image < 30; image++)
        {
            using var folder = new TempFolder();
            var path = Path.Combine(folder.Path, "fleet.db");
            var torn = log.AsSpan(0, image == 0 ? log.Length : random.Next(log.Length)).ToArray();
            if (image % 2 == 1 && torn.Length > 0) random.NextBytes(torn.AsSpan(torn.Length - Math.Min(torn.Length, random.Next(1, 9000))));
            await File.WriteAllBytesAsync(path, database);
            await File.WriteAllBytesAsync(path + "-wal", torn);

            await using var store = Open(path);
            var reopened = await store.OpenModelAsync("m", TestStore.Now);
            var kept = 0;
            await foreach (var record in store.ReadLogAsync(reopened, 0)) Assert.Equal($"{++kept}", TestStore.Text(record.Body));
            Assert.Equal(kept + 1, await store.AppendAsync(reopened, TestStore.Bytes("next")));
            if (image == 0) Assert.Equal(300, kept);
            found.Add(kept);
        }
        Assert.True(found.Count > 10, "The images were cut at many places.");
    }

    /// <summary>
    /// Power lost in the middle of a checkpoint: pages of the main file are half old, half new, or rubbish, and the file may end within one. The write-ahead log still has each of them, so opening makes it whole: everything is there.
    /// </summary>
    [Fact]
    public async Task Open_MainFileTornInTheMiddleOfACheckpoint_IsMadeWholeFromTheWriteAheadLog()
    {
        await using var test = SqliteTestStore.Open();
        var lease = await test.OpenModelAsync("m");
        for (var i = 1; i <= 200; i++) await test.Store.AppendAsync(lease, TestStore.RandomBytes(2_000, i));
        test.Connection.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
        for (var i = 201; i <= 400; i++) await test.Store.AppendAsync(lease, TestStore.RandomBytes(2_000, i));
        var (database, log) = (await ReadWhileOpenAsync(test.Path), await ReadWhileOpenAsync(test.Path + "-wal"));
        var pages = PagesOf(log);
        Assert.True(pages.Count > 20, $"{pages.Count} pages wait to be copied");
        var random = new Random(3);
        for (var image = 0; image < 12; image++)
        {
            using var folder = new TempFolder();
            var path = Path.Combine(folder.Path, "fleet.db");
            // As far as the checkpoint got: some pages whole, one torn, and the file not yet as long as it will be.
            var torn = new byte[Math.Max(database.Length, pages.Keys.Max() * PageBytes)];
            database.CopyTo(torn, 0);
            foreach (var (page, content) in pages.Take(random.Next(pages.Count))) content.CopyTo(torn, (page - 1) * PageBytes);
            var last = pages.Keys.ElementAt(random.Next(pages.Count));
            random.NextBytes(torn.AsSpan(((last - 1) * PageBytes) + random.Next(PageBytes / 2), random.Next(1, PageBytes / 2)));
            await File.WriteAllBytesAsync(path, image % 3 == 0 ? torn.AsMemory(0, database.Length + ((torn.Length - database.Length) / 2) + 100).ToArray() : torn);
            await File.WriteAllBytesAsync(path + "-wal", log);

            await using var store = Open(path);
            Assert.True(store.Health.IsReady, store.Health.Reason);
            var reopened = await store.OpenModelAsync("m", TestStore.Now);
            var kept = 0;
            await foreach (var record in store.ReadLogAsync(reopened, 0)) Assert.Equal(TestStore.RandomBytes(2_000, ++kept), record.Body.ToArray());
            Assert.Equal(400, kept);
            Assert.Equal(401, await store.AppendAsync(reopened, TestStore.Bytes("next")));
        }
    }

    private const int PageBytes = 4096;

    /// <summary>The newest content of each page that a write-ahead log has: frames of 24 bytes and a page behind a head of 32 bytes.</summary>
    private static SortedDictionary<int, byte[]> PagesOf(byte[] log)
    {
        var pages = new SortedDictionary<int, byte[]>();
        for (var at = 32; at + 24 + PageBytes <= log.Length; at += 24 + PageBytes)
        {
            pages[System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(log.AsSpan(at))] = log.AsSpan(at + 24, PageBytes).ToArray();
        }
        return pages;
    }

    internal static async Task ReadLedgerAsync(StreamReader output, List<(int Model, int Sequence, long Number)> ledger, int until)
    {
        while (ledger.Count < until && await output.ReadLineAsync() is { } line)
        {
            if (line.Split(' ') is [var model, var sequence, var number, "."])
            {
                ledger.Add((Convert.ToInt32(model, Culture), Convert.ToInt32(sequence, Culture), Convert.ToInt64(number, Culture)));
            }
        }
    }

    private static SqliteFleetStore Open(string path) =>
        SqliteFleetStore.Open(new SqliteStoreOptions { Path = path }, TimeProvider.System, NullLogger<SqliteFleetStore>.Instance);

    private static async Task<byte[]> ReadWhileOpenAsync(string path)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[file.Length];
        await file.ReadExactlyAsync(bytes);
        return bytes;
    }
}
