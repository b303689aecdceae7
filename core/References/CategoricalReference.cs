using FleetMonitor.Core.Codec;
using FleetMonitor.Core.Scores;
using FleetMonitor.Core.Specs;

namespace FleetMonitor.Core.References;

/// <summary>A categorical column's reference: its categories and how often each came.</summary>
/// <remarks>
/// The <see cref="MaxCategories"/> most frequent ones by name, then one bin for the rest. Where there is a rest, a category that has no bin may be one of it, so what is new cannot be told.
/// Built in O(categories log categories).
/// </remarks>
public sealed class CategoricalReference : ColumnReference
{
    public const int MaxCategories = 1_000;

    private readonly long[] _counts;
    private readonly Dictionary<string, int> _bins;

    private CategoricalReference(string name, ColumnRole role, long rows, long missing, string[] categories, long[] counts)
        : base(name, role, rows, missing)
    {
        Categories = categories;
        _counts = counts;
        _bins = new Dictionary<string, int>(categories.Length, StringComparer.Ordinal);
        for (var bin = 0; bin < categories.Length; bin++) _bins.TryAdd(categories[bin], bin);
        // References of older builds have the spelling that they were sent with.
        for (var bin = 0; bin < categories.Length; bin++) _bins.TryAdd(role == ColumnRole.Feature ? CategoryName.Canonical(categories[bin]) : categories[bin], bin);
    }

    public override FeatureKind Kind => FeatureKind.Categorical;

    /// <summary>Most frequent first.</summary>
    public IReadOnlyList<string> Categories { get; }

    /// <summary>A count per category, and one more for the rest.</summary>
    public override ReadOnlySpan<long> Counts => _counts;

    /// <summary>Values of categories that have no bin of their own.</summary>
    public long Rest => _counts[^1];

    /// <summary>Whether every category of the reference has a bin, so that others are known to be new.</summary>
    public bool IsComplete => Rest == 0;

    /// <summary>The category's bin, or -1.</summary>
    public int BinOf(string category) => _bins.GetValueOrDefault(category, -1);

    /// <param name="unnamed">Values whose categories are not known by name.</param>
    public static CategoricalReference Build(string name, ColumnRole role, long rows, IReadOnlyDictionary<string, long> counts, long unnamed = 0)
    {
        var present = counts.Values.Sum() + unnamed;
        var kept = counts.OrderByDescending(c => c.Value).ThenBy(c => c.Key, StringComparer.Ordinal).Take(MaxCategories).ToArray();
        long[] bins = [.. kept.Select(c => c.Value), present - kept.Sum(c => c.Value)];
        return new CategoricalReference(name, role, rows, rows - present, [.. kept.Select(c => c.Key)], bins);
    }

    internal override void Write(CodecWriter writer)
    {
        WriteHead(writer);
        writer.Texts([.. Categories]);
        writer.Raw<long>(_counts);
    }

    internal static CategoricalReference Read(ref CodecReader reader, string name, ColumnRole role, long rows, long missing)
    {
        var categories = reader.Texts();
        return new CategoricalReference(name, role, rows, missing, categories, reader.Raw<long>(categories.Length + 1).ToArray());
    }
}
