using System.Globalization;
using System.Text.RegularExpressions;
using Xunit;

namespace FleetMonitor.Api.Tests.Metrics;

/// <summary>A page of the text format 0.0.4, read strictly: each family once, with HELP and TYPE before its samples, which stand together; no sample twice; every value a number.</summary>
internal sealed partial class Exposition
{
    private readonly Dictionary<string, string> _types = new(StringComparer.Ordinal);
    private readonly Dictionary<string, double> _samples = new(StringComparer.Ordinal);

    public Exposition(string text)
    {
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        string? family = null;
        var helped = new HashSet<string>(StringComparer.Ordinal);
        var done = new HashSet<string>(StringComparer.Ordinal);
        foreach (var line in text[..^1].Split('\n'))
        {
            if (line.StartsWith('#'))
            {
                var parts = line.Split(' ', 4);
                Assert.True(parts.Length >= 3 && parts[0] == "#" && parts[1] is "HELP" or "TYPE", $"neither HELP nor TYPE: {line}");
                if (parts[2] != family)
                {
                    if (family is not null) done.Add(family);
                    family = parts[2];
                    Assert.DoesNotContain(family, done);
                }
                if (parts[1] == "HELP") Assert.True(helped.Add(family), $"helped twice: {line}");
                else Assert.True(_types.TryAdd(family, parts[3]) && parts[3] is "counter" or "gauge" or "histogram" or "summary" or "untyped", $"typed twice, or wrongly: {line}");
                continue;
            }
            var match = Sample().Match(line);
            Assert.True(match.Success, $"no sample: {line}");
            var name = match.Groups["name"].Value;
            Assert.True(family is not null && Belongs(name, family, _types[family]), $"not of family {family}: {line}");
            var labels = match.Groups["label"].Captures.Select(c => c.Value).ToList();
            Assert.Equal(labels.Count, labels.Distinct(StringComparer.Ordinal).Count());
            var value = match.Groups["value"].Value;
            var number = value switch { "NaN" => double.NaN, "+Inf" => double.PositiveInfinity, "-Inf" => double.NegativeInfinity, _ => double.Parse(value, CultureInfo.InvariantCulture) };
            Assert.True(_samples.TryAdd(line[..match.Groups["value"].Index].TrimEnd(), number), $"sampled twice: {line}");
        }
    }

    public IReadOnlyDictionary<string, string> Types => _types;

    public IReadOnlyDictionary<string, double> Samples => _samples;

    public double this[string sample] => _samples[sample];

    private static bool Belongs(string name, string family, string type) =>
        name == family || (type is "histogram" or "summary" && name.StartsWith(family, StringComparison.Ordinal) && name[family.Length..] is "_bucket" or "_sum" or "_count");

    [GeneratedRegex("""^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(\{((?<label>[a-zA-Z_][a-zA-Z0-9_]*)="([^"\\\n]|\\["\\n])*",?)*\})? (?<value>[^ ]+)$""")]
    private static partial Regex Sample();
}
