using System.Globalization;
using System.Text;
using Parquet;
using Parquet.Schema;

namespace FleetMonitor.Api.Tests.References;

/// <summary>A row of a reference, and such rows in each format. Some amounts and countries are missing.</summary>
internal sealed record ReferenceRow(double? Amount, string? Country, int Prediction, double Score, int Label)
{
    private static readonly string[] Names = ["amount", "country", "prediction", "score", "label"];

    public static ReferenceRow[] Random(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            var score = Math.Round(random.NextDouble(), 6);
            double? amount = random.NextDouble() < 0.1 ? null : Math.Round(random.NextDouble() * 100, 4);
            var country = random.NextDouble() < 0.1 ? null : random.NextDouble() < 0.6 ? "DE" : "FR";
            return new ReferenceRow(amount, country, score > 0.5 ? 1 : 0, score, random.Next(2));
        })];
    }

    public static byte[] Csv(IEnumerable<ReferenceRow> rows, string[]? names = null)
    {
        var csv = new StringBuilder(string.Join(',', names ?? Names)).Append('\n');
        foreach (var row in rows) csv.Append(CultureInfo.InvariantCulture, $"{row.Amount},{row.Country},{row.Prediction},{row.Score},{row.Label}\n");
        return Encoding.UTF8.GetBytes(csv.ToString());
    }

    public static byte[] Ndjson(IEnumerable<ReferenceRow> rows)
    {
        var lines = new StringBuilder();
        foreach (var row in rows)
        {
            var amount = row.Amount?.ToString(CultureInfo.InvariantCulture) ?? "null";
            var country = row.Country is null ? "null" : $"\"{row.Country}\"";
            lines.Append(CultureInfo.InvariantCulture, $$"""{"features":{"amount":{{amount}},"country":{{country}}},"prediction":"{{row.Prediction}}","score":{{row.Score}},"label":"{{row.Label}}"}""").Append('\n');
        }
        return Encoding.UTF8.GetBytes(lines.ToString());
    }

    /// <summary>In two row groups.</summary>
    public static async Task<byte[]> Parquet(ReferenceRow[] rows, string[]? names = null)
    {
        names ??= Names;
        var (amount, country) = (new DataField<double?>(names[0]), new DataField(names[1], typeof(string), isNullable: true));
        var (prediction, score, label) = (new DataField<int>(names[2]), new DataField<double>(names[3]), new DataField<int>(names[4]));
        var file = new MemoryStream();
        await using (var writer = await ParquetWriter.CreateAsync(new ParquetSchema(amount, country, prediction, score, label), file))
        {
            foreach (var half in rows.Chunk((rows.Length + 1) / 2))
            {
                using var group = writer.CreateRowGroup();
                await group.WriteAsync<double>(amount, half.Select(r => r.Amount).ToArray());
                await group.WriteAsync(country, half.Select(r => r.Country).ToArray());
                await group.WriteAsync<int>(prediction, half.Select(r => r.Prediction).ToArray());
                await group.WriteAsync<double>(score, half.Select(r => r.Score).ToArray());
                await group.WriteAsync<int>(label, half.Select(r => r.Label).ToArray());
            }
        }
        return file.ToArray();
    }
}
