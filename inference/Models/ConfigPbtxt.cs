namespace FleetMonitor.Inference.Models;

/// <summary>A model's <c>config.pbtxt</c>, as Triton's model repositories have it: the part that has a meaning here. Other fields are passed over.</summary>
/// <remarks>
/// <c>max_batch_size</c> of 0 turns merging off; above 0 it bounds a run, and requests are merged only where there is a <c>dynamic_batching</c>, as Triton
/// has it. Of outputs the
/// <c>label_filename</c> is read: a class a line, in the order of the output's columns.
/// </remarks>
internal static class ConfigPbtxt
{
    public const string FileName = "config.pbtxt";

    /// <param name="readLabels">Reads the lines of a file beside the configuration.</param>
    /// <exception cref="FormatException">It cannot be read, or a value is out of its range.</exception>
    public static ModelSettings Apply(ModelSettings settings, string text, Func<string, IReadOnlyList<string>> readLabels)
    {
        var config = TextProto.Parse(text);
        var policy = config.Message("version_policy");
        settings = settings with { Batching = Batching(settings.Batching, config), Versions = policy is null ? settings.Versions : Versions(policy) };
        if (config.Message("dynamic_batching")?.Message("default_queue_policy") is { } queue)
        {
            if (queue.Number("max_queue_size") is { } size and > 0) settings = settings with { MaxQueue = Range("max_queue_size", size, 1, 1_000_000) };
            if (queue.Number("default_timeout_microseconds") is { } timeout and > 0) settings = settings with { Deadline = Micros("default_timeout_microseconds", timeout, 3_600_000_000) };
        }
        var instances = config.Messages("instance_group").Sum(group => group.Number("count") ?? 1);
        if (instances > 0) settings = settings with { Instances = Range("instance_group.count", instances, 1, 64) };
        foreach (var output in config.Messages("output"))
        {
            if (output.Text("label_filename") is { } file) settings = settings with { Labels = readLabels(file) };
        }
        return settings;
    }

    private static BatchingSettings Batching(BatchingSettings batching, TextProto config)
    {
        var size = config.Number("max_batch_size") is { } given ? Range("max_batch_size", given, 0, 65_536) : (int?)null;
        var dynamic = config.Message("dynamic_batching");
        if (size is { } max) batching = batching with { Enabled = max > 0 && dynamic is not null, MaxRows = max > 0 ? max : batching.MaxRows };
        if (dynamic is null) return batching;
        return batching with
        {
            Enabled = batching.Enabled ?? true,
            MaxDelay = dynamic.Number("max_queue_delay_microseconds") is { } delay ? Micros("max_queue_delay_microseconds", delay, 1_000_000) : batching.MaxDelay,
            PreferredRows = [.. dynamic.Numbers("preferred_batch_size").Select(rows => Range("preferred_batch_size", rows, 1, 65_536))],
        };
    }

    private static VersionPolicy Versions(TextProto policy) =>
        policy.Message("latest") is { } latest ? new VersionPolicy(Range("num_versions", latest.Number("num_versions") ?? 1, 1, int.MaxValue), null)
        : policy.Message("specific") is { } specific ? new VersionPolicy(null, [.. specific.Numbers("versions")])
        : VersionPolicy.All;

    private static TimeSpan Micros(string name, long value, long max) =>
        value >= 0 && value <= max ? TimeSpan.FromMicroseconds(value) : throw new FormatException($"{name}: expected 0 to {max}, got {value}");

    private static int Range(string name, long value, int min, int max) =>
        value >= min && value <= max ? (int)value : throw new FormatException($"{name}: expected {min} to {max}, got {value}");
}
