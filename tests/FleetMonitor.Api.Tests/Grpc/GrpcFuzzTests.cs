using FleetMonitor.Api.Inference.Grpc;
using FleetMonitor.Protocol.V1;
using FleetMonitor.Testing.Hostile;
using Google.Protobuf;
using Xunit;

namespace FleetMonitor.Api.Tests.Grpc;

/// <summary>Whatever bytes come: a status that says what was wrong with them, never a fault of the server's.</summary>
[Collection(nameof(Fleet))]
public sealed class GrpcFuzzTests(Fleet fleet)
{
    /// <summary>UNKNOWN, INTERNAL and DATA_LOSS are for faults of the server.</summary>
    private static readonly int[] Faults = [2, 13, 15];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Calls_OfAnyBytes_AreAnsweredAsTheClientsMistake(int seed)
    {
        using var connection = new GrpcConnection(new Uri(fleet.GrpcUrl));
        var traffic = new GrpcTraffic(Methods(), seed);
        var (faults, answers) = (new List<string>(), new SortedDictionary<string, int>(StringComparer.Ordinal));
        for (var i = 0; i < 1_500; i++)
        {
            var call = traffic.Next();
            var (status, message) = await connection.CallAsync(call);
            var kind = $"{call.Kind} {status}";
            answers[kind] = answers.GetValueOrDefault(kind) + 1;
            if (Faults.Contains(status)) faults.Add($"{call.Kind} {call.Path}: {status} {message} {Convert.ToHexString(call.Body.AsSpan(0, Math.Min(60, call.Body.Length)))}");
        }
        Assert.True(faults.Count == 0, $"{faults.Count} of {string.Join(", ", answers.Select(a => $"{a.Key}: {a.Value}"))}\n{string.Join('\n', faults.Take(25))}");
        Assert.DoesNotContain(fleet.Log.Lines, line => line.StartsWith("Error Grpc", StringComparison.Ordinal) || line.StartsWith($"Error {typeof(FleetApi).Namespace}.Grpc", StringComparison.Ordinal));
        Assert.Equal("ready", (string?)(await fleet.GetAsync("/health/ready")).Ok()["status"]);
    }

    private static IReadOnlyList<(string Path, byte[] Message)> Methods()
    {
        var predictions = new RecordPredictionsRequest { Model = "grpc-hostile", Columns = Columns() };
        var labels = new RecordLabelsRequest { Model = "grpc-hostile", Columns = new LabelColumns { Ids = { "a", "b" }, Labels = new ValueColumn { Numbers = { 1, 0 } }, Times = { 1 } } };
        List<(string, byte[])> methods =
        [
            ("/grpc.health.v1.Health/Check", [10, 1, 97]),
            ("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", [58, 0]),
            ("/inference.GRPCInferenceService/ModelInfer", Infer().ToByteArray()),
        ];
        foreach (var method in MonitorService.Descriptor.Methods.Concat(GRPCInferenceService.Descriptor.Methods))
        {
            var message = method.Name.Contains("Predictions", StringComparison.Ordinal) ? predictions.ToByteArray() : method.Name.Contains("Labels", StringComparison.Ordinal) ? labels.ToByteArray() : "\n\fgrpc-hostile"u8.ToArray();
            methods.Add(($"/{method.Service.FullName}/{method.Name}", message));
        }
        // Unloading would take the models from other tests.
        return [.. methods.Where(m => !m.Item1.EndsWith("RepositoryModelUnload", StringComparison.Ordinal))];
    }

    /// <summary>Columns of which some are good, some too long, and some hold what is no number.</summary>
    private static PredictionColumns Columns() => new()
    {
        Count = 2,
        Ids = { "a", "b" },
        Predictions = new ValueColumn { Numbers = { 1, 0 } },
        Scores = { 0.5, double.NaN },
        Features = { new NamedColumn { Name = "f", Values = new ValueColumn { Numbers = { 1, double.PositiveInfinity } } } },
        Tags = { new NamedTexts { Name = "t", Texts = new TextColumn { Dictionary = { "eu" }, Rows = { 1, 2 } } } },
    };

    private static ModelInferRequest Infer()
    {
        var request = new ModelInferRequest { ModelName = "logistic", Id = "grpc-hostile" };
        request.Inputs.Add(new ModelInferRequest.Types.InferInputTensor { Name = "X", Datatype = "FP32", Shape = { 1, 3 }, Contents = new InferTensorContents { Fp32Contents = { 1, float.NaN, 3 } } });
        return request;
    }
}
