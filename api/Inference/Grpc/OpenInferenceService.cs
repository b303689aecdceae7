using FleetMonitor.Api.Access;
using FleetMonitor.Api.Grpc;
using FleetMonitor.Api.Inference.V2;
using FleetMonitor.Inference;
using FleetMonitor.Inference.Repository;
using FleetMonitor.Inference.Tensors;
using Grpc.Core;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;

namespace FleetMonitor.Api.Inference.Grpc;

/// <summary>The Open Inference Protocol over gRPC: the same models, monitors and words as over HTTP.</summary>
[BindServiceMethod(typeof(OpenInferenceService), nameof(Bind))]
internal sealed class OpenInferenceService(ModelRepository repository, Inferring inferring, IOptions<InferenceApiOptions> options) : GRPCInferenceService.GRPCInferenceServiceBase
{
    /// <summary>Found by name when the service is mapped.</summary>
    public static void Bind(ServiceBinderBase binder, GRPCInferenceService.GRPCInferenceServiceBase? service) => GRPCInferenceService.BindService(new MessageCheck(binder), service!);

    [AllowAnonymous]
    public override Task<ServerLiveResponse> ServerLive(ServerLiveRequest request, ServerCallContext context) => Task.FromResult(new ServerLiveResponse { Live = true });

    [AllowAnonymous]
    public override Task<ServerReadyResponse> ServerReady(ServerReadyRequest request, ServerCallContext context) =>
        Task.FromResult(new ServerReadyResponse { Ready = repository.Unready is null });

    [Authorize(Policies.Any)]
    public override Task<ModelReadyResponse> ModelReady(ModelReadyRequest request, ServerCallContext context)
    {
        context.RequireModel(request.Name);
        try
        {
            repository.Get(request.Name, request.Version);
            return Task.FromResult(new ModelReadyResponse { Ready = true });
        }
        catch (InferenceException exception) when (exception.Failure == InferenceFailure.Unavailable)
        {
            return Task.FromResult(new ModelReadyResponse { Ready = false });
        }
        catch (InferenceException exception)
        {
            throw Told(exception);
        }
    }

    [Authorize(Policies.Any)]
    public override Task<ServerMetadataResponse> ServerMetadata(ServerMetadataRequest request, ServerCallContext context) =>
        Task.FromResult(new ServerMetadataResponse { Name = ModelDescriptions.Server, Version = ModelDescriptions.ServerVersion, Extensions = { ModelDescriptions.Extensions } });

    [Authorize(Policies.Any)]
    public override Task<ModelMetadataResponse> ModelMetadata(ModelMetadataRequest request, ServerCallContext context) => Telling(() =>
    {
        context.RequireModel(request.Name);
        var model = ModelDescriptions.Describe(repository, request.Name, request.Version);
        return Task.FromResult(new ModelMetadataResponse
        {
            Name = model.Name,
            Versions = { model.Versions },
            Platform = model.Platform,
            Inputs = { model.Inputs.Select(Of) },
            Outputs = { model.Outputs.Select(Of) },
            Properties = { model.Properties.ToDictionary() },
        });

        static ModelMetadataResponse.Types.TensorMetadata Of(TensorMetadata tensor) => new() { Name = tensor.Name, Datatype = tensor.Datatype, Shape = { tensor.Shape } };
    });

    [Authorize(Policies.Ingest)]
    public override Task<ModelInferResponse> ModelInfer(ModelInferRequest request, ServerCallContext context) => Telling(async () =>
    {
        context.RequireModel(request.ModelName);
        var inputs = new List<Tensor>(request.Inputs.Count);
        try
        {
            GrpcTensors.Read(request, options.Value.MaxElements, inputs);
            using var inference = await inferring.RunAsync(request.ModelName, request.ModelVersion, request.Id, inputs, context.CancellationToken);
            var outputs = inference.Chosen(request.Outputs.Count == 0 ? null : request.Outputs.Select(o => o.Name));
            var response = new ModelInferResponse { ModelName = inference.Model.Name, ModelVersion = inference.Model.Version, Id = inference.Id };
            GrpcTensors.Write(outputs, response, raw: request.RawInputContents.Count > 0);
            inferring.Monitor(inference);
            return response;
        }
        finally
        {
            foreach (var input in inputs) input.Dispose();
        }
    });

    [Authorize(Policies.Read)]
    public override Task<RepositoryIndexResponse> RepositoryIndex(RepositoryIndexRequest request, ServerCallContext context) => Task.FromResult(new RepositoryIndexResponse
    {
        Models =
        {
            ModelDescriptions.Index(repository, request.Ready, context.GetHttpContext()).Select(m => new RepositoryIndexResponse.Types.ModelIndex { Name = m.Name, Version = m.Version, State = m.State, Reason = m.Reason }),
        },
    });

    [Authorize(Policies.Admin)]
    public override Task<RepositoryModelLoadResponse> RepositoryModelLoad(RepositoryModelLoadRequest request, ServerCallContext context) => Telling(async () =>
    {
        context.RequireModel(request.ModelName);
        await repository.LoadAsync(request.ModelName);
        return new RepositoryModelLoadResponse();
    });

    [Authorize(Policies.Admin)]
    public override Task<RepositoryModelUnloadResponse> RepositoryModelUnload(RepositoryModelUnloadRequest request, ServerCallContext context) => Telling(async () =>
    {
        context.RequireModel(request.ModelName);
        await repository.UnloadAsync(request.ModelName);
        return new RepositoryModelUnloadResponse();
    });

    private static async Task<T> Telling<T>(Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (InferenceException exception)
        {
            throw Told(exception);
        }
    }

    private static RpcException Told(InferenceException exception) => new(new Status(
        exception.Failure switch
        {
            InferenceFailure.Invalid => StatusCode.InvalidArgument,
            InferenceFailure.NotFound => StatusCode.NotFound,
            InferenceFailure.Busy => StatusCode.ResourceExhausted,
            InferenceFailure.Unavailable => StatusCode.Unavailable,
            InferenceFailure.TooLate => StatusCode.DeadlineExceeded,
            _ => StatusCode.Internal,
        },
        exception.Message));
}
