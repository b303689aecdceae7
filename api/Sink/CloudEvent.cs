namespace FleetMonitor.Api.Sink;

/// <summary>A CloudEvent 1.0 in any of its modes: the attributes that inference loggers set, and the data.</summary>
/// <remarks>The data is the request's memory: whoever keeps something of it decodes it first.</remarks>
internal sealed record CloudEvent
{
    public string Id { get; init; } = "";

    public string Type { get; init; } = "";

    public string Source { get; init; } = "";

    public string SpecVersion { get; init; } = "";

    /// <summary>What keeps it from being read at all; null: nothing.</summary>
    public string? Unreadable { get; init; }

    /// <summary>Null when it has none, or none that can be read.</summary>
    public DateTimeOffset? Time { get; init; }

    public ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>Of the extensions those of KServe and Seldon, by name.</summary>
    public IReadOnlyDictionary<string, string> Extensions { get; init; } = new Dictionary<string, string>();

    /// <summary>How many of the data's bytes are JSON, where the sender says so; null where it does not.</summary>
    public string? JsonLength { get; init; }

    public string Extension(string name) => Extensions.GetValueOrDefault(name, "");

    /// <summary>What is missing or wrong; null for an event.</summary>
    public string? Fault() =>
        Unreadable is not null ? Unreadable
        : SpecVersion.Length == 0 ? "specversion: expected 1.0, got nothing"
        : SpecVersion != "1.0" ? $"specversion: expected 1.0, got \"{Shorten(SpecVersion)}\""
        : Missing("id", Id) ?? Missing("type", Type) ?? Missing("source", Source);

    private static string? Missing(string name, string value) => value.Length == 0 ? $"{name}: expected a text, got nothing" : null;

    private static string Shorten(string text) => text.Length <= 40 ? text : text[..40];
}
