using System.Text.RegularExpressions;

namespace FleetMonitor.Core.Specs;

/// <summary>Names of models as they stand in paths, labels and files.</summary>
public static partial class ModelNames
{
    public const string Expected = "expected a model's name of 1 to 128 letters, digits, '.', '_' or '-' that starts with a letter or a digit";

    public static bool IsValid(string name) => Valid().IsMatch(name);

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._-]{0,127}\z")]
    private static partial Regex Valid();
}
