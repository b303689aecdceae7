namespace FleetMonitor.Api.Inference.V2;

/// <summary>What the server is.</summary>
/// <param name="Extensions">Extensions of the protocol that it knows.</param>
public sealed record ServerMetadata(string Name, string Version, IReadOnlyList<string> Extensions);

/// <summary>Whether the server is alive and its models answer.</summary>
/// <param name="Live">It answers, so it is.</param>
/// <param name="Ready">Whether every model of the repository answers.</param>
/// <param name="Error">Why they do not; null when they do.</param>
public sealed record ServerHealth(bool Live, bool Ready, string? Error);

/// <summary>A model that answers.</summary>
public sealed record ModelReadiness(string Name, bool Ready);

/// <summary>What a model is.</summary>
/// <param name="Versions">Those that answer, newest first.</param>
/// <param name="Platform">The model files' kind: onnx_onnxv1.</param>
/// <param name="Properties">How it is served, for a person: classes, batching, monitor.</param>
public sealed record ModelMetadata(
    string Name, IReadOnlyList<string> Versions, string Platform, IReadOnlyList<TensorMetadata> Inputs, IReadOnlyList<TensorMetadata> Outputs, IReadOnlyDictionary<string, string> Properties);

/// <summary>An input or output of a model.</summary>
/// <param name="Shape">-1 where any length is good.</param>
public sealed record TensorMetadata(string Name, string Datatype, IReadOnlyList<long> Shape);

/// <summary>A version of a model in the repository.</summary>
/// <param name="State">READY or UNAVAILABLE.</param>
/// <param name="Reason">Why it is not ready, or a note; empty otherwise.</param>
public sealed record RepositoryModel(string Name, string Version, string State, string Reason);

/// <summary>What went wrong.</summary>
/// <param name="Error">For a person.</param>
public sealed record V2Error(string Error);
