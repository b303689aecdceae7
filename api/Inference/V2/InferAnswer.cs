using System.Text.Json;

namespace FleetMonitor.Api.Inference.V2;

/// <summary>The answer to an inference, for the API's description; it is written element by element.</summary>
/// <param name="Id">The request's, or one made for it: the id under which labels find the predictions.</param>
public sealed record InferAnswer(string ModelName, string ModelVersion, string Id, IReadOnlyList<InferOutput> Outputs);

/// <summary>An output of an inference.</summary>
/// <param name="Parameters">binary_data_size where the data comes as bytes behind the JSON; absent otherwise.</param>
/// <param name="Data">Row-major; a float that JSON cannot say is null. Absent where it comes as bytes.</param>
public sealed record InferOutput(string Name, string Datatype, IReadOnlyList<long> Shape, IReadOnlyDictionary<string, JsonElement>? Parameters = null, IReadOnlyList<JsonElement>? Data = null);
