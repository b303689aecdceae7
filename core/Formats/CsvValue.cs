namespace FleetMonitor.Core.Formats;

/// <summary>What a field of a CSV means.</summary>
public static class CsvValue
{
    /// <summary>Nothing: an empty or blank field, or <c>NA N/A nan NaN null NULL None NaT</c>, as pandas, R and databases write it.</summary>
    /// <remarks>In columns of numbers and of texts alike: Namibia's code is missing here, as it is in pandas.</remarks>
    public static bool IsMissing(ReadOnlySpan<byte> field)
    {
        if (field.Length > 0 && field[0] is > (byte)' ' and not ((byte)'N' or (byte)'n')) return false;
        field = Trim(field);
        return field.Length switch
        {
            0 => true,
            2 => field.SequenceEqual("NA"u8),
            3 => field.SequenceEqual("nan"u8) || field.SequenceEqual("NaN"u8) || field.SequenceEqual("N/A"u8) || field.SequenceEqual("NaT"u8),
            4 => field.SequenceEqual("null"u8) || field.SequenceEqual("NULL"u8) || field.SequenceEqual("None"u8),
            _ => false,
        };
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
