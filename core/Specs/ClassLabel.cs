using System.Globalization;

namespace FleetMonitor.Core.Specs;

/// <summary>One spelling per class, so that a prediction 1, a label "1.0" and a probability "1" are the same class.</summary>
/// <remarks>Whole numbers lose their decimals; true and false become lower case; everything else stays as it is.</remarks>
public static class ClassLabel
{
    public static string Canonical(double value) =>
        Math.Abs(value) < 1e15 && Math.Floor(value) == value
            ? ((long)value).ToString(CultureInfo.InvariantCulture)
            : value.ToString("R", CultureInfo.InvariantCulture);

    public static string Canonical(string text)
    {
        if (text.Length is 0 or > 24) return text;
        if (text[0] is (>= '0' and <= '9') or '-' or '+' or '.' &&
            double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number))
        {
            return Math.Floor(number) == number ? Canonical(number) : text;
        }
        if (text.Equals("true", StringComparison.OrdinalIgnoreCase)) return "true";
        if (text.Equals("false", StringComparison.OrdinalIgnoreCase)) return "false";
        return text;
    }

    /// <summary>The positive one of some different classes: a usual name for it, the counterpart of a single usual no, otherwise the last in ordinal order; null of none.</summary>
    public static string? Positive(IEnumerable<string> classes)
    {
        string? last = null;
        var count = 0;
        foreach (var label in classes)
        {
            count++;
            if (IsPositiveName(label)) return label;
            if (last is null || string.CompareOrdinal(label, last) > 0) last = label;
        }
        // Noes only name no yes; the yes that goes with a usual no is known all the same.
        return count == 1 ? PositiveOf(last!) ?? last : last;
    }

    /// <summary>The positive class that goes with a usual name of the negative one, or null.</summary>
    private static string? PositiveOf(string negative) => negative switch
    {
        "0" or "-1" => "1",
        "false" => "true",
        "no" => "yes",
        "No" => "Yes",
        "NO" => "YES",
        "n" => "y",
        "N" => "Y",
        "negative" => "positive",
        "neg" => "pos",
        _ => null,
    };

    /// <summary>Whether a label is a usual name of a yes.</summary>
    public static bool IsPositiveName(string label) => label is "1" or "true" or "yes" or "Yes" or "YES" or "y" or "Y" or "positive" or "pos";

    /// <summary>Whether a label is a usual name of a no.</summary>
    public static bool IsNegativeName(string label) => label is "0" or "-1" or "false" or "no" or "No" or "NO" or "n" or "N" or "negative" or "neg";
}
