using System.Globalization;

namespace FleetMonitor.Testing;

/// <summary>A page in Prometheus' text format, line by line.</summary>
public sealed class MetricsPage(string text)
{
    public string Text { get; } = text;

    /// <summary>Everything but comments.</summary>
    public IReadOnlyList<string> Samples { get; } = [.. text.Split('\n').Where(line => line.Length > 0 && line[0] != '#')];

    /// <summary>The samples of one model.</summary>
    public IEnumerable<string> Of(string model) => Samples.Where(line => line.Contains($"{{model=\"{model}\"", StringComparison.Ordinal));

    public IEnumerable<string> Models => Samples.Where(line => line.StartsWith("model_info{", StringComparison.Ordinal)).Select(line => line.Split('"')[1]);

    /// <summary>A model's only sample of a name; null when it has none.</summary>
    public double? Value(string name, string model) =>
        Of(model).SingleOrDefault(line => line.StartsWith(name + '{', StringComparison.Ordinal)) is { } line ? ValueOf(line) : null;

    public static double ValueOf(string sample) => double.Parse(sample[(sample.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture);
}
