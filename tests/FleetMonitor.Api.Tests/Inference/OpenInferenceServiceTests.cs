using FleetMonitor.Api.Inference.Grpc;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Xunit;

namespace FleetMonitor.Api.Tests.Inference;

[Collection(nameof(Fleet))]
public sealed class OpenInferenceServiceTests : IDisposable
{
    private readonly Fleet _fleet;
    private readonly GrpcChannel _channel;
    private readonly GRPCInferenceService.GRPCInferenceServiceClient _client;

    public OpenInferenceServiceTests(Fleet fleet)
    {
        _fleet = fleet;
        _channel = GrpcChannel.ForAddress(fleet.GrpcUrl);
        _client = new GRPCInferenceService.GRPCInferenceServiceClient(_channel);
    }

    public void Dispose() => _channel.Dispose();

    [Fact]
    public async Task Server_AndModels_SayWhatTheyAre()
    {
        await _fleet.ModelsAreServedAsync();
        Assert.True((await _client.ServerLiveAsync(new ServerLiveRequest())).Live);
        Assert.True((await _client.ServerReadyAsync(new ServerReadyRequest())).Ready);
        Assert.Equal("fleetmonitor", (await _client.ServerMetadataAsync(new ServerMetadataRequest())).Name);
        Assert.True((await _client.ModelReadyAsync(new ModelReadyRequest { Name = "logistic", Version = "1" })).Ready);
        var model = await _client.ModelMetadataAsync(new ModelMetadataRequest { Name = "logistic" });
        Assert.Equal(["3", "1"], model.Versions);
        Assert.Equal(("X", "FP32", "-1,3"), (model.Inputs[0].Name, model.Inputs[0].Datatype, string.Join(',', model.Inputs[0].Shape)));
        var index = await _client.RepositoryIndexAsync(new RepositoryIndexRequest { Ready = true });
        Assert.Contains(index.Models, m => m is { Name: "logistic", Version: "3", State: "READY" });
    }

    [Fact]
    public async Task ModelInfer_TypedContents_AreAnsweredTyped()
    {
        await _fleet.ModelsAreServedAsync();
        var request = Request("logistic", "X", "FP32", [1, 3]);
        request.Id = "g-1";
        request.Inputs[0].Contents = new InferTensorContents { Fp32Contents = { 1, 0.5f, 2 } };
        var answer = await _client.ModelInferAsync(request);
        Assert.Equal(("logistic", "3", "g-1"), (answer.ModelName, answer.ModelVersion, answer.Id));
        Assert.Equal(ServedModels.Score(-0.25, 1, 0.5, 2), answer.Outputs[0].Contents.Fp32Contents[0], 1e-6);
        Assert.Empty(answer.RawOutputContents);
    }

    [Fact]
    public async Task ModelInfer_RawContents_AreAnsweredRaw()
    {
        await _fleet.ModelsAreServedAsync();
        var request = Request("maps", "X", "FP32", [2, 3]);
        request.RawInputContents.Add(ByteString.CopyFrom([.. new[] { 1f, 0.5f, 2f, -9f, 9f, 0f }.SelectMany(BitConverter.GetBytes)]));
        var answer = await _client.ModelInferAsync(request);
        Assert.NotEmpty(answer.Id);
        Assert.Equal(["output_label", "output_probability"], answer.Outputs.Select(o => o.Name));
        Assert.Equal([5, 0, 0, 0, .. "fraud"u8, 5, 0, 0, 0, .. "legit"u8], answer.RawOutputContents[0].ToByteArray());
        Assert.Equal(ServedModels.Score(0.25, 1, 0.5, 2), BitConverter.ToSingle(answer.RawOutputContents[1].Span[..4]), 1e-6);
        request.Outputs.Add(new ModelInferRequest.Types.InferRequestedOutputTensor { Name = "output_label" });
        Assert.Single((await _client.ModelInferAsync(request)).RawOutputContents);
    }

    [Fact]
    public async Task ModelInfer_EveryTypedField_ComesBack()
    {
        await _fleet.ModelsAreServedAsync();
        (string Model, string Type, InferTensorContents Contents)[] cases =
        [
            ("echo-bool", "BOOL", new InferTensorContents { BoolContents = { true, false } }),
            ("echo-int8", "INT8", new InferTensorContents { IntContents = { -128, 127 } }),
            ("echo-int16", "INT16", new InferTensorContents { IntContents = { -32768, 32767 } }),
            ("echo-int32", "INT32", new InferTensorContents { IntContents = { int.MinValue, int.MaxValue } }),
            ("echo-int64", "INT64", new InferTensorContents { Int64Contents = { long.MinValue, long.MaxValue } }),
            ("echo-uint8", "UINT8", new InferTensorContents { UintContents = { 0, 255 } }),
            ("echo-uint16", "UINT16", new InferTensorContents { UintContents = { 0, 65535 } }),
            ("echo-uint32", "UINT32", new InferTensorContents { UintContents = { 0, uint.MaxValue } }),
            ("echo-uint64", "UINT64", new InferTensorContents { Uint64Contents = { 0, ulong.MaxValue } }),
            ("echo-float", "FP32", new InferTensorContents { Fp32Contents = { 0.1f, float.NaN } }),
            ("echo-double", "FP64", new InferTensorContents { Fp64Contents = { 0.1, double.NegativeInfinity } }),
            ("echo-text", "BYTES", new InferTensorContents { BytesContents = { ByteString.CopyFromUtf8("Größe"), ByteString.Empty } }),
        ];
        foreach (var (model, type, contents) in cases)
        {
            var request = Request(model, "in", type, [1, 2]);
            request.Inputs[0].Contents = contents;
            Assert.Equal(contents, (await _client.ModelInferAsync(request)).Outputs[0].Contents);
        }
    }

    private static readonly Dictionary<string, (StatusCode Status, Action<ModelInferRequest> Spoil)> Spoilt = new(StringComparer.Ordinal)
    {
        ["unknown model"] = (StatusCode.NotFound, r => r.ModelName = "nobody"),
        ["unknown version"] = (StatusCode.NotFound, r => r.ModelVersion = "2"),
        ["no inputs"] = (StatusCode.InvalidArgument, r => r.Inputs.Clear()),
        ["unknown type"] = (StatusCode.InvalidArgument, r => r.Inputs[0].Datatype = "FLOAT"),
        ["wrong type"] = (StatusCode.InvalidArgument, r => r.Inputs[0].Datatype = "FP64"),
        ["wrong shape"] = (StatusCode.InvalidArgument, r => r.Inputs[0].Shape[1] = 4),
        ["negative shape"] = (StatusCode.InvalidArgument, r => r.Inputs[0].Shape[0] = -1),
        ["overflowing shape"] = (StatusCode.InvalidArgument, r => r.Inputs[0].Shape.AddRange([long.MaxValue, long.MaxValue])),
        ["too few elements"] = (StatusCode.InvalidArgument, r => r.Inputs[0].Contents.Fp32Contents.RemoveAt(0)),
        ["raw beside contents"] = (StatusCode.InvalidArgument, r => r.RawInputContents.Add(ByteString.CopyFrom(new byte[12]))),
        ["two raw for one input"] = (StatusCode.InvalidArgument, r => r.RawInputContents.Add([ByteString.Empty, ByteString.Empty])),
        ["unknown output"] = (StatusCode.InvalidArgument, r => r.Outputs.Add(new ModelInferRequest.Types.InferRequestedOutputTensor { Name = "nothing" })),
        ["long id"] = (StatusCode.InvalidArgument, r => r.Id = new string('x', 2_000)),
    };

    public static TheoryData<string> Wrong => [.. Spoilt.Keys];

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task ModelInfer_WrongRequest_HasTheMatchingStatus(string what)
    {
        var (status, spoil) = Spoilt[what];
        await _fleet.ModelsAreServedAsync();
        var request = Request("logistic", "X", "FP32", [1, 3]);
        request.Inputs[0].Contents = new InferTensorContents { Fp32Contents = { 1, 2, 3 } };
        spoil(request);
        var refusal = await Assert.ThrowsAsync<RpcException>(async () => await _client.ModelInferAsync(request));
        Assert.True(refusal.StatusCode == status, $"{what}: {refusal.Status}");
        Assert.NotEmpty(refusal.Status.Detail);
    }

    [Fact]
    public async Task RepositoryCommands_ForModelsThatThereAreNot_AreNotFound()
    {
        await _fleet.ModelsAreServedAsync();
        Assert.Equal(StatusCode.NotFound, (await Assert.ThrowsAsync<RpcException>(async () => await _client.RepositoryModelLoadAsync(new RepositoryModelLoadRequest { ModelName = "nobody" }))).StatusCode);
        Assert.Equal(StatusCode.NotFound, (await Assert.ThrowsAsync<RpcException>(async () => await _client.RepositoryModelUnloadAsync(new RepositoryModelUnloadRequest { ModelName = "nobody" }))).StatusCode);
    }

    private static ModelInferRequest Request(string model, string input, string type, long[] shape) => new()
    {
        ModelName = model,
        Inputs = { new ModelInferRequest.Types.InferInputTensor { Name = input, Datatype = type, Shape = { shape } } },
    };
}
