using System.Text;
using FleetMonitor.Core.Scores;

namespace FleetMonitor.Grains.Series;

/// <summary>What a feature's series are made of.</summary>
internal readonly record struct FeatureInput(ColumnScore Score, IReadOnlyList<CoarseBin> Bins);

/// <summary>One gauge of a feature: its name and help, and how its samples follow from the feature's score. A null value is no sample.</summary>
internal sealed class FeatureFamily
{
    private FeatureFamily(string name, string help, Func<FeatureInput, IEnumerable<(string Labels, double? Value)>> samples)
    {
        Name = name;
        Head = Encoding.UTF8.GetBytes($"# HELP {name} {help}\n# TYPE {name} gauge\n");
        Samples = samples;
    }

    public string Name { get; }

    public byte[] Head { get; }

    /// <summary>Extra labels, written as they are, and a value.</summary>
    public Func<FeatureInput, IEnumerable<(string Labels, double? Value)>> Samples { get; }

    /// <summary>In the order of the exposition.</summary>
    public static readonly IReadOnlyList<FeatureFamily> All =
    [
        new("model_feature_drift_score", "Drift of a feature against the reference.", i =>
        [
            (",statistic=\"ks\"", i.Score.Ks),
            (",statistic=\"psi\"", i.Score.Psi),
            (",statistic=\"js\"", i.Score.Js),
            (",statistic=\"wasserstein\"", i.Score.Wasserstein),
        ]),
        Gauge("model_feature_drift_p_value", "p-value of Kolmogorov-Smirnov (numbers) or chi-squared (categories).", s => s.KsP ?? s.Chi2P),
        Gauge("model_feature_drifted", "1 when the feature drifted, 0 when not.", s => s.Verdict switch { Verdict.Drifted => 1, Verdict.Quiet => 0, _ => null }),
        Gauge("model_feature_missing_ratio", "Share of the window's rows without a value.", s => s.Missing),
        Gauge("model_feature_reference_missing_ratio", "Share of the reference's rows without a value.", s => s.ReferenceMissing),
        Gauge("model_feature_unseen_ratio", "Share of values whose category the reference does not have.", s => s.Unseen),
        Gauge("model_feature_mean", "Mean of the window's values.", s => s.Mean),
        new("model_feature_bin_ratio", "Share of the window's values in a bin: a decile of the reference, or a category.", i => i.Bins.Select(b => (Bin(b), b.WindowShare))),
        new("model_feature_reference_bin_ratio", "Share of the reference's values in the same bin.", i => i.Bins.Select(b => (Bin(b), b.ReferenceShare))),
    ];

    private static string Bin(CoarseBin bin) => $",bin=\"{SeriesFamily.Escape(bin.Label)}\"";

    private static FeatureFamily Gauge(string name, string help, Func<ColumnScore, double?> value) => new(name, help, i => [("", value(i.Score))]);
}
