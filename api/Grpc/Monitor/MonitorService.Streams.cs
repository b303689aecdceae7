using FleetMonitor.Api.Access;
using FleetMonitor.Api.Ingest;
using FleetMonitor.Protocol.V1;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;

namespace FleetMonitor.Api.Grpc.Monitor;

/// <content>Streams of columnar batches.</content>
internal sealed partial class MonitorService
{
    [Authorize(Policies.Ingest)]
    public override Task StreamPredictions(
        IAsyncStreamReader<StreamPredictionsRequest> requestStream, IServerStreamWriter<StreamPredictionsResponse> responseStream, ServerCallContext context)
    {
        var (http, producer) = (context.GetHttpContext(), StreamProducer(context));
        return BatchStream.Run(requestStream, responseStream, Take, options.Value.MaxBatchesInFlight, Uncompressed(context), lifetime.ApplicationStopping);

        async Task<StreamPredictionsResponse> Take(StreamPredictionsRequest request, ulong index)
        {
            var answer = new StreamPredictionsResponse { Index = index };
            if (request.HasSequence) answer.Sequence = request.Sequence;
            var (outcome, problem) = await Outcome(http, request, bytes =>
            {
                var started = time.GetTimestamp();
                var identity = Identity(producer, request.HasSequence ? request.Sequence : null);
                var decoded = ColumnReader.Read(request.Columns ?? throw Wrong("columns: expected a batch, got nothing"), ingestion.LimitsOf(bytes), bytes + 1024);
                return Hand(context, request.Model, identity, decoded, BatchKinds.Predictions, bytes, started);
            });
            if (problem is not null) answer.Problem = problem;
            else if (outcome!.NoneGood) answer.Problem = Answers.NoneGoodOfStream(PredictionItem, outcome);
            else answer.Result = Answers.Predictions(outcome);
            return answer;
        }
    }

    [Authorize(Policies.Ingest)]
    public override Task StreamLabels(
        IAsyncStreamReader<StreamLabelsRequest> requestStream, IServerStreamWriter<StreamLabelsResponse> responseStream, ServerCallContext context)
    {
        var (http, producer) = (context.GetHttpContext(), StreamProducer(context));
        return BatchStream.Run(requestStream, responseStream, Take, options.Value.MaxBatchesInFlight, Uncompressed(context), lifetime.ApplicationStopping);

        async Task<StreamLabelsResponse> Take(StreamLabelsRequest request, ulong index)
        {
            var answer = new StreamLabelsResponse { Index = index };
            if (request.HasSequence) answer.Sequence = request.Sequence;
            var (outcome, problem) = await Outcome(http, request, bytes =>
            {
                var started = time.GetTimestamp();
                var identity = Identity(producer, request.HasSequence ? request.Sequence : null);
                var decoded = ColumnReader.Read(request.Columns ?? throw Wrong("columns: expected a batch, got nothing"), ingestion.Limits);
                return Hand(context, request.Model, identity, decoded, BatchKinds.Labels, bytes, started);
            });
            if (problem is not null) answer.Problem = problem;
            else if (outcome!.NoneGood) answer.Problem = Answers.NoneGoodOfStream(LabelItem, outcome);
            else answer.Result = Answers.Labels(outcome);
            return answer;
        }
    }

    /// <summary>What would be the status of a call is the problem of a batch; a fault of ours ends the stream.</summary>
    private async Task<(IngestOutcome? Outcome, BatchProblem? Problem)> Outcome(HttpContext http, IMessage request, Func<int, Task<IngestOutcome>> take)
    {
        try
        {
            var bytes = request.CalculateSize();
            using var room = budget.Hold(bytes);
            return (await take(bytes), null);
        }
        catch (RpcException exception)
        {
            return (null, new BatchProblem { Code = (int)exception.StatusCode, Message = exception.Status.Detail });
        }
        catch (Exception exception) when (GrpcStatus.Of(exception, http) is { } status)
        {
            return (null, new BatchProblem { Code = (int)status.StatusCode, Message = status.Detail });
        }
    }

    /// <summary>Who sends all batches of a stream; null when it does not say.</summary>
    private static string? StreamProducer(ServerCallContext context)
    {
        var headers = context.GetHttpContext().Request.Headers;
        if (headers.ContainsKey(BatchIdentity.SequenceHeader)) throw Wrong("fleet-sequence: a stream's batches carry their own; leave it out of the metadata");
        var producer = headers[BatchIdentity.ProducerHeader];
        if (producer.Count == 0) return null;
        return producer is [{ Length: > 0 and <= BatchIdentity.MaxProducerLength } name]
            ? name
            : throw Wrong($"fleet-producer: expected once, 1 to {BatchIdentity.MaxProducerLength} characters");
    }

    private static BatchIdentity? Identity(string? producer, ulong? sequence) => (producer, sequence) switch
    {
        (null, null) => null,
        ({ } name, { } number) => new BatchIdentity(name, number),
        (null, _) => throw Wrong("sequence: expected beside metadata fleet-producer, got it alone"),
        _ => throw Wrong("sequence: expected beside metadata fleet-producer, got nothing"),
    };

    /// <summary>Acknowledgements are too small to be worth it.</summary>
    private static ServerCallContext Uncompressed(ServerCallContext context)
    {
        context.WriteOptions = new WriteOptions(WriteFlags.NoCompress);
        return context;
    }
}
