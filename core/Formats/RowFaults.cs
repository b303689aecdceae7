using System.Text;
using FleetMonitor.Core.Batches;

namespace FleetMonitor.Core.Formats;

/// <summary>What is wrong with rows that came as columns: the first fault of each. Nothing is kept for rows without one.</summary>
internal sealed class RowFaults(int count)
{
    private SortedDictionary<int, ItemError>? _faults;

    public void Add(int row, string field, string message) => (_faults ??= []).TryAdd(row, new ItemError(row, field, message));

    /// <summary>Ids as UTF-8, each within its length.</summary>
    public void AddIds(IReadOnlyList<string> ids, DecodeLimits limits, IdColumn.Builder column, bool required)
    {
        Span<byte> utf8 = stackalloc byte[512];
        if (limits.MaxId * 3 > utf8.Length) utf8 = new byte[limits.MaxId * 3];
        for (var row = 0; row < ids.Count; row++)
        {
            var id = ids[row];
            if (id.Length == 0)
            {
                if (required) Add(row, "id", "expected a text, got nothing");
                continue;
            }
            if (id.Length > limits.MaxId || Encoding.UTF8.GetBytes(id, utf8) is var length && length > limits.MaxId)
            {
                Add(row, "id", $"expected at most {limits.MaxId} bytes");
            }
            else column.Set(row, utf8[..length]);
        }
    }

    /// <summary>Times of 0 are none.</summary>
    public void ReadTimes(ReadOnlySpan<ulong> micros, Span<long> times)
    {
        for (var row = 0; row < times.Length; row++)
        {
            if (micros[row] > long.MaxValue) Add(row, "time", "expected microseconds from 1970 on");
            times[row] = micros[row] is 0 or > long.MaxValue ? UnixTime.Missing : (long)micros[row];
        }
    }

    public void RequireFinite(ReadOnlySpan<double> numbers, string field)
    {
        for (var row = 0; row < numbers.Length; row++)
        {
            if (double.IsInfinity(numbers[row])) Add(row, field, "expected a number within float64's range");
        }
    }

    /// <summary>Texts within their length; of names also none that is empty.</summary>
    public void RequireTexts(ReadOnlySpan<int> codes, List<string> dictionary, string field, int max, bool countsCharacters, bool required)
    {
        for (var code = 0; code < dictionary.Count; code++)
        {
            var text = dictionary[code];
            if (required && text.Length == 0) Mark(codes, code, field, $"expected 1 to {max} characters");
            else if (text.Length > max)
            {
                Mark(codes, code, field, countsCharacters ? $"expected 1 to {max} characters" : $"expected at most {max} bytes of text");
            }
            else if (!countsCharacters && text.Length * 3 > max && Encoding.UTF8.GetByteCount(text) > max)
            {
                Mark(codes, code, field, $"expected at most {max} bytes of text");
            }
        }
    }

    public Tally Tally(int maxErrors)
    {
        var tally = new Tally(maxErrors);
        for (var row = 0; row < count; row++)
        {
            if (_faults is not null && _faults.TryGetValue(row, out var fault)) tally.Reject(fault);
            else tally.Keep(row);
        }
        return tally;
    }

    private void Mark(ReadOnlySpan<int> codes, int code, string field, string message)
    {
        for (var row = 0; row < codes.Length; row++)
        {
            if (codes[row] == code) Add(row, field, message);
        }
    }
}
