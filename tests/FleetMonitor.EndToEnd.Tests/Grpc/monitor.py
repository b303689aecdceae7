"""Speaks fleetmonitor.v1 with Python's own gRPC, over messages that the server's reflection describes. Prints what a test looks for; an assertion that fails ends it."""

import math
import sys
import threading

import grpc
import reflection

target = sys.argv[1]
server = reflection.Server(grpc.insecure_channel(target, options=[("grpc.max_send_message_length", -1)]))
monitor = server.stub("fleetmonitor.v1.MonitorService")


class Messages:
    def __getattr__(self, name):
        return server.message(f"fleetmonitor.v1.{name}")


pb = Messages()
TIMEOUT = 20


def columns(first: int, count: int):
    """Binary predictions with one feature of numbers and one of texts; ids from p-FIRST on."""
    return pb.PredictionColumns(
        count=count,
        ids=[f"p-{first + i}" for i in range(count)],
        predictions=pb.ValueColumn(texts=pb.TextColumn(dictionary=["0", "1"], rows=[1 + i % 2 for i in range(count)])),
        scores=[0.25 + 0.5 * (i % 2) for i in range(count)],
        latencies=[0.002] * count,
        features=[
            pb.NamedColumn(name="amount", values=pb.ValueColumn(numbers=[math.nan if i % 10 == 9 else float(i) for i in range(count)])),
            pb.NamedColumn(name="country", values=pb.ValueColumn(texts=pb.TextColumn(dictionary=["DE", "FR"], rows=[i % 3 for i in range(count)]))),
        ],
        tags=[pb.NamedTexts(name="region", texts=pb.TextColumn(dictionary=["eu"], rows=[1] * count))],
    )


def refused(code, call, *arguments, **options):
    try:
        call(*arguments, timeout=TIMEOUT, **options)
    except grpc.RpcError as error:
        assert error.code() == code, (error.code(), error.details())
        return error
    raise AssertionError(f"{code} was expected")


def unary():
    rows = [
        pb.Prediction(id="r-0", prediction=pb.Value(text="1"), score=0.9, features={"amount": pb.Value(number=1), "new": pb.Value(flag=True)}, version="3"),
        pb.Prediction(id="r-1"),
        pb.Prediction(id="r-2", prediction=pb.Value(number=0), score=1.5),
        pb.Prediction(id="r-3", prediction=pb.Value(number=0), tags={"region": "eu"}),
    ]
    result = monitor.RecordPredictions(pb.RecordPredictionsRequest(model="rows", predictions=rows), timeout=TIMEOUT).result
    assert (result.accepted, result.rejected) == (2, 2), result
    assert [(e.index, e.field) for e in result.errors] == [(1, "prediction"), (2, "score")], result
    labels = [pb.Label(id="r-0", label=pb.Value(text="1")), pb.Label(id="r-9", label=pb.Value(number=1)), pb.Label(label=pb.Value(number=1))]
    result = monitor.RecordLabels(pb.RecordLabelsRequest(model="rows", labels=labels), timeout=TIMEOUT).result
    assert (result.accepted, result.joined, result.pending, result.rejected) == (2, 1, 1, 1), result
    print("unary")


def gzip():
    request = pb.RecordPredictionsRequest(model="packed", columns=columns(0, 1000))
    result = monitor.RecordPredictions(request, timeout=TIMEOUT, compression=grpc.Compression.Gzip).result
    assert result.accepted == 1000, result
    print("gzip")


def repetition():
    metadata = (("fleet-producer", "python"), ("fleet-sequence", "7"))
    request = pb.RecordPredictionsRequest(model="repeated", columns=columns(0, 10))
    for expected in ((10, 0), (0, 10)):
        result = monitor.RecordPredictions(request, timeout=TIMEOUT, metadata=metadata).result
        assert (result.accepted, result.duplicates) == expected, result
    refused(grpc.StatusCode.INVALID_ARGUMENT, monitor.RecordPredictions, request, metadata=metadata[:1])
    print("repetition")


def errors():
    none = refused(grpc.StatusCode.INVALID_ARGUMENT, monitor.RecordPredictions, pb.RecordPredictionsRequest(model="wrong", predictions=[pb.Prediction(id="x")]))
    details = dict(none.trailing_metadata())["grpc-status-details-bin"]
    assert b"google.rpc.BadRequest" in details and b"predictions[0].prediction" in details, details
    short = columns(0, 10)
    del short.scores[-1]
    assert "scores: expected 10 rows, got 9" in refused(grpc.StatusCode.INVALID_ARGUMENT, monitor.RecordPredictions, pb.RecordPredictionsRequest(model="wrong", columns=short)).details()
    outside = columns(0, 10)
    outside.tags[0].texts.rows[3] = 2
    assert "row 3" in refused(grpc.StatusCode.INVALID_ARGUMENT, monitor.RecordPredictions, pb.RecordPredictionsRequest(model="wrong", columns=outside)).details()
    refused(grpc.StatusCode.INVALID_ARGUMENT, monitor.RecordPredictions, pb.RecordPredictionsRequest(model="no/name", columns=columns(0, 1)))
    refused(grpc.StatusCode.INVALID_ARGUMENT, monitor.RecordPredictions, pb.RecordPredictionsRequest(model="wrong"))
    refused(grpc.StatusCode.RESOURCE_EXHAUSTED, monitor.RecordPredictions, pb.RecordPredictionsRequest(model="wrong", columns=columns(0, 10_001)))
    refused(grpc.StatusCode.RESOURCE_EXHAUSTED, monitor.RecordPredictions, pb.RecordPredictionsRequest(model="x" * (33 << 20)))
    refused(grpc.StatusCode.RESOURCE_EXHAUSTED, monitor.RecordPredictions, pb.RecordPredictionsRequest(model="x" * (33 << 20)), compression=grpc.Compression.Gzip)
    refused(grpc.StatusCode.NOT_FOUND, monitor.GetModel, pb.GetModelRequest(model="wrong"))
    # Bytes that are no message, texts that are no UTF-8, a length of 2 GB: a status, and the server lives.
    raw = grpc.insecure_channel(target).unary_unary("/fleetmonitor.v1.MonitorService/RecordPredictions")
    for garbage in (b"\xff" * 50, b"\x0a\x02\xc3\x28", b"\x12\xff\xff\xff\xff\x07", b"\x1a\x06\x08\xff\xff\xff\xff\x0f"):
        try:
            raw(garbage, timeout=TIMEOUT)
            raise AssertionError(garbage)
        except grpc.RpcError as error:
            assert error.code() in (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.RESOURCE_EXHAUSTED), (garbage, error.code(), error.details())
    print("errors")


def stream():
    batches = [pb.StreamPredictionsRequest(model="streamed", sequence=s + 1, columns=columns(s * 100, 100)) for s in range(50)]
    batches.insert(10, pb.StreamPredictionsRequest(model="streamed", sequence=99, columns=pb.PredictionColumns(count=1)))
    batches.append(batches[0])
    answers = list(monitor.StreamPredictions(iter(batches), timeout=TIMEOUT, metadata=(("fleet-producer", "python"),)))
    assert [a.index for a in answers] == list(range(52)), answers
    assert answers[10].problem.code == grpc.StatusCode.INVALID_ARGUMENT.value[0] and "predictions" in answers[10].problem.message, answers[10]
    assert all(a.result.accepted == 100 for i, a in enumerate(answers) if i not in (10, 51)), answers
    assert answers[51].result.duplicates == 100, answers[51]
    labels = [pb.StreamLabelsRequest(model="streamed", columns=pb.LabelColumns(ids=[f"p-{i}" for i in range(s * 100, s * 100 + 100)], labels=pb.ValueColumn(numbers=[1.0] * 100))) for s in range(5)]
    assert [a.result.joined for a in monitor.StreamLabels(iter(labels), timeout=TIMEOUT)] == [100] * 5
    print("stream")


def flow_control():
    """A client that reads no answers is held back: of what it would send only so much is ever taken from it; and when it reads, it goes on."""
    # A window of a fixed size for answers, which many small ones fill.
    narrow = reflection.Server(grpc.insecure_channel(target, options=[("grpc.http2.bdp_probe", 0)])).stub("fleetmonitor.v1.MonitorService")
    taken = 0
    enough = threading.Event()

    def forever():
        nonlocal taken
        while not enough.is_set():
            taken += 1
            yield pb.StreamPredictionsRequest(model="held", columns=pb.PredictionColumns(count=1, predictions=pb.ValueColumn(numbers=[1])))

    call = narrow.StreamPredictions(forever(), timeout=200)
    held = stands(lambda: taken)
    assert held < 50_000, held
    answered = sum(1 for _ in zip(range(held // 2), call))
    assert answered == held // 2, answered
    assert stands(lambda: taken) > held
    enough.set()
    call.cancel()
    print("flow control")


def stands(read, ticks=12):
    """What a count comes to: it has stood for some seconds."""
    tick, still, last = threading.Event(), 0, -1
    while still < ticks:
        now = read()
        still, last = (still + 1, last) if now == last else (0, now)
        tick.wait(0.25)
    return last


def deadline():
    call = monitor.StreamPredictions(iter(lambda: threading.Event().wait(30), None), timeout=1)
    try:
        next(call)
        raise AssertionError("an answer to nothing")
    except grpc.RpcError as error:
        assert error.code() == grpc.StatusCode.DEADLINE_EXCEEDED, error
    print("deadline")


def stopping():
    """A server that stops answers for what it has read, and says so."""
    gone = threading.Event()

    def one_then_wait():
        yield pb.StreamPredictionsRequest(model="stopped", columns=columns(0, 100))
        gone.wait(60)

    call = monitor.StreamPredictions(one_then_wait(), timeout=60)
    assert next(call).result.accepted == 100
    print("open", flush=True)
    try:
        next(call)
        raise AssertionError("an answer to nothing")
    except grpc.RpcError as error:
        assert error.code() == grpc.StatusCode.UNAVAILABLE, error
    gone.set()
    print("stopping")


def queries():
    model = monitor.GetModel(pb.GetModelRequest(model="streamed"), timeout=TIMEOUT)
    assert (model.predictions, model.labels_joined, model.task) == (5000, 500, "binary"), model
    performance = monitor.GetPerformance(pb.GetPerformanceRequest(model="streamed"), timeout=TIMEOUT).windows
    assert [w.window.seconds for w in performance] == [300, 3600, 86400, 604800], performance
    assert performance[1].labelled == 500 and performance[1].accuracy == 0.5 and not performance[1].HasField("mae"), performance[1]
    request = pb.GetDriftRequest(model="streamed")
    request.window.seconds = 3600
    drift = monitor.GetDrift(request, timeout=TIMEOUT).windows
    assert len(drift) == 1 and {c.name for c in drift[0].columns} == {"amount", "country", "score", "prediction"}, drift
    request.window.seconds = 61
    refused(grpc.StatusCode.INVALID_ARGUMENT, monitor.GetDrift, request)
    names = [m.name for m in monitor.ListModels(pb.ListModelsRequest(order=2, page_size=2), timeout=TIMEOUT).models]
    assert len(names) == 2 and names == sorted(names), names
    print("queries")


for part in sys.argv[2:]:
    globals()[part]()
