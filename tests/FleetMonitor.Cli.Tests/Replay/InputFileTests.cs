using System.IO.Pipes;
using System.Text;
using System.Text.Json;
using FleetMonitor.Cli.Replay;

namespace FleetMonitor.Cli.Tests.Replay;

/// <summary>Files as they come: what they are is told by their content.</summary>
public sealed class InputFileTests : IDisposable
{
    private static readonly string[] Options = ["--task", "binary", "--probability", "score", "--label", "label", "--model", "m"];

    private readonly Cli _cli = new() { Interactive = true };
    private readonly string _text = Csv.Binary(400, 2, country: (i, place) => i % 3 == 0 ? "Österreich" : place);
    private readonly string _reference;

    public InputFileTests() => _reference = _cli.Write("reference.csv", Csv.Binary(400, 1, country: (i, place) => i % 3 == 0 ? "Österreich" : place));

    public void Dispose() => _cli.Dispose();

    [Fact]
    public async Task Pipe_BeforeATerminal_IsRead()
    {
        if (!OperatingSystem.IsLinux()) return;
        using var read = new AnonymousPipeServerStream(PipeDirection.In);
        using (var write = new AnonymousPipeClientStream(PipeDirection.Out, read.GetClientHandleAsString())) write.Write(Encoding.UTF8.GetBytes(_text));
        read.DisposeLocalCopyOfClientHandle();
        var pipe = $"/proc/self/fd/{read.SafePipeHandle.DangerousGetHandle()}";
        Assert.Equal(400, Rows(await _cli.ReplayAsync([pipe, "--reference", _reference, .. Options])));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(1)]
    public async Task Gzip_ThatBreaksOff_IsADataError(int parts)
    {
        var whole = Csv.Gzip(_text);
        var file = _cli.Write("file.csv.gz", whole[..(parts == 1 ? whole.Length - 4 : whole.Length / parts)]);
        foreach (var result in new[] { await _cli.RunAsync(["replay", file, .. Options]), await _cli.RunAsync("send", file, "--model", "m", "--url", "http://localhost:1") })
        {
            Assert.Equal(ExitCode.Data, result.ExitCode);
            Assert.Contains("file.csv.gz: its gzip data breaks off or is damaged", result.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Gzip_OfSeveralMembers_IsReadToItsEnd()
    {
        var half = _text.IndexOf('\n', _text.Length / 2) + 1;
        var file = _cli.Write("file.csv.gz", [.. Csv.Gzip(_text[..half]), .. Csv.Gzip(_text[half..])]);
        Assert.Equal(400, Rows(await _cli.ReplayAsync([file, "--reference", _reference, .. Options])));
    }

    [Theory]
    [InlineData("PAR1\u0015\u0004", "is a Parquet file")]
    [InlineData("PK\u0003\u0004\u0014", "is a zip archive or an Excel workbook")]
    [InlineData("BZh91AY", "is compressed with bzip2; pipe it through bzcat")]
    [InlineData("{\"prediction\": 1}\n", "is JSON")]
    [InlineData("[\n  {\"prediction\": 1}]", "is JSON")]
    public async Task OtherFormats_AreNamed(string start, string message)
    {
        foreach (var bytes in new[] { Encoding.Latin1.GetBytes(start), Csv.Gzip(start) })
        {
            var result = await _cli.RunAsync(["replay", _cli.Write("file.csv", bytes), .. Options]);
            Assert.Equal(ExitCode.Data, result.ExitCode);
            Assert.Contains($"file.csv {message}", result.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Signatures_OfBinaryFormats_AreFound()
    {
        Assert.Contains("zstdcat", FileSignature.Find([0x28, 0xB5, 0x2F, 0xFD, 0x04]), StringComparison.Ordinal);
        Assert.Contains("xzcat", FileSignature.Find([0xFD, .. "7zXZ\0"u8, 0x00]), StringComparison.Ordinal);
        Assert.Contains("tar", FileSignature.Find([.. new byte[257], .. "ustar"u8]), StringComparison.Ordinal);
        Assert.Null(FileSignature.Find("PARTY,prediction\n"u8));
    }

    [Theory]
    [InlineData("windows-1252")]
    [InlineData("utf-16")]
    [InlineData("utf-16BE")]
    public async Task OtherEncodings_AreReadAsTheyAre(string name)
    {
        var encoding = name == "windows-1252" ? Encoding.Latin1 : Encoding.GetEncoding(name);
        var (file, zipped) = (_cli.Write("file.csv", [.. encoding.GetPreamble(), .. encoding.GetBytes(_text)]), _cli.Write("plain.csv", _text));
        var report = await _cli.ReplayAsync([file, "--reference", _reference, .. Options]);
        Assert.Equal((await _cli.ReplayAsync([zipped, "--reference", _reference, .. Options])).GetProperty("chunks").GetRawText(), report.GetProperty("chunks").GetRawText());
        Assert.Contains($"file.csv is not UTF-8; it is read as {name}.", (await _cli.RunAsync(["replay", file, "--reference", _reference, .. Options])).Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Encoding_OfTextWithUtf8InIt_IsUtf8()
    {
        Assert.Null(TextEncoding.Of([.. "a,b\n"u8, 0xE4, .. "\nä\n"u8]));
        Assert.Null(TextEncoding.Of("a,b\n1,ä"u8[..^1]));
        Assert.Null(TextEncoding.Of([]));
        Assert.Equal("windows-1252", TextEncoding.Of([.. "a,b\n1,"u8, 0xE4, .. "\n"u8])!.WebName);
    }

    [Theory]
    [InlineData(';', "\";\"")]
    [InlineData('\t', "tabs")]
    [InlineData('|', "\"|\"")]
    public async Task OtherDelimiters_AreToldByTheRows(char delimiter, string name)
    {
        var file = _cli.Write("file.csv", _text.Replace(',', delimiter));
        var report = await _cli.ReplayAsync([file, "--reference", _reference, .. Options]);
        Assert.Equal((await _cli.ReplayAsync([_cli.Write("plain.csv", _text), "--reference", _reference, .. Options])).GetProperty("chunks").GetRawText(), report.GetProperty("chunks").GetRawText());
        Assert.Contains($"file.csv are taken to be separated by {name}.", (await _cli.RunAsync(["replay", file, "--reference", _reference, .. Options])).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Delimiter_ThatNamesAreFullOf_IsNotTaken()
    {
        var file = _cli.Write("file.csv", Csv.Of("income (low|mid|high|top),prediction", 300, i => $"{i},{i & 1}"));
        Assert.Equal(["income (low|mid|high|top)", "prediction"], (await _cli.ReplayAsync(file, "--reference", file)).Chunks()[0].GetProperty("drift").EnumerateObject().Select(c => c.Name));
    }

    [Fact]
    public async Task DecimalCommas_AreRefusedRatherThanTakenForCategories()
    {
        var file = _cli.Write("file.csv", Csv.Of("amount;prediction", 300, i => $"{i},{i % 10};{i & 1}"));
        var result = await _cli.RunAsync("replay", file, "--reference", file);
        Assert.Equal(ExitCode.Data, result.ExitCode);
        Assert.Contains("column amount has numbers with a decimal comma", result.Error, StringComparison.Ordinal);
        var plain = _cli.Write("plain.csv", Csv.Of("amount,prediction", 300, i => $"{i}.{i % 10},{i & 1}"));
        Assert.Contains("file.csv: column amount has numbers", (await _cli.RunAsync("replay", plain, "--reference", file)).Error, StringComparison.Ordinal);
        Assert.Equal(0, (await _cli.RunAsync("replay", file, "--reference", file, "--categorical", "amount")).ExitCode);
        Assert.Equal(0, (await _cli.RunAsync("replay", file, "--reference", file, "--ignore", "amount")).ExitCode);
    }

    [Fact]
    public async Task ColumnsOfOneName_AreToldApart()
    {
        var file = _cli.Write("file.csv", Csv.Of("x,x,prediction", 300, i => $"{i},{i % 7},{i & 1}"));
        Assert.Equal(["x", "x.1", "prediction"], (await _cli.ReplayAsync(file, "--reference", file)).Chunks()[0].GetProperty("drift").EnumerateObject().Select(c => c.Name));
        var ignored = await _cli.RunAsync("replay", file, "--reference", file, "--ignore", "x.1");
        Assert.Equal(0, ignored.ExitCode);
        Assert.Contains("file.csv has another column \"x\"; it is called \"x.1\".", ignored.Out, StringComparison.Ordinal);
    }

    private static int Rows(JsonElement report) => report.Chunks().Sum(chunk => chunk.GetProperty("count").GetInt32());
}
