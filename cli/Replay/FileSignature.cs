namespace FleetMonitor.Cli.Replay;

/// <summary>Files that are no text, told by their first bytes, and how to come to a CSV from there.</summary>
internal static class FileSignature
{
    private static readonly (byte[] Start, string Description)[] Known =
    [
        ([.. "PAR1"u8], "a Parquet file; pandas.read_parquet(…).to_csv(…, index=False) makes a CSV of it"),
        ([.. "ARROW1"u8], "an Arrow (Feather) file; pandas.read_feather(…).to_csv(…, index=False) makes a CSV of it"),
        ([.. "PK\u0003\u0004"u8], "a zip archive or an Excel workbook; unzip it, or save it as CSV"),
        ([0xD0, 0xCF, 0x11, 0xE0], "an Excel workbook; save it as CSV"),
        ([.. "BZh"u8], "compressed with bzip2; pipe it through bzcat, with - for the file"),
        ([0x28, 0xB5, 0x2F, 0xFD], "compressed with Zstandard; pipe it through zstdcat, with - for the file"),
        ([0xFD, .. "7zXZ\0"u8], "compressed with xz; pipe it through xzcat, with - for the file"),
        ([.. "SQLite format 3\0"u8], "an SQLite database; export a table of it as CSV"),
    ];

    private const int TarMagicAt = 257;

    /// <summary>What a file is that begins like this; null: perhaps a text.</summary>
    public static string? Find(ReadOnlySpan<byte> prefix)
    {
        foreach (var (start, description) in Known)
        {
            if (prefix.StartsWith(start)) return description;
        }
        return prefix.Length > TarMagicAt && prefix[TarMagicAt..].StartsWith("ustar"u8) ? "a tar archive; unpack it" : null;
    }
}
