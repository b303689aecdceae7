using System.Text;
using FleetMonitor.Core.Formats;
using FsCheck;
using FsCheck.Xunit;
using Xunit;

namespace FleetMonitor.Core.Tests.Formats;

public class CsvReaderLawTests
{
    private static readonly string[] LineEnds = ["\n", "\r\n", "\r"];

    [Property(Replay = "20261122,7", MaxTest = 500)]
    public void Read_WhatWasQuoted_ComesBack(string?[][] table, PositiveInt chunk, byte ends, bool lastEnd)
    {
        var end = LineEnds[ends % 3];
        // Three columns, so that no row is a blank line; what UTF-8 cannot say is replaced before it is compared.
        var rows = table.Select(row => Enumerable.Range(0, 3).Select(i => Clean(i < row.Length ? row[i] : null)).ToArray()).ToArray();
        var text = string.Join(end, rows.Select(row => string.Join(',', row.Select(Quote))).Prepend("a,b,c")) + (lastEnd ? end : "");
        var reader = new CsvReader(new ChunkedStream(Encoding.UTF8.GetBytes(text), chunk.Get), DecodeLimits.Default);

        Assert.Equal(["a", "b", "c"], reader.ReadHeader());
        foreach (var row in rows)
        {
            Assert.True(reader.Read());
            Assert.Null(reader.Error);
            Assert.Equal(row, Enumerable.Range(0, 3).Select(i => Encoding.UTF8.GetString(reader[i])));
        }
        Assert.False(reader.Read());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Read_Soup_AgreesWithThePlainReading(int seed)
    {
        var random = new Random(seed);
        const string Alphabet = "a,\"\n\ra,\"b1,";
        int good = 0, bad = 0;
        for (var round = 0; round < 8_000; round++)
        {
            var text = "h,i\n" + string.Concat(Enumerable.Range(0, random.Next(24)).Select(_ => Alphabet[random.Next(Alphabet.Length)]));
            var expected = Plain(text);

            var reader = new CsvReader(new ChunkedStream(Encoding.UTF8.GetBytes(text), 1 + random.Next(30)), DecodeLimits.Default);
            reader.ReadHeader();
            var rows = new List<(long, string?)>();
            while (reader.Read()) rows.Add((reader.Line, reader.Error is null ? $"{Encoding.UTF8.GetString(reader[0])}|{Encoding.UTF8.GetString(reader[1])}" : null));

            Assert.True(expected.SequenceEqual(rows), $"{text}\n---\n{string.Join('\n', expected)}\n---\n{string.Join('\n', rows)}");
            good += rows.Count(row => row.Item2 is not null);
            bad += rows.Count(row => row.Item2 is null);
        }
        Assert.True(good > 1_000 && bad > 1_000, $"{good} good rows, {bad} bad");
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public void Read_SoupWithShortRows_DoesNotDependOnTheChunks(int seed)
    {
        var random = new Random(seed);
        const string Alphabet = "aaaaaaaa,,\"\n\r";
        for (var round = 0; round < 3_000; round++)
        {
            var bytes = Encoding.UTF8.GetBytes("h,i\n" + string.Concat(Enumerable.Range(0, random.Next(120)).Select(_ => Alphabet[random.Next(Alphabet.Length)])));
            var limits = new DecodeLimits { MaxRowBytes = 16 + random.Next(10) };

            Assert.Equal(Read(bytes, 1_000, limits), Read(bytes, 1 + random.Next(20), limits));
        }

        static string Read(byte[] bytes, int chunk, DecodeLimits limits)
        {
            var reader = new CsvReader(new ChunkedStream(bytes, chunk), limits);
            reader.ReadHeader();
            var rows = new StringBuilder();
            while (reader.Read()) rows.Append(reader.Line).Append(reader.Error ?? $"|{Encoding.UTF8.GetString(reader[0])}|{Encoding.UTF8.GetString(reader[1])}").Append(';');
            return rows.ToString();
        }
    }

    /// <summary>The rules of <see cref="CsvReader"/>, a character at a time: (line, "a|b") of each row of two fields, (line, null) of the others.</summary>
    private static List<(long Line, string? Fields)> Plain(string text)
    {
        var rows = new List<(long, string?)>();
        var at = text.IndexOf('\n') + 1;
        var line = 2L;
        while (at < text.Length)
        {
            var start = at;
            var startLine = line;
            var fields = new List<string>();
            bool good = true, quoted = false, closed = true, rowEnds = false;
            while (!rowEnds)
            {
                var field = new StringBuilder();
                if (at < text.Length && text[at] == '"')
                {
                    quoted = true;
                    closed = false;
                    at++;
                    while (at < text.Length && !closed)
                    {
                        if (text[at] != '"') field.Append(text[at++]);
                        else if (at + 1 < text.Length && text[at + 1] == '"')
                        {
                            field.Append('"');
                            at += 2;
                        }
                        else
                        {
                            closed = true;
                            at++;
                        }
                    }
                    if (!closed) break;
                    while (at < text.Length && text[at] is not (',' or '\n' or '\r'))
                    {
                        good = false;
                        at++;
                    }
                }
                else
                {
                    while (at < text.Length && text[at] is not (',' or '\n' or '\r')) field.Append(text[at++]);
                }
                fields.Add(field.ToString());
                rowEnds = at == text.Length || text[at] != ',';
                if (!rowEnds) at++;
            }
            if (!closed)
            {
                at = start;
                while (at < text.Length && text[at] is not ('\n' or '\r')) at++;
                good = false;
            }
            var end = at;
            if (at < text.Length) at += text[at] == '\r' && at + 1 < text.Length && text[at + 1] == '\n' ? 2 : 1;
            line += 1 + text[start..end].Replace("\r\n", "\n", StringComparison.Ordinal).Count(c => c is '\n' or '\r');
            if (closed && !quoted && fields.Count == 1 && fields[0].Length == 0) continue;
            rows.Add((startLine, good && fields.Count == 2 ? $"{fields[0]}|{fields[1]}" : null));
        }
        return rows;
    }

    private static string Clean(string? text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text ?? ""));

    private static string Quote(string field) =>
        field.Length > 0 && field.AsSpan().IndexOfAny(",\"\r\n") < 0 ? field : $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
