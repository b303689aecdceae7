using System.Globalization;
using FleetMonitor.Inference.Repository;
using YamlDotNet.Core;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace FleetMonitor.Inference.Models;

/// <summary>A model's <c>model.yaml</c>: what its outputs mean to the monitor, and how it is served. A member that is not known is an error, so that a slip
/// of the pen shows.</summary>
internal sealed class ModelYaml
{
    public const string FileName = "model.yaml";

    public string? Monitor { get; set; }

    public bool? Monitored { get; set; }

    /// <summary>binary, multiclass or regression.</summary>
    public string? Task { get; set; }

    public List<string>? Labels { get; set; }

    public string? Positive { get; set; }

    public OutputsYaml? Outputs { get; set; }

    /// <summary>By input, the names of a row's elements.</summary>
    public Dictionary<string, List<string>>? Features { get; set; }

    public BatchingYaml? Batching { get; set; }

    /// <summary>all, latest, or a list of numbers.</summary>
    public object? Versions { get; set; }

    public int? MaxQueue { get; set; }

    public double? DeadlineSeconds { get; set; }

    public int? WarmUp { get; set; }

    public int? Threads { get; set; }

    public int? Instances { get; set; }

    /// <exception cref="FormatException">It cannot be read, or a value is out of its range.</exception>
    public static ModelSettings Apply(ModelSettings settings, string text)
    {
        ModelYaml yaml;
        try
        {
            yaml = new DeserializerBuilder().WithNamingConvention(UnderscoredNamingConvention.Instance).Build().Deserialize<ModelYaml?>(text) ?? new ModelYaml();
        }
        catch (YamlException exception)
        {
            var cause = exception.InnerException?.Message ?? exception.Message;
            throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"line {exception.Start.Line}: {cause}"), exception);
        }
        return yaml.Over(settings);
    }

    private ModelSettings Over(ModelSettings settings) => settings with
    {
        Monitor = Monitor is null ? settings.Monitor
            : ModelFolder.IsName(Monitor) ? Monitor
            : throw new FormatException($"monitor: expected {ModelFolder.Expected}, got \"{Monitor}\""),
        Monitored = Monitored ?? settings.Monitored,
        Task = Task is null ? settings.Task
            : Enum.TryParse<PredictionKind>(Task, ignoreCase: true, out var kind) && Enum.IsDefined(kind) ? kind
            : throw new FormatException($"task: expected binary, multiclass or regression, got \"{Task}\""),
        Labels = Labels ?? settings.Labels,
        Positive = Positive ?? settings.Positive,
        LabelOutput = Outputs?.Label ?? settings.LabelOutput,
        ProbabilityOutput = Outputs?.Probabilities ?? settings.ProbabilityOutput,
        ValueOutput = Outputs?.Value ?? settings.ValueOutput,
        Features = Features?.ToDictionary(f => f.Key, f => (IReadOnlyList<string>)f.Value, StringComparer.Ordinal) ?? settings.Features,
        Batching = Batching?.Over(settings.Batching) ?? settings.Batching,
        Versions = Versions is null ? settings.Versions : Policy(Versions),
        MaxQueue = Range("max_queue", MaxQueue, 1, 1_000_000) ?? settings.MaxQueue,
        Deadline = DeadlineSeconds is not { } seconds ? settings.Deadline
            : seconds is > 0 and <= 3_600 ? TimeSpan.FromSeconds(seconds)
            : throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"deadline_seconds: expected above 0, at most 3600, got {seconds}")),
        WarmUp = Range("warm_up", WarmUp, 0, 1_000) ?? settings.WarmUp,
        Threads = Range("threads", Threads, 1, 256) ?? settings.Threads,
        Instances = Range("instances", Instances, 1, 64) ?? settings.Instances,
    };

    private static VersionPolicy Policy(object versions) => versions switch
    {
        "all" => VersionPolicy.All,
        "latest" => new VersionPolicy(1, null),
        List<object> list => new VersionPolicy(null, [.. list.Select(v => long.TryParse(v as string, CultureInfo.InvariantCulture, out var number) ? number : throw Wrong())]),
        _ => throw Wrong(),
    };

    private static FormatException Wrong() => new("versions: expected all, latest or a list of whole numbers");

    private static int? Range(string name, int? value, int min, int max) =>
        value is null || (value >= min && value <= max) ? value : throw new FormatException($"{name}: expected {min} to {max}, got {value}");

    internal sealed class OutputsYaml
    {
        public string? Label { get; set; }

        public string? Probabilities { get; set; }

        public string? Value { get; set; }
    }

    internal sealed class BatchingYaml
    {
        public bool? Enabled { get; set; }

        public int? MaxRows { get; set; }

        public int? MaxDelayMicroseconds { get; set; }

        public List<int>? PreferredRows { get; set; }

        public BatchingSettings Over(BatchingSettings batching) => batching with
        {
            Enabled = Enabled ?? batching.Enabled,
            MaxRows = Range("batching.max_rows", MaxRows, 1, 65_536) ?? batching.MaxRows,
            MaxDelay = Range("batching.max_delay_microseconds", MaxDelayMicroseconds, 0, 1_000_000) is { } micros ? TimeSpan.FromMicroseconds(micros) : batching.MaxDelay,
            PreferredRows = PreferredRows ?? batching.PreferredRows,
        };
    }
}
