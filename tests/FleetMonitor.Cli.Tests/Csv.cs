using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace FleetMonitor.Cli.Tests;

/// <summary>Builds CSVs row by row.</summary>
internal static class Csv
{
    public static string Of(string header, IEnumerable<string> rows) => string.Join('\n', rows.Prepend(header)) + "\n";

    public static string Of(string header, int rows, Func<int, FormattableString> row) =>
        Of(header, Enumerable.Range(0, rows).Select(i => row(i).ToString(CultureInfo.InvariantCulture)));

    public static byte[] Gzip(string text)
    {
        using var memory = new MemoryStream();
        using (var gzip = new GZipStream(memory, CompressionLevel.Fastest)) gzip.Write(Encoding.UTF8.GetBytes(text));
        return memory.ToArray();
    }

    /// <summary>A healthy binary model: amount, country, score, prediction, label, calibrated.</summary>
    public static string Binary(int rows, int seed, Func<int, double, double>? amount = null, Func<int, string, string>? country = null)
    {
        var random = new Random(seed);
        return Of("amount,country,score,prediction,label", rows, i =>
        {
            var x = random.NextDouble();
            var place = random.Next(3) switch { 0 => "DE", 1 => "FR", _ => "US" };
            var label = random.NextDouble() < x ? 1 : 0;
            return $"{amount?.Invoke(i, x) ?? x:R},{country?.Invoke(i, place) ?? place},{x:R},{(x >= 0.5 ? 1 : 0)},{label}";
        });
    }
}
