using FleetMonitor.Api.Inference.Grpc;
using FleetMonitor.Protocol.V1;
using Grpc.Core;
using Grpc.Net.Client;
using Xunit;
using static FleetMonitor.Api.Tests.Access.GuardedFleet;

namespace FleetMonitor.Api.Tests.Access;

[Collection(nameof(GuardedFleet))]
public sealed class GrpcAccessTests : IDisposable
{
    private readonly GuardedFleet _guarded;
    private readonly GrpcChannel _channel;
    private readonly MonitorService.MonitorServiceClient _monitor;
    private readonly GRPCInferenceService.GRPCInferenceServiceClient _inference;

    public GrpcAccessTests(GuardedFleet guarded)
    {
        _guarded = guarded;
        _channel = GrpcChannel.ForAddress(guarded.Fleet.GrpcUrl);
        _monitor = new MonitorService.MonitorServiceClient(_channel);
        _inference = new GRPCInferenceService.GRPCInferenceServiceClient(_channel);
    }

    public void Dispose() => _channel.Dispose();

    [Fact]
    public async Task Call_OfNobody_IsUnauthenticated()
    {
        foreach (var token in (string?[])[null, UnknownToken])
        {
            var refused = await RefusedAsync(() => _monitor.ListModelsAsync(new ListModelsRequest(), Token(token)).ResponseAsync);
            Assert.Equal(StatusCode.Unauthenticated, refused.Code);
            Assert.Contains("token", refused.Detail, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Call_WithoutTheScope_IsDeniedByItsName()
    {
        Assert.Equal(new Status(StatusCode.PermissionDenied, "the token lacks the scope ingest"), await StatusAsync(() => _monitor.RecordPredictionsAsync(Prediction("grpc"), Token(ReadToken)).ResponseAsync));
        Assert.Equal(new Status(StatusCode.PermissionDenied, "the token lacks the scope read"), await StatusAsync(() => _monitor.ListModelsAsync(new ListModelsRequest(), Token(IngestToken)).ResponseAsync));
        Assert.Equal(StatusCode.PermissionDenied, (await StatusAsync(() => _inference.RepositoryModelUnloadAsync(new RepositoryModelUnloadRequest { ModelName = "logistic" }, Token(IngestToken)).ResponseAsync)).StatusCode);
        Assert.Equal(1, (await _monitor.RecordPredictionsAsync(Prediction("grpc"), Token(IngestToken))).Result.Accepted);
    }

    [Fact]
    public async Task Call_AboutAnotherModel_IsDenied()
    {
        await _guarded.RegisterAsync("fraud-grpc");
        var denied = new Status(StatusCode.PermissionDenied, "the token is for other models");
        Assert.Equal(denied, await StatusAsync(() => _monitor.RecordPredictionsAsync(Prediction("fraud-grpc"), Token(CreditToken)).ResponseAsync));
        Assert.Equal(denied, await StatusAsync(() => _monitor.GetModelAsync(new GetModelRequest { Model = "fraud-grpc" }, Token(CreditToken)).ResponseAsync));
        Assert.Equal(denied, await StatusAsync(() => _inference.ModelMetadataAsync(new ModelMetadataRequest { Name = "maps" }, Token(CreditToken)).ResponseAsync));
        Assert.Equal(denied, await StatusAsync(() => _inference.ModelInferAsync(new ModelInferRequest { ModelName = "maps" }, Token(CreditToken)).ResponseAsync));
        Assert.Equal(1, (await _monitor.RecordPredictionsAsync(Prediction("credit-grpc"), Token(CreditToken))).Result.Accepted);
        var listed = await _monitor.ListModelsAsync(new ListModelsRequest { PageSize = 500 }, Token(CreditToken));
        Assert.NotEmpty(listed.Models);
        Assert.All(listed.Models, model => Assert.StartsWith("credit-", model.Name, StringComparison.Ordinal));
    }

    /// <summary>A stream is of many models: each batch is judged by its own.</summary>
    [Fact]
    public async Task Stream_WithBatchesOfOtherModels_IsDeniedBatchByBatch()
    {
        using var call = _monitor.StreamPredictions(Token(CreditToken));
        foreach (var model in (string[])["fraud-stream", "credit-stream"])
        {
            await call.RequestStream.WriteAsync(new StreamPredictionsRequest { Model = model, Columns = Columns() });
        }
        await call.RequestStream.CompleteAsync();
        var answers = new List<StreamPredictionsResponse>();
        await foreach (var answer in call.ResponseStream.ReadAllAsync()) answers.Add(answer);
        Assert.Equal((int)StatusCode.PermissionDenied, answers.Single(a => a.Index == 0).Problem.Code);
        Assert.Equal(1, answers.Single(a => a.Index == 1).Result.Accepted);
    }

    [Fact]
    public async Task Health_IsOpen()
    {
        var answer = await new global::Grpc.Health.V1.Health.HealthClient(_channel).CheckAsync(new global::Grpc.Health.V1.HealthCheckRequest());
        Assert.NotEqual(global::Grpc.Health.V1.HealthCheckResponse.Types.ServingStatus.ServiceUnknown, answer.Status);
        Assert.True((await _inference.ServerLiveAsync(new ServerLiveRequest())).Live);
    }

    private static RecordPredictionsRequest Prediction(string model) => new() { Model = model, Columns = Columns() };

    private static PredictionColumns Columns() => new()
    {
        Count = 1,
        Predictions = new ValueColumn { Texts = new TextColumn { Dictionary = { "yes" }, Rows = { 1 } } },
    };

    private static Metadata Token(string? token) => token is null ? [] : new Metadata { { "authorization", $"Bearer {token}" } };

    private static async Task<Status> StatusAsync<T>(Func<Task<T>> call)
    {
        var (code, detail) = await RefusedAsync(call);
        return new Status(code, detail);
    }

    private static async Task<(StatusCode Code, string Detail)> RefusedAsync<T>(Func<Task<T>> call)
    {
        var refused = await Assert.ThrowsAsync<RpcException>(call);
        return (refused.StatusCode, refused.Status.Detail);
    }
}
