using FleetMonitor.Clustering.Documents;
using FleetMonitor.Clustering.Stores;
using FleetMonitor.Clustering.Tables;
using FleetMonitor.Clustering.Tests.Stores;

namespace FleetMonitor.Clustering.Tests.Laws;

/// <summary>Several writers at once, over a store that fails them at random: what they were told agrees with one order of what was written.</summary>
public sealed class InterleavingTests
{
    private const int Writers = 4;

    // With the first document's that is as many versions as a document remembers.
    private const int ChangesPerWriter = MembershipDocument.Remembered / Writers - 1;

    private readonly List<Told> _told = [];
    private int _clock;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(10)]
    public async Task Memory_WritersInterleavedWithFaults_AreToldWhatHappened(int seed)
    {
        var document = new MemoryDocument();

        await WriteAsync(seed, TimeSpan.FromMilliseconds(250), random => new MemoryDocumentStore(document)
        {
            Fault = call => random is null ? StoreFault.None : Fault(call, random),
        });

        AssertLinearizable(document.History);
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    [InlineData(14)]
    public async Task ConfigMap_WritersInterleavedWithFaults_AreToldWhatHappened(int seed)
    {
        var history = new List<string>();
        var faults = new Random(seed);
        await using var api = await FakeKubernetesApi.StartAsync();
        api.RetryAfterSeconds = 0;
        api.Stored = map => history.Add(map["data"]![ConfigMapDocumentStore.Key]!.GetValue<string>());
        api.Fault = call => Fault(call, faults);

        await WriteAsync(seed, TimeSpan.FromSeconds(1), _ => ConfigMaps.Open(api));

        AssertLinearizable(history);
    }

    private static StoreFault Fault(StoreCall call, Random random) => random.Next(40) switch
    {
        < 4 => StoreFault.Fail,
        < 8 => StoreFault.LoseReply,
        < 12 when call == StoreCall.Write => StoreFault.Conflict,
        12 => StoreFault.Hang,
        13 => StoreFault.HangAfter,
        < 16 when call == StoreCall.Write => StoreFault.Late,
        _ => StoreFault.None,
    };

    private static ApiFault Fault(ApiCall call, Random random) => random.Next(60) switch
    {
        < 3 => ApiFault.TooManyRequests,
        < 6 => ApiFault.InternalError,
        < 9 => ApiFault.Reset,
        < 12 => ApiFault.LoseReply,
        < 15 => ApiFault.CutReply,
        < 18 when call.Verb != "get" => ApiFault.Conflict,
        18 => ApiFault.Hang,
        19 => ApiFault.HangAfter,
        20 when call.Verb != "get" => ApiFault.Late,
        _ => ApiFault.None,
    };

    private void AssertLinearizable(IEnumerable<string> documents)
    {
        var history = documents.Select(text => MembershipDocumentJson.Decode(text, "laws", "history")).ToList();
        VersionsRiseWithEveryChangeOfRowsAndWithNothingElse(history);
        WhatWasToldTrueIsThereOnceAndWhatWasToldFalseIsNot(history);
        WhatEndedFirstComesFirst(history);
    }

    private static void VersionsRiseWithEveryChangeOfRowsAndWithNothingElse(List<MembershipDocument> history)
    {
        foreach (var (before, after) in history.Zip(history.Skip(1)))
        {
            if (before.Etag == after.Etag)
            {
                Assert.Equal(before.Version, after.Version);
                Assert.Equal(before.Silos.Select(Still), after.Silos.Select(Still));
            }
            else
            {
                Assert.Equal(before.Version + 1, after.Version);
                Assert.Equal(before.Etag, after.Recent[^1]);
            }
        }

        // All but the sign of life.
        static string Still(SiloRow row) => $"{row.Etag} {(row with { Alive = default }).ToEntry().Text()}";
    }

    private void WhatWasToldTrueIsThereOnceAndWhatWasToldFalseIsNot(List<MembershipDocument> history)
    {
        Assert.Contains(_told, told => told.Taken == true);
        foreach (var told in _told)
        {
            var times = Positions(history, told).Count();
            if (told.Taken is { } taken) Assert.Equal(taken ? 1 : 0, times);
            else Assert.InRange(times, 0, 1);
        }
    }

    private void WhatEndedFirstComesFirst(List<MembershipDocument> history)
    {
        var taken = _told.Where(told => told.Taken == true).Select(told => (told.Began, told.Ended, Position: Positions(history, told).Single())).ToList();
        foreach (var first in taken)
        {
            Assert.All(taken.Where(second => first.Ended < second.Began), second => Assert.True(first.Position < second.Position));
        }
        foreach (var read in _told.Where(told => told.ReadVersion is not null))
        {
            Assert.All(taken.Where(write => write.Ended < read.Began), write => Assert.True(history[write.Position].Version <= read.ReadVersion));
            Assert.All(taken.Where(write => write.Began > read.Ended), write => Assert.True(history[write.Position].Version > read.ReadVersion));
        }
    }

    /// <summary>Where in the history the operation's mark came in.</summary>
    private static IEnumerable<int> Positions(List<MembershipDocument> history, Told told) => told.Mark is null
        ? []
        : Enumerable.Range(1, history.Count - 1).Where(i => Has(history[i], told.Mark) && !Has(history[i - 1], told.Mark));

    private static bool Has(MembershipDocument document, string mark) => document.Silos.Any(row => row.Name == mark);

    /// <param name="open">A store whose faults come from the random numbers it is given; without any, it has none of its own.</param>
    private async Task WriteAsync(int seed, TimeSpan callTimeout, Func<Random?, MembershipDocumentStore> open)
    {
        await using (var reliable = open(null)) await Table(reliable, seed, callTimeout).InitializeMembershipTableAsync(true);
        await Task.WhenAll(Enumerable.Range(1, Writers).Select(writer => Task.Run(async () =>
        {
            await using var store = open(new Random(seed * 100 + writer));
            await WriteAsync(writer, Table(store, seed + writer, callTimeout), new Random(seed * 1_000 + writer));
        })));
    }

    private async Task WriteAsync(int writer, DocumentMembershipTable table, Random random)
    {
        for (var i = 0; i < ChangesPerWriter; i++)
        {
            // Each operation leaves a name that no other does.
            var mark = $"{writer}-{i}";
            var data = await ReadAsync(table);
            var row = data.Members.Count > 0 && random.Next(3) > 0 ? data.Members[random.Next(data.Members.Count)] : null;
            if (row is null)
            {
                var entry = Entries.Silo();
                entry.SiloName = mark;
                await TellAsync(mark, () => table.InsertRowAsync(entry, data.Version.Next()));
                continue;
            }
            row.Item1.SiloName = mark;
            await TellAsync(mark, () => table.UpdateRowAsync(row.Item1, row.Item2, data.Version.Next()));
            row.Item1.IAmAliveTime = Entries.Now.AddSeconds(Interlocked.Increment(ref _clock));
            await TellAsync(null, async () =>
            {
                await table.UpdateIAmAliveAsync(row.Item1);
                return true;
            });
        }
    }

    private async Task<Orleans.MembershipTableData> ReadAsync(DocumentMembershipTable table)
    {
        var began = Interlocked.Increment(ref _clock);
        var data = await table.ReadAllAsync();
        lock (_told) _told.Add(new Told(null, null, data.Version.Version, began, Interlocked.Increment(ref _clock)));
        return data;
    }

    private async Task TellAsync(string? mark, Func<Task<bool>> operation)
    {
        var began = Interlocked.Increment(ref _clock);
        bool? taken;
        try
        {
            taken = await operation();
        }
        catch (MembershipStoreException)
        {
            taken = null;
        }
        lock (_told) _told.Add(new Told(mark, mark is null ? null : taken, null, began, Interlocked.Increment(ref _clock)));
    }

    private static DocumentMembershipTable Table(MembershipDocumentStore store, int seed, TimeSpan callTimeout) =>
        new(new MembershipDocuments(store, "laws", Policies.Patient(seed) with { CallTimeout = callTimeout }), "laws");

    /// <summary>What a writer was told, and when by a clock that ticks once an event.</summary>
    /// <param name="Taken">Null: it failed, and either may be true.</param>
    private sealed record Told(string? Mark, bool? Taken, int? ReadVersion, int Began, int Ended);
}
