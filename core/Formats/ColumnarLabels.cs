using FleetMonitor.Core.Batches;

namespace FleetMonitor.Core.Formats;

/// <summary>Labels that arrive as whole columns, into a batch.</summary>
public static class ColumnarLabels
{
    /// <param name="ids">Each row's prediction.</param>
    /// <param name="numbers">NaN: that row has none; empty: no row has one.</param>
    /// <param name="texts">A row that has a text is a text.</param>
    /// <param name="micros">When each became known, Unix microseconds; 0: not said; empty: no row says it.</param>
    /// <exception cref="DocumentException">The columns are not of one length.</exception>
    /// <exception cref="LimitException">More rows than the limits allow.</exception>
    public static Decoded<LabelBatch> Read(
        IReadOnlyList<string> ids, ReadOnlySpan<double> numbers, in TextColumn texts, ReadOnlySpan<ulong> micros, DecodeLimits limits)
    {
        var count = ids.Count;
        if (count > limits.MaxItems) throw new LimitException("items", limits.MaxItems);
        Require(numbers.Length, count, "labels.numbers");
        Require(texts.Rows.Length, count, "labels.texts");
        Require(micros.Length, count, "times");

        var faults = new RowFaults(count);
        var codes = new int[texts.Rows.Length];
        var dictionary = texts.Normalise("labels.texts", codes);
        var column = new IdColumn.Builder();
        var times = new long[count];
        faults.AddIds(ids, limits, column, required: true);
        faults.RequireFinite(numbers, "label");
        faults.RequireTexts(codes, dictionary, "label", limits.MaxName, countsCharacters: true, required: true);
        if (!micros.IsEmpty) faults.ReadTimes(micros, times);
        else times.AsSpan().Fill(UnixTime.Missing);
        for (var row = 0; row < count; row++)
        {
            if ((codes.Length == 0 || codes[row] < 0) && (numbers.IsEmpty || double.IsNaN(numbers[row])))
            {
                faults.Add(row, "label", "expected a text or a number, got nothing");
            }
        }
        return Build(column, count, numbers, codes, dictionary, times, faults.Tally(limits.MaxErrors));
    }

    private static Decoded<LabelBatch> Build(
        IdColumn.Builder ids, int count, ReadOnlySpan<double> numbers, int[] codes, List<string> dictionary, long[] times, Tally tally)
    {
        var utf8 = ids.Column(count);
        var rows = new LabelBatch.Builder();
        foreach (var row in tally.KeptRows)
        {
            if (codes.Length > 0 && codes[row] >= 0) rows.Add(utf8.Utf8(row), dictionary[codes[row]], times[row]);
            else rows.Add(utf8.Utf8(row), numbers[row], times[row]);
        }
        return tally.With(rows.Build());
    }

    private static void Require(int length, int count, string field)
    {
        if (length != 0 && length != count) throw new DocumentException($"{field}: expected {count} rows, got {length}");
    }
}
