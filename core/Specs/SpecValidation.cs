using FleetMonitor.Core.Detectors;

namespace FleetMonitor.Core.Specs;

/// <summary>The bounds of a spec. Lists every mistake at once.</summary>
public static class SpecValidation
{
    /// <summary>Features, and reference bins with them, cost memory for every window.</summary>
    public const int MaxFeatures = 1_000;

    public const int MaxWindows = 8;
    public const int MaxSegments = 8;
    public const int MaxNameLength = 200;

    /// <summary>Each is fed at every prediction, and is a series.</summary>
    public const int MaxDetectors = 8;

    internal static readonly string DetectorNames = string.Join(", ", Enum.GetValues<DetectorKind>().Select(kind => $"\"{DetectorSpec.Name(kind)}\""));

    public static IReadOnlyList<SpecError> Validate(ModelSpec spec) => Validate(spec, completed: false);

    /// <param name="completed">Whether task and features were inferred since the spec was given: then a detector may be on what turned out not to be there, and is fed nothing.</param>
    internal static IReadOnlyList<SpecError> Validate(ModelSpec spec, bool completed)
    {
        var errors = new List<SpecError>();
        void Require(bool holds, string field, string message)
        {
            if (!holds) errors.Add(new SpecError(field, message));
        }

        Require(spec.Task is null || Enum.IsDefined(spec.Task.Value), "task", "expected \"binary\", \"multiclass\" or \"regression\"");
        foreach (var (field, text) in new[] { ("team", spec.Team), ("family", spec.Family), ("tier", spec.Tier), ("version", spec.Version ?? ""), ("positive", spec.Positive ?? ""), ("champion", spec.Champion ?? "") })
        {
            Require(text.Length <= MaxNameLength, field, $"expected at most {MaxNameLength} characters, got {text.Length}");
        }
        Require(spec.Champion is not "", "champion", "expected a version, got an empty text");
        Require(spec.Challengers is null || Enum.IsDefined(spec.Challengers.Value), "challengers", "expected \"split\" or \"shadow\"");
        Require(spec.Challengers != ChallengerTraffic.Shadow || spec.Champion is not null, "challengers", "\"shadow\" needs a champion: the version whose answers count");
        Features(spec.Features ?? [], Require);
        Require(spec.Windows.Count is >= 1 and <= MaxWindows, "windows", $"expected 1 to {MaxWindows} windows, got {spec.Windows.Count}");
        for (var i = 0; i < spec.Windows.Count; i++)
        {
            Require(IsWindow(spec.Windows[i]), $"windows[{i}]", $"expected whole minutes up to 1h, whole hours up to 48h or whole days up to 31d, got {Duration.Format(spec.Windows[i])}");
        }
        Require(IsWindow(spec.HeadlineWindow), "headline_window", $"expected whole minutes up to 1h, whole hours up to 48h or whole days up to 31d, got {Duration.Format(spec.HeadlineWindow)}");
        Require(spec.MinSamples is >= 1 and <= 1_000_000, "min_samples", $"expected 1 to 1000000, got {spec.MinSamples}");
        Require(spec.LabelDelay >= TimeSpan.Zero && spec.LabelDelay <= TimeSpan.FromDays(365), "label_delay", "expected 0s or more, at most 365d");
        Require(spec.LabelHorizon > TimeSpan.Zero && spec.LabelHorizon <= TimeSpan.FromDays(365), "label_horizon", "expected more than 0s, at most 365d");
        Require(spec.LabelDelay <= spec.LabelHorizon, "label_delay", "expected at most label_horizon");
        Require(spec.LabelCapacity is >= 0 and <= 50_000_000, "label_capacity", $"expected 0 to 50000000, got {spec.LabelCapacity}");
        Require(spec.Segments.Count <= MaxSegments, "segments", $"expected at most {MaxSegments}, got {spec.Segments.Count}");
        Require(spec.Segments.All(s => s is { Length: > 0 and <= MaxNameLength }), "segments", $"expected names of 1 to {MaxNameLength} characters");
        Detectors(spec, completed, Require);
        Thresholds(spec.Thresholds, Require);
        Payload(spec.Payload, Require);
        Require(spec.Reference.Capture is 0 or (>= 100 and <= 100_000), "reference.capture", $"expected 0 or 100 to 100000, got {spec.Reference.Capture}");
        return errors;
    }

    /// <summary>Windows that panes of one size fill exactly.</summary>
    public static bool IsWindow(TimeSpan window) =>
        window > TimeSpan.Zero && ((window <= TimeSpan.FromHours(1) && window.Ticks % TimeSpan.TicksPerMinute == 0)
            || (window <= TimeSpan.FromHours(48) && window.Ticks % TimeSpan.TicksPerHour == 0)
            || (window <= TimeSpan.FromDays(31) && window.Ticks % TimeSpan.TicksPerDay == 0));

    private static void Features(IReadOnlyList<FeatureSpec> features, Action<bool, string, string> require)
    {
        require(features.Count <= MaxFeatures, "features", $"expected at most {MaxFeatures}, got {features.Count}");
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < features.Count; i++)
        {
            var feature = features[i];
            if (feature is null)
            {
                require(false, $"features[{i}]", "expected an object, got null");
                continue;
            }
            var named = feature.Name is { Length: > 0 and <= MaxNameLength };
            require(named, $"features[{i}].name", $"expected 1 to {MaxNameLength} characters");
            require(!named || names.Add(feature.Name), $"features[{i}].name", $"\"{feature.Name}\" is named twice");
            require(Enum.IsDefined(feature.Kind), $"features[{i}].kind", "expected \"numeric\" or \"categorical\"");
            require(feature.Kind == FeatureKind.Numeric || (feature.Min is null && feature.Max is null), $"features[{i}]", "only a numeric feature has min and max");
            require(feature.Min is null || double.IsFinite(feature.Min.Value), $"features[{i}].min", "expected a finite number");
            require(feature.Max is null || double.IsFinite(feature.Max.Value), $"features[{i}].max", "expected a finite number");
            require(!(feature.Min > feature.Max), $"features[{i}]", "min is above max");
        }
    }

    private static void Detectors(ModelSpec spec, bool completed, Action<bool, string, string> require)
    {
        var detectors = spec.Detectors ?? [];
        require(detectors.Count <= MaxDetectors, "detectors", $"expected at most {MaxDetectors}, got {detectors.Count}");
        var seen = new HashSet<(DetectorKind, string)>();
        for (var i = 0; i < detectors.Count; i++)
        {
            if (detectors[i] is not { } detector)
            {
                require(false, $"detectors[{i}]", "expected an object, got null");
                continue;
            }
            if (!Enum.IsDefined(detector.Detector))
            {
                require(false, $"detectors[{i}].detector", $"expected {DetectorNames}");
                continue;
            }
            require(seen.Add((detector.Detector, detector.On)), $"detectors[{i}]", $"\"{DetectorSpec.Name(detector.Detector)}\" is on \"{detector.On}\" twice");
            if ((Stream(detector) ?? (completed ? null : Misfit(detector, spec))) is { } mistake) require(false, $"detectors[{i}].on", mistake);
            foreach (var (field, message) in detector.Mistakes()) require(false, $"detectors[{i}].{field}", message);
        }
    }

    /// <summary>What is wrong with the name of the stream that a detector is on; null: nothing.</summary>
    private static string? Stream(DetectorSpec detector) =>
        detector.On is DetectorSpec.Error or DetectorSpec.Confidence or DetectorSpec.Score || detector.Feature is { Length: <= MaxNameLength }
            ? null
            : $"expected \"error\", \"confidence\", \"score\" or \"feature:NAME\", got \"{detector.On}\"";

    /// <summary>Why a model of this task and these features has no such stream, as far as the spec tells; null: nothing speaks against it.</summary>
    private static string? Misfit(DetectorSpec detector, ModelSpec spec)
    {
        var regression = spec.Task == TaskKind.Regression;
        if (regression && detector.On == DetectorSpec.Confidence) return "a regression has no confidence";
        if (spec.Task == TaskKind.Multiclass && detector.On == DetectorSpec.Score) return "a multiclass model has no single score";
        if (detector.Detector is DetectorKind.Ddm or DetectorKind.Eddm && (regression || detector.On != DetectorSpec.Error)) return $"\"{DetectorSpec.Name(detector.Detector)}\" takes the errors of a classification only";
        if (detector.Detector == DetectorKind.HddmA && (detector.Feature is not null || regression)) return "\"hddm-a\" takes errors, confidence or score of a classification only, since its bound is for values from 0 to 1";
        if (detector.Feature is not { } name || spec.Features is null) return null;
        return spec.Features.FirstOrDefault(f => f?.Name == name) switch
        {
            null => $"there is no feature \"{name}\"",
            { Kind: FeatureKind.Categorical } => $"feature \"{name}\" is categorical",
            _ => null,
        };
    }

    private static void Payload(PayloadSpec? payload, Action<bool, string, string> require)
    {
        if (payload is null) return;
        require(payload.Features is not { Count: > MaxFeatures }, "payload.features", $"expected at most {MaxFeatures}, got {payload.Features?.Count}");
        require(payload.Features?.All(name => name is { Length: <= MaxNameLength }) != false, "payload.features", $"expected names of at most {MaxNameLength} characters");
        require(payload.Classes is not { Count: > MaxFeatures }, "payload.classes", $"expected at most {MaxFeatures}, got {payload.Classes?.Count}");
        require(payload.Classes?.All(name => name is { Length: > 0 and <= MaxNameLength }) != false, "payload.classes", $"expected names of 1 to {MaxNameLength} characters");
        require(payload.Label is null or { Length: > 0 and <= MaxNameLength }, "payload.label", $"expected 1 to {MaxNameLength} characters");
        require(payload.Probability is null or { Length: > 0 and <= MaxNameLength }, "payload.probability", $"expected 1 to {MaxNameLength} characters");
    }

    private static void Thresholds(Thresholds thresholds, Action<bool, string, string> require)
    {
        void Share(double value, string field) => require(value is >= 0 and <= 1, $"thresholds.{field}", FormattableString.Invariant($"expected 0 to 1, got {value}"));
        Share(thresholds.Accuracy, "accuracy");
        Share(thresholds.Confidence, "confidence");
        Share(thresholds.LowConfidence, "low_confidence");
        Share(thresholds.Drift.Ks, "drift.ks");
        Share(thresholds.Drift.PValue, "drift.p_value");
        Share(thresholds.Drift.Missing, "drift.missing");
        Share(thresholds.Drift.Tolerance, "drift.tolerance");
        require(thresholds.LatencySeconds is > 0 and <= 86_400, "thresholds.latency_seconds", FormattableString.Invariant($"expected more than 0, at most 86400, got {thresholds.LatencySeconds}"));
        require(thresholds.Drift.Psi is > 0 and <= 100, "thresholds.drift.psi", FormattableString.Invariant($"expected more than 0, at most 100, got {thresholds.Drift.Psi}"));
    }
}
