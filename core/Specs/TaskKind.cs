using System.Text.Json.Serialization;

namespace FleetMonitor.Core.Specs;

/// <summary>What a model predicts, which decides the metrics that make sense for it.</summary>
public enum TaskKind
{
    /// <summary>One of two classes, with an optional score of the positive one.</summary>
    [JsonStringEnumMemberName("binary")] Binary = 1,

    /// <summary>One of several classes, with optional probabilities.</summary>
    [JsonStringEnumMemberName("multiclass")] Multiclass = 2,

    /// <summary>A number.</summary>
    [JsonStringEnumMemberName("regression")] Regression = 3,
}

/// <summary>How a feature's values are compared.</summary>
public enum FeatureKind
{
    /// <summary>Numbers: binned by the reference's quantiles.</summary>
    [JsonStringEnumMemberName("numeric")] Numeric = 1,

    /// <summary>Names (texts, booleans, codes): counted each.</summary>
    [JsonStringEnumMemberName("categorical")] Categorical = 2,
}
