using FleetMonitor.Core.Detectors;
using FleetMonitor.Core.Formats;
using FleetMonitor.Core.Monitoring;
using FleetMonitor.Core.Scores;
using FleetMonitor.Core.Specs;

namespace FleetMonitor.Cli.Replay;

/// <summary>How the columns of the file, and of the reference, make up a model.</summary>
/// <param name="Model">Its name.</param>
/// <param name="Spec">Task, positive class and features; thresholds and windows are filled in later.</param>
/// <param name="File">The columns of the file.</param>
/// <param name="Reference">The columns of the reference file; null when the file's first rows are the reference.</param>
/// <param name="Classes">Those known in advance, the positive one of a binary model first, those with probabilities of a multiclass one in their order.</param>
/// <param name="Notes">What was decided without being told, for the summary.</param>
internal sealed record ReplayPlan(
    string Model, ModelSpec Spec, CsvMapping File, CsvMapping? Reference, IReadOnlyList<string> Classes, IReadOnlyList<string> Notes)
{
    /// <summary>Rows without a time column are this far apart.</summary>
    private const long EvenStep = Core.UnixTime.Second;

    private const int MaxNamed = 10;

    private const long EvenStart = 946_684_800 * Core.UnixTime.Second;

    public TaskKind Task => Spec.Task!.Value;

    /// <summary>The file's column behind a column of the monitor.</summary>
    public string ColumnOf(ColumnRole role, string name) => role switch
    {
        ColumnRole.Feature => name,
        ColumnRole.Prediction => File.Prediction,
        _ => ScoreColumns.FirstOrDefault(column => column.Monitored == name).Column ?? name,
    };

    /// <summary>The score columns: the monitor's name of each, and the file's.</summary>
    public IEnumerable<(string Monitored, string Column)> ScoreColumns => Task switch
    {
        TaskKind.Binary when File.Score is { } score => [("score", score)],
        TaskKind.Binary when File.Probabilities is { Count: > 0 } given => [("score", given.GetValueOrDefault(Spec.Positive!) ?? given.Values.First())],
        TaskKind.Multiclass => (File.Probabilities ?? new Dictionary<string, string>()).Select(pair => ($"probability:{pair.Key}", pair.Value)),
        _ => [],
    };

    public static ReplayPlan Make(ReplayOptions options, FileSample file, FileSample? reference)
    {
        var notes = new List<string>();
        FileSample[] samples = reference is null ? [file] : [reference, file];
        var (score, probabilities) = Probabilities(options, file);
        Require(score is null || probabilities is null, "--probability: expected the column of the positive class, or CLASS=COLUMN for both");
        var mapping = new CsvMapping
        {
            Conventional = false,
            Prediction = options.Prediction,
            Score = score,
            Probabilities = probabilities,
            Label = options.Label,
            Id = options.Id,
            Time = options.Timestamp,
            Categorical = options.Categorical,
            Features = options.Features,
            Ignore = options.Ignore,
            MistypedAsMissing = !options.Strict,
            RowIds = options.Label is not null || options.To is not null,
            Even = options.Timestamp is null ? new EvenTimes(EvenStart, EvenStep) : null,
        };
        // Whatever a misspelt name would lead to is told after it.
        file.Require(mapping);
        var task = options.Task ?? InferTask(options, probabilities, samples, notes);
        Require(task != TaskKind.Regression || options.Probabilities.Count == 0, "--probability: a regression has none");
        Require(task != TaskKind.Multiclass || score is null, $"--probability {score}: expected CLASS=COLUMN, once for each class of a multiclass model");
        string[] withProbability = [.. probabilities?.Keys ?? Enumerable.Empty<string>()];
        string[] classes = task switch
        {
            TaskKind.Binary => ModelClasses.OfBinary(options, withProbability, samples, notes),
            TaskKind.Multiclass => ModelClasses.OfMulticlass(withProbability, samples, notes),
            _ => [],
        };
        var spec = new ModelSpec
        {
            Task = task,
            Positive = task == TaskKind.Binary ? classes[0] : null,
            Features = Features(mapping, file, reference),
            Detectors = Detectors(options.Detectors),
            Segments = options.Segments,
        };
        foreach (var segment in options.Segments)
        {
            Require(spec.Features!.Any(f => f.Name == segment),
                $"--segments {segment}: expected a feature of the file: {string.Join(", ", spec.Features!.Select(f => f.Name).Take(20))}");
        }
        foreach (var mistake in SpecValidation.Validate(spec).Where(e => e.Field.StartsWith("segments", StringComparison.Ordinal))) Require(false,
            $"--segments: {mistake.Message}");
        foreach (var mistake in SpecValidation.Validate(spec).Where(e => e.Field.StartsWith("detectors", StringComparison.Ordinal))) Require(false, $"--detector: {mistake.Message}");
        var ofReference = reference is null ? null : ReferenceMapping(mapping, spec, file, reference, options.Reference!);
        notes.AddRange(FeatureNotes.Of(options, spec.Features!.Select(f => f.Name), file, reference));
        return new ReplayPlan(ModelName(options), spec, mapping, ofReference, classes, notes);
    }

    private static List<DetectorSpec>? Detectors(IReadOnlyList<string> given)
    {
        if (given.Count == 0) return null;
        var detectors = new List<DetectorSpec>();
        foreach (var text in given)
        {
            // A feature's name may have an equals sign, a detector's has none.
            var equals = text.LastIndexOf('=');
            var kind = Enum.GetValues<DetectorKind>().FirstOrDefault(kind => DetectorSpec.Name(kind) == text[(equals + 1)..]);
            Require(equals > 0 && kind != 0, $"--detector {text}: expected STREAM=DETECTOR, such as error=adwin");
            detectors.Add(new DetectorSpec { On = text[..equals], Detector = kind });
        }
        return detectors;
    }

    private static (string? Score, Dictionary<string, string>? Probabilities) Probabilities(ReplayOptions options, FileSample file)
    {
        string? score = null;
        Dictionary<string, string>? probabilities = null;
        foreach (var given in options.Probabilities)
        {
            var equals = given.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0 || file.Has(given))
            {
                Require(score is null, $"--probability {given}: expected one column, or CLASS=COLUMN for each class");
                score = given;
                continue;
            }
            var label = ClassLabel.Canonical(given[..equals]);
            probabilities ??= new Dictionary<string, string>(StringComparer.Ordinal);
            Require(probabilities.TryAdd(label, given[(equals + 1)..]), $"--probability: class {label} is given twice");
        }
        return (score, probabilities);
    }

    /// <summary>As the monitor does: by the probabilities, then by the values of the prediction.</summary>
    private static TaskKind InferTask(ReplayOptions options, Dictionary<string, string>? probabilities, FileSample[] samples, List<string> notes)
    {
        var isNumber = samples.Select(sample => sample.Kind(options.Prediction)).FirstOrDefault(kind => kind is not null) == FeatureKind.Numeric;
        var task = probabilities is not null ? samples.SelectMany(s => s.Classes.Usual).Concat(probabilities.Keys).Distinct().Count() > 2 ? TaskKind.Multiclass : TaskKind.Binary
            : options.Probabilities.Count > 0 || samples.SelectMany(s => s.Classes.Predicted).Distinct().Count() <= 2 ? TaskKind.Binary
            : isNumber ? TaskKind.Regression : TaskKind.Multiclass;
        notes.Add($"the task is taken to be {task.ToString().ToLowerInvariant()} (--task says otherwise)");
        return task;
    }

    private static List<FeatureSpec> Features(CsvMapping mapping, FileSample file, FileSample? reference)
    {
        var probabilities = mapping.Probabilities?.Values ?? Enumerable.Empty<string>();
        string?[] taken = [mapping.Prediction, mapping.Score, mapping.Label, mapping.Id, mapping.Time, .. probabilities, .. mapping.Ignore];
        var features = new List<FeatureSpec>();
        foreach (var name in file.Header)
        {
            if (name.Length == 0 || taken.Contains(name) || mapping.Features?.Contains(name) == false) continue;
            if (!mapping.Categorical.Contains(name))
            {
                file.RequireDecimalPoint(name);
                reference?.RequireDecimalPoint(name);
            }
            var kind = mapping.Categorical.Contains(name) ? FeatureKind.Categorical : reference?.Kind(name) ?? file.Kind(name) ?? FeatureKind.Numeric;
            features.Add(new FeatureSpec(name, kind));
        }
        return features;
    }

    /// <summary>The same columns, as far as a reference needs them: it may lack label, probabilities, times and ids, and may have others.</summary>
    private static CsvMapping ReferenceMapping(CsvMapping mapping, ModelSpec spec, FileSample file, FileSample reference, string path)
    {
        string[] needed = [mapping.Prediction, .. spec.Features!.Select(f => f.Name)];
        string[] lacking = [.. needed.Where(name => file.Has(name) && !reference.Has(name))];
        if (lacking.Length > 0)
        {
            var names = lacking.Take(MaxNamed).Select(name => Spelling.Nearest(name, reference.Header) is { } near ? $"\"{name}\" (did you mean \"{near}\"?)" : $"\"{name}\"");
            var more = lacking.Length > MaxNamed ? FormattableString.Invariant($" and {lacking.Length - MaxNamed:N0} more") : "";
            Require(false, $"{path}: no column {string.Join(", ", names)}{more}; a reference has the same columns as the file (--ignore leaves one out)");
        }
        string? IfThere(string? name) => name is not null && reference.Has(name) ? name : null;
        var probabilities = mapping.Probabilities?.Where(pair => reference.Has(pair.Value)).ToDictionary(StringComparer.Ordinal);
        string?[] used = [.. needed, mapping.Score, mapping.Label, .. mapping.Probabilities?.Values ?? Enumerable.Empty<string>()];
        var ofReference = mapping with
        {
            Score = IfThere(mapping.Score),
            Label = IfThere(mapping.Label),
            Probabilities = probabilities,
            Id = null,
            Time = null,
            Even = null,
            RowIds = false,
            Categorical = [.. mapping.Categorical.Where(reference.Has)],
            Ignore = [.. reference.Header.Where(name => name.Length > 0 && !used.Contains(name))],
        };
        reference.Require(ofReference);
        return ofReference;
    }

    /// <summary>car_loan_analysis.csv.gz is of the model car_loan.</summary>
    private static string ModelName(ReplayOptions options)
    {
        if (options.Model is { } given) return given;
        var path = options.File == InputFile.StandardInput ? options.Reference : options.File;
        if (path is null or InputFile.StandardInput) return "stdin";
        var name = Path.GetFileName(path);
        foreach (var ending in new[] { ".gz", ".csv", ".tsv", ".txt", "_analysis", "-analysis", "_reference", "-reference", "_production", "-production" })
        {
            if (name.Length > ending.Length && name.EndsWith(ending, StringComparison.OrdinalIgnoreCase)) name = name[..^ending.Length];
        }
        return name;
    }

    internal static void Require(bool holds, string message)
    {
        if (!holds) throw new CommandException(ExitCode.Usage, message);
    }

    /// <summary>Classes that a model may have.</summary>
    public int MaxClasses => Task == TaskKind.Binary ? 2 : ModelMonitor.MaxClasses;
}
