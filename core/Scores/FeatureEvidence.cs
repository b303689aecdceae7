namespace FleetMonitor.Core.Scores;

/// <summary>Evidence that a feature is further from the reference than the tolerance, gathered since the reference came into force and valid at any time it is looked at.</summary>
/// <param name="E">The e-value: 1 is none. Were the feature within the radius, P(it ever reaches 1/α) ≤ α.</param>
/// <param name="Looks">Minutes with values that it rests on.</param>
/// <param name="Radius">Total variation to the reference up to which nothing counts as evidence: the spec's tolerance, and what the reference's own sampling may have been off by.</param>
public sealed record FeatureEvidence(string Feature, double E, long Looks, double Radius)
{
    /// <summary>Logarithm of the e-value to base 10.</summary>
    public double Log10E => Math.Log10(E);

    /// <summary>Whether the fleet's e-Benjamini-Hochberg procedure rejects "it has not drifted" within the fleet's false discovery rate; null while the fleet's verdict is not known.</summary>
    public bool? Discovered { get; init; }
}

/// <summary>A feature's part in a model's drift.</summary>
/// <param name="Share">Its share in the features' total population stability index, less what sampling alone gives; 0 to 1.</param>
/// <param name="Since">When it began, as far as the panes that are kept can tell: a minute within the last hour, an hour within the last day, a day before.</param>
/// <param name="Shift">What became of its numbers; null for categories.</param>
/// <param name="Categories">The categories whose shares moved most, at most 5; empty for numbers.</param>
public sealed record DriftContribution(string Feature, double Share, DateTimeOffset Since, NumericShift? Shift, IReadOnlyList<CategoryShift> Categories);

/// <summary>How a numeric feature moved from the reference to the window. Quantiles within the width of a bin.</summary>
/// <param name="Direction">up, down, wider, narrower (by the 10th, 50th and 90th percentile) or mixed.</param>
public sealed record NumericShift(string Direction, double MeanFrom, double? MeanTo, double P10From, double P10To, double P50From, double P50To, double P90From, double P90To);

/// <summary>A category's share, then and now.</summary>
public sealed record CategoryShift(string Category, double From, double To);
