using FleetMonitor.Api.Access;
using FleetMonitor.Api.Bounds;
using FleetMonitor.Api.Ingest;
using FleetMonitor.Api.Requests;
using FleetMonitor.Core.Formats;
using FleetMonitor.Protocol.V1;
using Grpc.Core;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace FleetMonitor.Api.Grpc.Monitor;

/// <summary><c>fleetmonitor.v1.MonitorService</c>: what HTTP takes and answers, over gRPC.</summary>
[BindServiceMethod(typeof(MonitorService), nameof(Bind))]
internal sealed partial class MonitorService(
    ModelGateway gateway, Ingestion ingestion, IngestMetrics metrics, BodyBudget budget, IGrainFactory grains,
    IOptions<FleetGrpcOptions> options, IHostApplicationLifetime lifetime, TimeProvider time)
    : Protocol.V1.MonitorService.MonitorServiceBase
{
    /// <summary>Found by name when the service is mapped.</summary>
    public static void Bind(ServiceBinderBase binder, Protocol.V1.MonitorService.MonitorServiceBase? service) =>
        Protocol.V1.MonitorService.BindService(new MessageCheck(binder), service!);

    private const string PredictionItem = "prediction";
    private const string LabelItem = "label";

    [Authorize(Policies.Ingest)]
    public override async Task<RecordPredictionsResponse> RecordPredictions(RecordPredictionsRequest request, ServerCallContext context)
    {
        var started = time.GetTimestamp();
        var identity = Identity(context);
        var bytes = request.CalculateSize();
        OneOf(request.Predictions.Count > 0, request.Columns is not null, "predictions");
        var decoded = request.Columns is null
            ? RowReader.Read(request.Predictions, ingestion.LimitsOf(bytes))
            : ColumnReader.Read(request.Columns, ingestion.LimitsOf(bytes), bytes + 1024);
        var outcome = await Hand(context, request.Model, identity, decoded, BatchKinds.Predictions, bytes, started).WaitAsync(context.CancellationToken);
        return outcome.NoneGood ? throw Answers.NoneGood(PredictionItem, outcome) : new RecordPredictionsResponse { Result = Answers.Predictions(outcome) };
    }

    [Authorize(Policies.Ingest)]
    public override async Task<RecordLabelsResponse> RecordLabels(RecordLabelsRequest request, ServerCallContext context)
    {
        var started = time.GetTimestamp();
        var identity = Identity(context);
        OneOf(request.Labels.Count > 0, request.Columns is not null, "labels");
        var decoded = request.Columns is null ? RowReader.Read(request.Labels, ingestion.Limits) : ColumnReader.Read(request.Columns, ingestion.Limits);
        var outcome = await Hand(context, request.Model, identity, decoded, BatchKinds.Labels, request.CalculateSize(), started).WaitAsync(context.CancellationToken);
        return outcome.NoneGood ? throw Answers.NoneGood(LabelItem, outcome) : new RecordLabelsResponse { Result = Answers.Labels(outcome) };
    }

    private Task<IngestOutcome> Hand<TBatch>(
        ServerCallContext context, string model, BatchIdentity? identity, Decoded<TBatch> decoded, BatchKind<TBatch> kind, int bytes, long started)
    {
        RequireModel(context, model);
        if (decoded.Items == 0) throw Wrong($"expected at least one {kind.Item}, got none");
        metrics.Received(kind.Name, bytes);
        return ingestion.Hand(model, identity, decoded, kind, started);
    }

    /// <summary>Metadata are HTTP/2's headers.</summary>
    private static BatchIdentity? Identity(ServerCallContext context)
    {
        var (identity, error) = BatchIdentity.Read(context.GetHttpContext().Request.Headers);
        return error is null ? identity : throw Wrong(error);
    }

    private static void RequireModel(ServerCallContext context, string model)
    {
        if (!ModelName.IsValid(model)) throw Wrong("model: expected a name of 1 to 128 letters, digits, '.', '_' or '-' that starts with a letter or a digit");
        context.RequireModel(model);
    }

    private static void OneOf(bool rows, bool columns, string name)
    {
        if (rows == columns) throw Wrong($"expected {name} or columns, got {(rows ? "both" : "neither")}");
    }

    private static RpcException Wrong(string message) => new(new Status(StatusCode.InvalidArgument, message));
}
