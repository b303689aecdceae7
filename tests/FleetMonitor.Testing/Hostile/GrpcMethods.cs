using FleetMonitor.Testing.Onnx;

namespace FleetMonitor.Testing.Hostile;

/// <summary>Methods of a server, each with a message that it takes.</summary>
internal static class GrpcMethods
{
    private const string Model = "hostile-grpc";

    public static IReadOnlyList<(string Path, byte[] Message)> All { get; } =
    [
        ("/grpc.health.v1.Health/Check", []),
        ("/fleetmonitor.v1.MonitorService/RecordPredictions", new ProtoWriter().Text(1, Model).Message(2, Prediction).Message(2, Prediction).ToArray()),
        ("/fleetmonitor.v1.MonitorService/StreamPredictions", new ProtoWriter().Text(1, Model).Number(2, 1).Message(3, Columns).ToArray()),
        ("/fleetmonitor.v1.MonitorService/RecordLabels", new ProtoWriter().Text(1, Model).Message(2, label => label.Text(1, "a").Message(2, Class)).ToArray()),
        ("/fleetmonitor.v1.MonitorService/ListModels", new ProtoWriter().Number(1, 1).Number(3, 2).ToArray()),
        ("/fleetmonitor.v1.MonitorService/GetModel", new ProtoWriter().Text(1, Model).ToArray()),
        ("/fleetmonitor.v1.MonitorService/GetDrift", new ProtoWriter().Text(1, Model).Text(2, "1h").ToArray()),
        ("/inference.GRPCInferenceService/ModelInfer", new ProtoWriter().Text(1, Model).Text(3, "a").ToArray()),
    ];

    private static void Prediction(ProtoWriter prediction) => prediction.Text(1, "a").Message(4, feature => feature.Text(1, "country").Message(2, value => value.Text(2, "DE"))).Message(5, Class);

    private static void Class(ProtoWriter value) => value.Text(2, "1");

    /// <summary>Two predictions: their number, ids, and classes out of a dictionary.</summary>
    private static void Columns(ProtoWriter columns) =>
        columns.Number(1, 2).Text(2, "a").Text(2, "b").Message(5, values => values.Message(2, texts => texts.Text(1, "1").Text(1, "0").Bytes(2, [1, 2])));
}
