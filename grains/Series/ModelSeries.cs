using System.Globalization;
using System.Text;

namespace FleetMonitor.Grains.Series;

/// <summary>One model's samples in the text format, with where each family's lines begin. Immutable.</summary>
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

    public static ModelSeries Render(in SeriesInput input)
    {
        var labels = $"model=\"{SeriesFamily.Escape(input.Model.Name)}\",version=\"{SeriesFamily.Escape(input.Model.Version)}\"";
        var text = new StringBuilder(4096);
        var starts = new int[SeriesFamily.All.Count + 1];
        var bytes = 0;
        for (var family = 0; family < SeriesFamily.All.Count; family++)
        {
            starts[family] = bytes;
            var from = text.Length;
            foreach (var (extra, value) in SeriesFamily.All[family].Samples(input))
            {
                // A score that does not exist has no sample; one that is no finite number would be no score.
                if (value is not { } number || !double.IsFinite(number)) continue;
                text.Append(SeriesFamily.All[family].Name).Append('{').Append(labels).Append(extra).Append("} ")
                    .Append(number.ToString("R", CultureInfo.InvariantCulture)).Append('\n');
            }
            bytes += Encoding.UTF8.GetByteCount(text.ToString(from, text.Length - from));
        }
        starts[^1] = bytes;
        return new ModelSeries(Encoding.UTF8.GetBytes(text.ToString()), starts);
    }
}
