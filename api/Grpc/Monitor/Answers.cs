using FleetMonitor.Api.Ingest;
using FleetMonitor.Protocol.V1;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using LabelsResult = FleetMonitor.Protocol.V1.LabelsResult;
using PredictionsResult = FleetMonitor.Protocol.V1.PredictionsResult;

namespace FleetMonitor.Api.Grpc.Monitor;

/// <summary>What became of a batch, as messages.</summary>
internal static class Answers
{
    /// <summary>Items named in a status: it travels in headers, which clients limit to 8 KiB.</summary>
    private const int MaxDetails = 20;

    private const int MaxDescription = 200;

    public static PredictionsResult Predictions(IngestOutcome outcome) => new()
    {
        Accepted = outcome.Applied.Accepted,
        Duplicates = outcome.Applied.Duplicates,
        TooLate = outcome.Applied.TooLate,
        Rejected = outcome.Rejected,
        Errors = { outcome.Errors.Select(Item) },
    };

    public static LabelsResult Labels(IngestOutcome outcome) => new()
    {
        Accepted = outcome.Applied.Accepted,
        Joined = outcome.Applied.Joined,
        Pending = outcome.Applied.Pending,
        Corrected = outcome.Applied.Corrected,
        Rejected = outcome.Rejected,
        Errors = { outcome.Errors.Select(Item) },
    };

    /// <summary>A batch of which nothing was good, as a call's status.</summary>
    public static RpcException NoneGood(string item, IngestOutcome outcome)
    {
        var items = new BadRequest { FieldViolations = { outcome.Errors.Take(MaxDetails).Select(e => Violation(item, e)) } };
        return new Google.Rpc.Status { Code = (int)Code.InvalidArgument, Message = Message(item, outcome), Details = { Any.Pack(items) } }.ToRpcException();
    }

    /// <summary>A batch of which nothing was good, as one of a stream.</summary>
    public static BatchProblem NoneGoodOfStream(string item, IngestOutcome outcome) =>
        new() { Code = (int)Code.InvalidArgument, Message = Message(item, outcome), Errors = { outcome.Errors.Select(Item) } };

    private static string Message(string item, IngestOutcome outcome) => $"no {item} was accepted, {outcome.Rejected} rejected";

    private static BadRequest.Types.FieldViolation Violation(string item, ItemProblem problem) => new()
    {
        Field = problem.Field.Length == 0 ? $"{item}s[{problem.Index}]" : $"{item}s[{problem.Index}].{problem.Field}",
        Description = problem.Message.Length <= MaxDescription ? problem.Message : problem.Message[..MaxDescription],
    };

    private static ItemError Item(ItemProblem problem) => new() { Index = problem.Index, Field = problem.Field, Message = problem.Message };
}
