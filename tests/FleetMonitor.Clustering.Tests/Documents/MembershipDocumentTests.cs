using System.Text;
using FleetMonitor.Clustering.Documents;
using FleetMonitor.Clustering.Stores;

namespace FleetMonitor.Clustering.Tests.Documents;

public sealed class MembershipDocumentTests
{
    [Fact]
    public void Encode_OneHundredSilos_StayWithin45Kilobytes()
    {
        var document = WithSilos(100);

        var bytes = Encoding.UTF8.GetByteCount(MembershipDocumentJson.Encode(document));

        // IPv6, names as long as a StatefulSet gives them, and each silo suspected by two others.
        Assert.InRange(bytes, 30_000, 45_000);
        Assert.True(WithoutSuspects(1_000) < ConfigMapDocumentStore.MaxBytes / 2);
    }

    [Fact]
    public void Decode_WhatWasEncoded_IsTheSame()
    {
        var document = WithSilos(3);

        var decoded = MembershipDocumentJson.Decode(MembershipDocumentJson.Encode(document), "c", "here");

        Assert.Equal(document.Silos.Select(row => row.ToEntry().Text()), decoded.Silos.Select(row => row.ToEntry().Text()));
        Assert.Equal(document.Silos.Select(row => row.Etag), decoded.Silos.Select(row => row.Etag));
        Assert.Equal((document.Version, document.Etag), (decoded.Version, decoded.Etag));
        Assert.Equal(document.Recent, decoded.Recent);
    }

    [Fact]
    public void Encode_RowsWithLittleInThem_KeepWhatIsThereAndWhatIsNot()
    {
        var entry = new Orleans.MembershipEntry { SiloAddress = Entries.Address(), SuspectTimes = [] };
        var document = Next(First(), entry);

        var read = MembershipDocumentJson.Decode(MembershipDocumentJson.Encode(document), "c", "here").Silos.Single().ToEntry();

        Assert.Equal(entry.Text(), read.Text());
        Assert.Null(read.HostName);
        Assert.Empty(read.SuspectTimes!);
    }

    [Fact]
    public void Remembers_Etag_UntilThirtyTwoOthersCameAfterIt()
    {
        var document = Next(First(), Entries.Silo());
        var etag = document.Etag;

        for (var i = 0; i < MembershipDocument.Remembered; i++)
        {
            document = Next(document, Entries.Silo());
            Assert.True(document.Remembers(etag));
        }
        Assert.False(Next(document, Entries.Silo()).Remembers(etag));
    }

    [Fact]
    public void Touch_LocalTime_IsKeptAsUtc()
    {
        var entry = Entries.Silo();
        var document = Next(First(), entry);
        entry.IAmAliveTime = Entries.Now.AddHours(1).ToLocalTime();

        Assert.Equal(Entries.Now.AddHours(1), document.Touch(entry).Silos.Single().ToEntry().IAmAliveTime);
    }

    private static MembershipDocument WithSilos(int count) => With(Enumerable.Range(0, count).Select(i =>
    {
        var entry = Entries.Silo(SiloStatus.Active, $"fd00:10:244:7::{i:x}");
        entry.SuspectTimes = [Suspect(1), Suspect(2)];
        return entry;
    }));

    private static Tuple<SiloAddress, DateTime> Suspect(int number) => Tuple.Create(Entries.Address($"fd00:10:244:7::{number}"), Entries.Now.AddTicks(number));

    private static int WithoutSuspects(int count) =>
        Encoding.UTF8.GetByteCount(MembershipDocumentJson.Encode(With(Enumerable.Range(0, count).Select(_ => Entries.Silo(SiloStatus.Dead)))));

    private static MembershipDocument With(IEnumerable<Orleans.MembershipEntry> entries) => entries.Aggregate(First(), Next);

    private static MembershipDocument First() => MembershipDocument.Missing("c").NotBelow(-1, "a");

    private static MembershipDocument Next(MembershipDocument document, Orleans.MembershipEntry entry) =>
        document.Insert(entry, document.Etag, MembershipDocument.NewEtag())!;
}
