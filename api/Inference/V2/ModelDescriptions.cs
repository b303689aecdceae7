using System.Text.Json;
using FleetMonitor.Api.Access;
using FleetMonitor.Inference;
using FleetMonitor.Inference.Repository;
using FleetMonitor.Inference.Tensors;
using Microsoft.AspNetCore.Http;

namespace FleetMonitor.Api.Inference.V2;

/// <summary>Models as the protocol describes them.</summary>
internal static class ModelDescriptions
{
    public const string Server = "fleetmonitor";
    public const string Platform = "onnx_onnxv1";

    public static readonly string ServerVersion = typeof(ModelDescriptions).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";

    /// <summary>What Triton calls these.</summary>
    public static readonly string[] Extensions = ["binary_tensor_data", "model_repository"];

    /// <exception cref="InferenceException">There is no such model, or it does not answer.</exception>
    public static ModelMetadata Describe(ModelRepository repository, string name, string? version)
    {
        var model = repository.Get(name, version);
        return new ModelMetadata(model.Name, repository.Versions(name), Platform, Tensors(model.Inputs), Tensors(model.Outputs), Properties(model));
    }

    /// <summary>The versions of the models that the request's caller may know of.</summary>
    public static RepositoryModel[] Index(ModelRepository repository, bool readyOnly, HttpContext context) =>
        [.. repository.Index().Where(s => (s.IsReady || !readyOnly) && Caller.May(context, s.Name))
            .Select(s => new RepositoryModel(s.Name, s.Version, s.IsReady ? "READY" : "UNAVAILABLE", s.Reason))];

    private static TensorMetadata[] Tensors(IReadOnlyList<TensorInfo> tensors) => [.. tensors.Select(t => new TensorMetadata(t.Name, t.Type.Name(), t.Shape ?? []))];

    private static Dictionary<string, string> Properties(ServedModel model)
    {
        var properties = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["version"] = model.Version,
            ["monitor"] = model.Settings.Monitor ?? model.Name,
            ["batching"] = model.Merges ? "dynamic" : "none",
        };
        if (model.Roles.Kind is { } kind) properties["task"] = JsonNamingPolicy.SnakeCaseLower.ConvertName(kind.ToString());
        if (model.Roles.Classes.Count > 0) properties["classes"] = string.Join(',', model.Roles.Classes);
        if (model.Note is { } note) properties["note"] = note;
        return properties;
    }
}
