using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace FleetMonitor.Core.Detectors;

/// <summary>A change detector by the name it has in a spec.</summary>
public enum DetectorKind
{
    [JsonStringEnumMemberName("adwin")] Adwin = 1,
    [JsonStringEnumMemberName("page-hinkley")] PageHinkley = 2,
    [JsonStringEnumMemberName("ddm")] Ddm = 3,
    [JsonStringEnumMemberName("eddm")] Eddm = 4,
    [JsonStringEnumMemberName("hddm-a")] HddmA = 5,
    [JsonStringEnumMemberName("kswin")] Kswin = 6,
}

/// <summary>Which detector watches what of a model. A parameter that is left out has the detector's default; one that the detector does not have is a mistake.</summary>
public sealed record DetectorSpec
{
    /// <summary>The stream of errors: 1 where the answer was wrong, 0 where it was right; a regression's absolute errors. Fed as labels join.</summary>
    public const string Error = "error";

    /// <summary>The stream of confidences, the largest class probability.</summary>
    public const string Confidence = "confidence";

    /// <summary>The stream of scores of the positive class; a regression's answers.</summary>
    public const string Score = "score";

    /// <summary>Stands before a numeric feature's name.</summary>
    public const string FeaturePrefix = "feature:";

    private static readonly PropertyInfo[] Parameters =
        [.. typeof(DetectorSpec).GetProperties().Where(p => Nullable.GetUnderlyingType(p.PropertyType) is not null)];

    /// <summary>error, confidence, score or feature:NAME.</summary>
    public string On { get; init; } = "";

    public DetectorKind Detector { get; init; }

    /// <summary>ADWIN: probability of a false cut. Page-Hinkley: deviation that is tolerated.</summary>
    public double? Delta { get; init; }

    /// <summary>ADWIN: values between two checks.</summary>
    public int? Clock { get; init; }

    /// <summary>ADWIN: buckets of one size.</summary>
    public int? MaxBuckets { get; init; }

    /// <summary>ADWIN: the shortest part of the window that is compared.</summary>
    public int? MinWindowLength { get; init; }

    /// <summary>ADWIN: values before the first check.</summary>
    public int? GracePeriod { get; init; }

    /// <summary>Page-Hinkley: values before a change can be found.</summary>
    public int? MinInstances { get; init; }

    /// <summary>Page-Hinkley: summed deviation that is a change.</summary>
    public double? Threshold { get; init; }

    /// <summary>Page-Hinkley: what is left of a deviation after one more value. EDDM: share that is a warning. KSWIN: significance.</summary>
    public double? Alpha { get; init; }

    /// <summary>Page-Hinkley: which way counts.</summary>
    public PageHinkleyMode? Mode { get; init; }

    /// <summary>DDM: values, EDDM: errors before anything is judged.</summary>
    public int? WarmStart { get; init; }

    /// <summary>DDM: standard deviations that are a warning.</summary>
    public double? WarningThreshold { get; init; }

    /// <summary>DDM: standard deviations that are a change.</summary>
    public double? DriftThreshold { get; init; }

    /// <summary>EDDM: share that is a change.</summary>
    public double? Beta { get; init; }

    /// <summary>HDDM-A: confidence of a change.</summary>
    public double? DriftConfidence { get; init; }

    /// <summary>HDDM-A: confidence of a warning.</summary>
    public double? WarningConfidence { get; init; }

    /// <summary>HDDM-A: whether a mean that falls is a change as well.</summary>
    public bool? TwoSidedTest { get; init; }

    /// <summary>KSWIN: values of the window.</summary>
    public int? WindowSize { get; init; }

    /// <summary>KSWIN: values that are compared with those before.</summary>
    public int? StatSize { get; init; }

    /// <summary>KSWIN: seed of the draws.</summary>
    public ulong? Seed { get; init; }

    /// <summary>The feature it watches, or null.</summary>
    [JsonIgnore]
    public string? Feature => On.StartsWith(FeaturePrefix, StringComparison.Ordinal) && On.Length > FeaturePrefix.Length ? On[FeaturePrefix.Length..] : null;

    /// <summary>What watches a model that names no detectors: ADWIN on errors and on confidence, of a regression on absolute errors.</summary>
    public static IReadOnlyList<DetectorSpec> Defaults(bool regression)
    {
        var errors = new DetectorSpec { On = Error, Detector = DetectorKind.Adwin };
        return regression ? [errors] : [errors, errors with { On = Confidence }];
    }

    /// <summary>The detector's name in JSON and in a label: "page-hinkley".</summary>
    public static string Name(DetectorKind kind) => typeof(DetectorKind).GetField(kind.ToString())?.GetCustomAttribute<JsonStringEnumMemberNameAttribute>()?.Name ?? "";

    /// <summary>The detector as it starts. The spec has passed <see cref="Mistakes"/>.</summary>
    internal ChangeDetector Create() => Detector switch
    {
        DetectorKind.Adwin => new Adwin((AdwinOptions)Options()),
        DetectorKind.PageHinkley => new PageHinkley((PageHinkleyOptions)Options()),
        DetectorKind.Ddm => new Ddm((DdmOptions)Options()),
        DetectorKind.Eddm => new Eddm((EddmOptions)Options()),
        DetectorKind.HddmA => new HddmA((HddmAOptions)Options()),
        DetectorKind.Kswin => new Kswin((KswinOptions)Options()),
        _ => throw new InvalidOperationException($"There is no detector {Detector}."),
    };

    /// <summary>The largest magnitude of which squares still add up: one value beyond it would blind a detector for good.</summary>
    private const double LargestValue = 1e150;

    /// <summary>Whether the detector is made for a value: what it cannot take is left out and not counted.</summary>
    internal bool Takes(double value) => Detector switch
    {
        DetectorKind.Ddm or DetectorKind.Eddm => value is 0 or 1,
        DetectorKind.HddmA => value is >= 0 and <= 1,
        _ => Math.Abs(value) <= LargestValue,
    };

    /// <summary>What is wrong with the parameters: the member's name in JSON, and what was expected.</summary>
    internal IEnumerable<(string Field, string Message)> Mistakes()
    {
        var options = Options();
        foreach (var given in Parameters.Where(p => p.GetValue(this) is not null))
        {
            var field = JsonNamingPolicy.SnakeCaseLower.ConvertName(given.Name);
            if (options.GetType().GetProperty(given.Name) is not { } property) yield return (field, $"is no parameter of {Name(Detector)}");
            else if (property.GetCustomAttribute<RangeAttribute>() is { } range && !range.IsValid(given.GetValue(this))) yield return (field, $"expected {Expected(range)}, got {FormattableString.Invariant($"{given.GetValue(this)}")}");
            else if (given.GetValue(this) is PageHinkleyMode mode && !Enum.IsDefined(mode)) yield return (field, "expected \"up\", \"down\" or \"both\"");
        }
        if (options is EddmOptions eddm && eddm.Beta > eddm.Alpha) yield return ("beta", FormattableString.Invariant($"expected at most alpha, {eddm.Alpha}, got {eddm.Beta}"));
        if (options is KswinOptions kswin && kswin.StatSize * 2L > kswin.WindowSize) yield return ("stat_size", $"expected at most half of window_size, {kswin.WindowSize / 2}, got {kswin.StatSize}");
    }

    /// <summary>The detector's options with the parameters that are given.</summary>
    private object Options()
    {
        object options = Detector switch
        {
            DetectorKind.Adwin => new AdwinOptions(),
            DetectorKind.PageHinkley => new PageHinkleyOptions(),
            DetectorKind.Ddm => new DdmOptions(),
            DetectorKind.Eddm => new EddmOptions(),
            DetectorKind.HddmA => new HddmAOptions(),
            _ => new KswinOptions(),
        };
        foreach (var parameter in Parameters)
        {
            if (parameter.GetValue(this) is { } value) options.GetType().GetProperty(parameter.Name)?.SetValue(options, value);
        }
        return options;
    }

    private static string Expected(RangeAttribute range)
    {
        var minimum = range.Minimum is double.Epsilon ? "more than 0" : FormattableString.Invariant($"{range.Minimum} or more");
        if (range.Maximum is double.MaxValue) return minimum;
        return range.Minimum is double.Epsilon || range.MaximumIsExclusive
            ? FormattableString.Invariant($"{minimum}, {(range.MaximumIsExclusive ? "below" : "at most")} {range.Maximum}")
            : FormattableString.Invariant($"{range.Minimum} to {range.Maximum}");
    }
}
