using System.Globalization;
using System.Text;

namespace FleetMonitor.Grains.Series;

/// <summary>Samples in the text format that change together, a model's or a feature's, with where each family's lines begin. Immutable.</summary>
internal sealed class ModelSeries
{
    private readonly byte[] _text;
    private readonly int[] _starts;

    private ModelSeries(byte[] text, int[] starts)
    {
        _text = text;
        _starts = starts;
    }

    public ReadOnlySpan<byte> Lines(int family) => _text.AsSpan(_starts[family].._starts[family + 1]);

    /// <summary>Samples that were left out so that a model has at most <see cref="SeriesFamily.Limit"/>.</summary>
    public int Dropped { get; private init; }

    public static ModelSeries Render(in SeriesInput input)
    {
        var known = input;
        var families = SeriesFamily.All.Select(family => (Family: family, Samples: family.Samples(known).Where(IsSample).ToArray())).ToArray();
        int all = families.Sum(f => f.Samples.Length), left = all;
        foreach (var spare in families.Where(f => f.Family.Spare > 0 && f.Samples.Length > 0).OrderBy(f => f.Family.Spare).Select(f => f.Family).ToArray())
        {
            if (left <= SeriesFamily.Limit) break;
            ref var dropped = ref families[Array.FindIndex(families, f => f.Family == spare)];
            left -= dropped.Samples.Length;
            dropped.Samples = [];
        }
        var (labels, model) = (Labels(input.Model.Name, input.Model.Version), $"model=\"{SeriesFamily.Escape(input.Model.Name)}\"");
        return Render(families.Select(f => (f.Family.Name, f.Family.NamesVersion ? model : labels, f.Samples.AsEnumerable())), all - left);
    }

    /// <summary>A score that does not exist has no sample; one that is no finite number would be no score.</summary>
    private static bool IsSample((string, double? Value) sample) => sample.Value is { } number && double.IsFinite(number);

    /// <summary>The labels that every sample of a model begins with.</summary>
    public static string Labels(string model, string version) => $"model=\"{SeriesFamily.Escape(model)}\",version=\"{SeriesFamily.Escape(version)}\"";

    /// <param name="labels">As they are written, before those of each sample.</param>
    /// <param name="families">In the order of the exposition.</param>
    public static ModelSeries Render(string labels, IEnumerable<(string Name, IEnumerable<(string Labels, double? Value)> Samples)> families) =>
        Render(families.Select(family => (family.Name, labels, family.Samples)), dropped: 0);

    private static ModelSeries Render(IEnumerable<(string Name, string Labels, IEnumerable<(string Labels, double? Value)> Samples)> families, int dropped)
    {
        var text = new StringBuilder(4096);
        var starts = new List<int>();
        var bytes = 0;
        foreach (var (name, labels, samples) in families)
        {
            starts.Add(bytes);
            var from = text.Length;
            foreach (var (extra, value) in samples)
            {
                if (!IsSample((extra, value))) continue;
                text.Append(name).Append('{').Append(labels).Append(extra).Append("} ").Append(value!.Value.ToString("R",
                    CultureInfo.InvariantCulture)).Append('\n');
            }
            bytes += Encoding.UTF8.GetByteCount(text.ToString(from, text.Length - from));
        }
        return new ModelSeries(Encoding.UTF8.GetBytes(text.ToString()), [.. starts, bytes]) { Dropped = dropped };
    }
}
