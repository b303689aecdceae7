namespace FleetMonitor.Core.Formats;

/// <summary>What a field of a CSV means.</summary>
public static class CsvValue
{
    /// <summary>What a missing value may begin with; most fields begin otherwise.</summary>
    private static ReadOnlySpan<byte> FirstBytes => "Nn<#-1"u8;

    /// <summary>Nothing: an empty or blank field, or what pandas reads as missing, among it what R, databases and spreadsheets write.</summary>
    /// <remarks>
    /// <c>NA N/A n/a NaN nan NULL null None NaT &lt;NA&gt; #NA #N/A</c>, <c>#N/A N/A -NaN -nan 1.#IND -1.#IND 1.#QNAN -1.#QNAN</c>.
    /// In columns of numbers and of texts alike: Namibia's code is missing here, as it is in pandas. <c>?</c> and <c>-</c> are texts, as there.
    /// </remarks>
    public static bool IsMissing(ReadOnlySpan<byte> field)
    {
        if (field.Length > 0 && field[0] > (byte)' ' && !FirstBytes.Contains(field[0])) return false;
        field = Trim(field);
        return field.Length switch
        {
            0 => true,
            2 => field.SequenceEqual("NA"u8),
            3 => field.SequenceEqual("nan"u8) || field.SequenceEqual("NaN"u8) || field.SequenceEqual("N/A"u8) || field.SequenceEqual("n/a"u8) || field.SequenceEqual("NaT"u8) || field.SequenceEqual("#NA"u8),
            4 => field.SequenceEqual("null"u8) || field.SequenceEqual("NULL"u8) || field.SequenceEqual("None"u8) || field.SequenceEqual("<NA>"u8) || field.SequenceEqual("#N/A"u8)
                || field.SequenceEqual("-nan"u8) || field.SequenceEqual("-NaN"u8),
            6 => field.SequenceEqual("1.#IND"u8),
            7 => field.SequenceEqual("-1.#IND"u8) || field.SequenceEqual("1.#QNAN"u8),
            8 => field.SequenceEqual("-1.#QNAN"u8) || field.SequenceEqual("#N/A N/A"u8),
            _ => false,
        };
    }

    /// <summary>A time as <see cref="UnixTime.TryParse(ReadOnlySpan{byte}, out long)"/> or <see cref="UnixTime.TryParseEpoch"/> reads it, with or without blanks around it.</summary>
    public static bool TryTime(ReadOnlySpan<byte> field, out long micros)
    {
        field = Trim(field);
        return UnixTime.TryParse(field, out micros) || UnixTime.TryParseEpoch(field, out micros);
    }

    /// <summary>A decimal number, or <c>inf</c> or <c>infinity</c> in any case, with or without a sign and blanks around it. False for a missing one.</summary>
    public static bool TryNumber(ReadOnlySpan<byte> field, out double value)
    {
        if (Utf8Number.TryParse(field, out value)) return true;
        field = Trim(field);
        if (Utf8Number.TryParse(field, out value)) return true;
        var negative = !field.IsEmpty && field[0] == '-';
        if (!field.IsEmpty && field[0] is (byte)'-' or (byte)'+') field = field[1..];
        if (!System.Text.Ascii.EqualsIgnoreCase(field, "inf"u8) && !System.Text.Ascii.EqualsIgnoreCase(field, "infinity"u8)) return false;
        value = negative ? double.NegativeInfinity : double.PositiveInfinity;
        return true;
    }

    private static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> field) => field.Trim(" \t"u8);
}
