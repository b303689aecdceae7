namespace FleetMonitor.Core.Specs;

/// <summary>One spelling per category of a feature, so that pandas' <c>True</c> and <c>1.0</c> in a file and JSON's <c>true</c> and <c>1</c> in traffic are the same.</summary>
/// <remarks>
/// <c>True TRUE False FALSE</c> become lower case, whole numbers of up to 15 digits lose decimals that are all 0. Everything else stays as it is: <c>007</c> and <c>1e3</c> are codes, not numbers
/// (of a class, see <see cref="ClassLabel"/>, they are numbers).
/// </remarks>
public static class CategoryName
{
    /// <summary>Digits that a number surely has the same in JSON, see <see cref="ClassLabel.Canonical(double)"/>.</summary>
    private const int ExactDigits = 15;

    public static string Canonical(string text) => text switch
    {
        "True" or "TRUE" => "true",
        "False" or "FALSE" => "false",
        _ => WholeDigits(text) is var length and > 0 ? text[..length] is "-0" ? "0" : text[..length] : text,
    };

    /// <summary>The length of a whole number without its decimals, all 0; 0 if it is none, or has none.</summary>
    private static int WholeDigits(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty || text[^1] is not ('0' or '.')) return 0;
        var point = text.IndexOf('.');
        var start = text[0] == '-' ? 1 : 0;
        var digits = point - start;
        if (digits is < 1 or > ExactDigits || (digits > 1 && text[start] == '0')) return 0;
        return text[start..point].ContainsAnyExceptInRange('0', '9') || text[(point + 1)..].ContainsAnyExcept('0') ? 0 : point;
    }
}
