namespace FleetMonitor.Storage.Tests;

public sealed class LogSegmentTests
{
    private static readonly ModelLease Lease = new("m", 3, 5, 0, null);

    [Fact]
    public void Read_WhatWasAdded_RoundTrips()
    {
        var random = new Random(5);
        for (var round = 0; round < 200; round++)
        {
            var bodies = new List<byte[]>();
            for (var count = random.Next(1, 40); count > 0; count--) bodies.Add(TestStore.RandomBytes(random.Next(3) == 0 ? 0 : random.Next(5000), random.Next()));
            var segment = Filled(bodies);
            var records = new List<LogRecord>();
            LogSegment.Read(Lease, segment.Last, segment.Count, Checksum(segment), segment.Body.ToArray(), records);
            Assert.Equal(bodies, records.Select(record => record.Body.ToArray()));
            Assert.Equal(Enumerable.Range(100, bodies.Count).Select(i => (long)i), records.Select(record => record.Sequence));
        }
    }

    [Fact]
    public void Read_AnyByteChanged_IsDamaged()
    {
        var segment = Filled([TestStore.RandomBytes(20, 1), [], TestStore.RandomBytes(30, 2)]);
        var row = segment.Body.ToArray();
        for (var i = 0; i < row.Length; i++)
        {
            var changed = row.ToArray();
            changed[i] ^= 1;
            Assert.Throws<StoreCorruptException>(() => LogSegment.Read(Lease, segment.Last, segment.Count, Checksum(segment), changed, []));
        }
    }

    [Theory]
    [InlineData(3, 103)]
    [InlineData(4, 102)]
    public void Read_InTheWrongPlace_IsDamaged(long modelId, long last)
    {
        var segment = Filled([[1], [2], [3]]);
        Assert.Equal(102, segment.Last);
        var other = Lease with { ModelId = modelId };
        Assert.Throws<StoreCorruptException>(() => LogSegment.Read(other, last, segment.Count, Checksum(segment), segment.Body.ToArray(), []));
    }

    [Theory]
    [InlineData(2, new byte[] { 1, 0, 0, 0, 9 })]
    [InlineData(2, new byte[] { 1, 0, 0, 0, 9, 5, 0, 0, 0, 9 })]
    [InlineData(2, new byte[] { 255, 255, 255, 255, 1, 0, 0, 0, 9 })]
    [InlineData(2, new byte[] { 0, 0, 0, 0, 0, 0, 0, 0, 9 })]
    [InlineData(0, new byte[] { 9 })]
    public void Read_LengthsThatDoNotAddUp_AreDamaged(int count, byte[] row) =>
        Assert.Throws<StoreCorruptException>(() => LogSegment.Read(Lease, 2, count, LogSegment.Checksum(Lease.ModelId, 2, row), row, []));

    [Fact]
    public void Fits_UpToTheBound_AndALoneRecordAlways()
    {
        var segment = new LogSegment();
        segment.Start(Lease);
        Assert.True(segment.Fits(FleetStore.MaxBodyBytes));
        segment.Add(new byte[LogSegment.MaxBytes - 108]);
        Assert.True(segment.Fits(100));
        Assert.False(segment.Fits(101));
        segment.Add(new byte[100]);
        Assert.Equal(LogSegment.MaxBytes, segment.Body.Length);
        Assert.False(segment.Fits(0));
    }

    private static LogSegment Filled(List<byte[]> bodies)
    {
        var segment = new LogSegment();
        segment.Start(Lease);
        for (var i = 0; i < bodies.Count; i++)
        {
            Assert.True(segment.Fits(bodies[i].Length));
            Assert.Equal(i, segment.Add(bodies[i]));
        }
        segment.Written(100);
        return segment;
    }

    private static long Checksum(LogSegment segment) => LogSegment.Checksum(Lease.ModelId, segment.Last, segment.Body);
}
