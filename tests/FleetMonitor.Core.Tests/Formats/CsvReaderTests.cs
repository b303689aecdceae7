using System.Text;
using FleetMonitor.Core.Formats;
using Xunit;

namespace FleetMonitor.Core.Tests.Formats;

public class CsvReaderTests
{
    [Theory]
    [InlineData("a,b\n1,2\n3,4\n")]
    [InlineData("a,b\r\n1,2\r\n3,4\r\n")]
    [InlineData("a,b\r1,2\r3,4\r")]
    [InlineData("a,b\n1,2\n3,4")]
    [InlineData("\uFEFFa,b\n1,2\n3,4\n")]
    [InlineData("\n\r\na,b\n\n1,2\r\n  \n3,4\n\n\n")]
    [InlineData("\"a\",\"b\"\n\"1\",2\n3,\"4\"")]
    public void Read_AnyLineEnds_GivesTheRows(string text) => Assert.Equal(["1|2", "3|4"], Rows(text, header: ["a", "b"]));

    [Theory]
    [InlineData("x\n\"a,b\"\n", "a,b")]
    [InlineData("x\n\"a\"\"b\"\n", "a\"b")]
    [InlineData("x\n\"\"\"\"\"\"", "\"\"")]
    [InlineData("x\n\"a\nb\r\nc\rd\"\n", "a\nb\r\nc\rd")]
    [InlineData("x\n\"\"\n", "")]
    [InlineData("x\na\"b\"\n", "a\"b\"")]
    [InlineData("x\n \"a\"\n", " \"a\"")]
    [InlineData("x\n a \n", " a ")]
    [InlineData("x\nä€😀\n", "ä€😀")]
    public void Read_QuotedField_IsItsText(string text, string field) => Assert.Equal([field], Rows(text));

    [Theory]
    [InlineData("a,b,c\n1,,\n,,3\n,,", "1||", "||3", "||")]
    [InlineData("a,b\n\"\",\n", "|")]
    public void Read_EmptyFields_AreFields(string text, params string[] rows) => Assert.Equal(rows, Rows(text));

    [Fact]
    public void Read_RaggedRows_AreReportedWithTheirLines()
    {
        var rows = Rows("a,b\n1,2\n1\n1,2,3\n\"x\ny\",2\n\n1,2,3,4\n1,2\n", withLines: true);

        Assert.Equal(["2: 1|2", "3! expected 2 fields, got 1", "4! expected 2 fields, got 3", "5: x\ny|2", "8! expected 2 fields, got 4", "9: 1|2"], rows);
    }

    [Fact]
    public void Read_TextBehindAClosingQuote_CostsItsRow() =>
        Assert.Equal(["2! expected a comma behind the closing quote of field 1, got \"b\"", "3: 1|2"], Rows("a,b\n\"a\"b\",2\n1,2\n", withLines: true));

    [Fact]
    public void Read_QuoteNeverClosed_CostsItsLineOnly() =>
        Assert.Equal(["2: 1|2", "3! expected a closing quote, got the end of the file", "4: 5|6", "5: 7|8"], Rows("a,b\n1,2\n\"3,4\n5,6\r\n7,8", withLines: true));

    [Fact]
    public void Read_QuoteNotClosedWithinARow_CostsItsLineOnly() =>
        Assert.Equal(["2! expected a closing quote within 20 bytes", "3: 1234|5678", "4: 1234|5678", "5: 1234|5678"],
            Rows("a,b\n\"3,4\r\n1234,5678\n1234,5678\n1234,5678\n", withLines: true, maxRowBytes: 20));

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    [InlineData("\r")]
    public void Read_RowTooLong_IsSkipped(string end)
    {
        var text = string.Join(end, "a,b", "1,2", new string('x', 100) + ",2", "3,4", "\"" + new string('y', 18), "123456789,12345678", "1,2", "");

        Assert.Equal(["2: 1|2", "3! expected a row of at most 20 bytes", "4: 3|4", "5! expected a closing quote within 20 bytes", "6: 123456789|12345678", "7: 1|2"],
            Rows(text, withLines: true, maxRowBytes: 20));
    }

    [Fact]
    public void Read_QuotedFieldLongerThanARow_IsSkippedToItsLineEnd() =>
        Assert.Equal(["2! expected a closing quote within 20 bytes", "3: 1|2"], Rows("a,b\n\"" + new string('x', 50) + "\n1,2", withLines: true, maxRowBytes: 20));

    [Fact]
    public void Read_InvalidUtf8_CostsItsRow()
    {
        byte[] bytes = [.. "a,b\n1,"u8, 0xE4, .. "\n3,4"u8];
        var reader = new CsvReader(new MemoryStream(bytes), DecodeLimits.Default);
        reader.ReadHeader();

        Assert.True(reader.Read());
        Assert.Equal("not valid UTF-8", reader.Error);
        Assert.True(reader.Read());
        Assert.Null(reader.Error);
        Assert.Equal("4"u8, reader[1]);
        Assert.False(reader.Read());
        Assert.False(reader.Read());
    }

    [Fact]
    public void ReadHeader_NoRow_IsRefused() =>
        Assert.Equal("expected a header with the columns' names, got an empty file", Assert.Throws<DocumentException>(() => Rows("\r\n\n")).Message);

    [Fact]
    public void ReadHeader_NameTwice_IsRefused() => Assert.Equal("the header has two columns \"b\"", Assert.Throws<DocumentException>(() => Rows("a,b,c,b\n")).Message);

    [Fact]
    public void ReadHeader_NameTwice_IsRenamedWhereAllowed()
    {
        var reader = new CsvReader(new MemoryStream(Encoding.UTF8.GetBytes("b,a,b,b.1,b,,\n")), DecodeLimits.Default) { RenameRepeated = true };
        // A name that the header has of its own is nobody else's, wherever it stands.
        Assert.Equal(["b", "a", "b.2", "b.1", "b.3", "", ""], reader.ReadHeader());
        Assert.Equal([("b", "b.2"), ("b", "b.3")], reader.Renamed);
    }

    [Theory]
    [InlineData(';')]
    [InlineData('\t')]
    [InlineData('|')]
    public void Read_OtherDelimiter_LeavesCommasAlone(char delimiter)
    {
        var text = "a;b\n1,5;2\n\"x;y\";\"z\"\n\n;\n\"x\"y;1\n".Replace(';', delimiter);
        var reader = new CsvReader(new ChunkedStream(Encoding.UTF8.GetBytes(text), 3), DecodeLimits.Default) { Delimiter = delimiter };
        reader.ReadHeader();
        var rows = new List<string>();
        while (reader.Read()) rows.Add(reader.Error ?? Encoding.UTF8.GetString(reader[0]) + "/" + Encoding.UTF8.GetString(reader[1]));
        Assert.Equal(["1,5/2", $"x{delimiter}y/z", "/", "expected a delimiter behind the closing quote of field 1, got \"y\""], rows);
    }

    [Fact]
    public void ReadHeader_NotUtf8_IsRefused()
    {
        var utf16 = Encoding.Unicode.GetPreamble().Concat(Encoding.Unicode.GetBytes("a,b\n1,2\n")).ToArray();

        var exception = Assert.Throws<DocumentException>(() => new CsvReader(new MemoryStream(utf16), DecodeLimits.Default).ReadHeader());
        Assert.Equal("expected a header with the columns' names: not valid UTF-8", exception.Message);
    }

    [Fact]
    public void Read_MoreBytesThanAllowed_IsALimit()
    {
        var reader = new CsvReader(new ChunkedStream(Encoding.UTF8.GetBytes("a\n1\n2\n3\n"), 3), new DecodeLimits { MaxBytes = 6 });
        reader.ReadHeader();

        var exception = Assert.Throws<LimitException>(() =>
        {
            while (reader.Read()) { }
        });
        Assert.Equal("bytes", exception.Limit);
    }

    [Fact]
    public void Read_LargeFile_KeepsOneRowInMemory()
    {
        // 11 MB of rows through a buffer of a quarter megabyte.
        var reader = new CsvReader(new RepeatedRows("1234567,abcdefgh,\"x,\"\"y\"\"\"\n"u8.ToArray(), 400_000), DecodeLimits.Reference);
        reader.ReadHeader();
        var before = GC.GetAllocatedBytesForCurrentThread();
        var rows = 0;
        while (reader.Read())
        {
            if (reader.Error is null && reader[2].SequenceEqual("x,\"y\""u8)) rows++;
        }

        Assert.Equal(399_999, rows);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1 << 20);
    }

    private static string[] Rows(string text, string[]? header = null, bool withLines = false, int maxRowBytes = 1 << 20)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var whole = Read(bytes, bytes.Length + 1);
        // However the stream cuts the bytes, the rows are the same.
        for (var chunk = 1; chunk < Math.Min(bytes.Length, 30); chunk++) Assert.Equal(whole, Read(bytes, chunk));
        return whole;

        string[] Read(byte[] bytes, int chunk)
        {
            var reader = new CsvReader(new ChunkedStream(bytes, chunk), new DecodeLimits { MaxRowBytes = maxRowBytes });
            var names = reader.ReadHeader();
            if (header is not null) Assert.Equal(header, names);
            var rows = new List<string>();
            while (reader.Read())
            {
                var fields = reader.Error is null ? string.Join('|', Enumerable.Range(0, names.Count).Select(i => Encoding.UTF8.GetString(reader[i]))) : null;
                rows.Add(withLines ? fields is null ? $"{reader.Line}! {reader.Error}" : $"{reader.Line}: {fields}" : fields ?? reader.Error!);
            }
            return [.. rows];
        }
    }

    /// <summary>A row many times over, without the memory for it; the first one serves as the header.</summary>
    private sealed class RepeatedRows(byte[] row, int times) : Stream
    {
        private long _position;

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => (long)row.Length * times;
        public override long Position { get => _position; set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            count = (int)Math.Min(count, Length - _position);
            for (var i = 0; i < count; i++) buffer[offset + i] = row[(_position + i) % row.Length];
            _position += count;
            return count;
        }

        public override int Read(Span<byte> buffer)
        {
            var count = (int)Math.Min(buffer.Length, Length - _position);
            for (var i = 0; i < count; i++) buffer[i] = row[(_position + i) % row.Length];
            _position += count;
            return count;
        }

        public override void Flush() { }
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
