"""The recorder against a server that answers as it is told, and against a real one where FLEETMONITOR_URL names it."""

import asyncio
import http.server
import json
import os
import pathlib
import sys
import tempfile
import threading
import time
import unittest
import unittest.mock
import urllib.request
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "src"))
from fleetmonitor import Recorder  # noqa: E402

URL = os.environ.get("FLEETMONITOR_URL")


class Server:
    """Answers with the statuses it was given, then with 200; keeps what it was sent."""

    def __init__(self, *statuses, hang=False):
        self.requests = []
        self.statuses = list(statuses)
        self.free = threading.Event()
        if not hang:
            self.free.set()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.requests.append((self.path, dict(self.headers), [json.loads(line) for line in body.splitlines()]))
                outer.free.wait(30)
                status = outer.statuses.pop(0) if outer.statuses else 200
                if status == 0:
                    self.close_connection = True
                    return
                answer = json.dumps({"accepted": body.count(b"\n"), "duplicates": 0, "too_late": 0, "rejected": 0, "errors": []}).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def close(self):
        self.free.set()
        self.http.shutdown()
        self.http.server_close()


class RecorderTests(unittest.TestCase):
    def serve(self, *statuses, **options):
        server = Server(*statuses, **options)
        self.addCleanup(server.close)
        return server

    def recorder(self, server, **options):
        options.setdefault("first_delay", 0.01)
        recorder = Recorder(server.url, "m", **options)
        self.addCleanup(recorder.close, 0.1)
        return recorder

    def test_events_are_sent_in_batches_with_producer_and_sequence(self):
        server = self.serve()
        recorder = self.recorder(server, batch_size=10, max_age=30)
        for i in range(25):
            self.assertTrue(recorder.record("1", {"amount": i, "none": float("nan"), "far": float("inf"), "text": "ü"}, id=str(i), latency=0.5))
        self.assertTrue(recorder.flush())
        self.assertEqual([10, 10, 5], [len(lines) for _, _, lines in server.requests])
        self.assertEqual(["1", "2", "3"], [headers["Fleet-Sequence"] for _, headers, _ in server.requests])
        self.assertEqual(1, len({headers["Fleet-Producer"] for _, headers, _ in server.requests}))
        first = server.requests[0][2][0]
        self.assertEqual({"amount": 0, "none": None, "far": "Infinity", "text": "ü"}, first["features"])
        self.assertEqual(("1", "0", 500.0), (first["prediction"], first["id"], first["latency_ms"]))
        self.assertEqual((25, 0), recorder.stats()[:1] + recorder.stats()[-1:])

    def test_a_token_is_the_given_one_or_what_the_environment_says_at_that_moment(self):
        server = self.serve()
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "token"
            with unittest.mock.patch.dict(os.environ, {"FLEETMONITOR_TOKEN_FILE": str(path)}):
                for token, given in (("one", None), ("two", None), ("three", "mine")):
                    path.write_text(token + "\n", encoding="utf-8")
                    recorder = self.recorder(server, token=given, max_age=0)
                    recorder.record("1")
                    self.assertTrue(recorder.flush())
        self.assertEqual(["Bearer one", "Bearer two", "Bearer mine"], [headers["Authorization"] for _, headers, _ in server.requests])

    def test_a_batch_that_is_not_full_is_sent_when_it_is_old(self):
        server = self.serve()
        recorder = self.recorder(server, batch_size=1000, max_age=0.05)
        recorder.record("1")
        until(lambda: recorder.stats().accepted == 1)

    def test_a_batch_that_fails_is_sent_again_under_its_sequence(self):
        server = self.serve(503, 0, 429, 408, 200)
        recorder = self.recorder(server)
        recorder.record("1", id="a")
        self.assertTrue(recorder.flush())
        self.assertEqual(5, len(server.requests))
        self.assertEqual({"1"}, {headers["Fleet-Sequence"] for _, headers, _ in server.requests})
        self.assertEqual((1, 4), (recorder.stats().accepted, recorder.stats().retries))

    def test_a_batch_that_is_refused_is_counted_and_not_sent_again(self):
        server = self.serve(400)
        recorder = self.recorder(server)
        recorder.record("1")
        self.assertTrue(recorder.flush())
        self.assertEqual((1, 1), (len(server.requests), recorder.stats().rejected))

    def test_a_batch_that_is_too_large_is_sent_in_halves(self):
        server = self.serve(413)
        recorder = self.recorder(server)
        for i in range(4):
            recorder.record("1", id=str(i))
        self.assertTrue(recorder.flush())
        self.assertEqual([4, 2, 2], [len(lines) for _, _, lines in server.requests])
        self.assertEqual(4, recorder.stats().accepted)

    def test_a_full_queue_drops_and_counts_and_never_waits(self):
        server = self.serve(hang=True)
        recorder = self.recorder(server, batch_size=10, max_queue=100, max_age=0.01)
        taken = sum(recorder.record("1") for _ in range(1_000))
        self.assertEqual((100, 900), (taken, recorder.stats().dropped))
        server.free.set()
        self.assertTrue(recorder.flush())
        self.assertEqual(100, recorder.stats().accepted)

    def test_close_ends_within_its_bound_and_counts_what_was_left(self):
        recorder = Recorder("http://127.0.0.1:9", "m", first_delay=0.01)
        for _ in range(10):
            recorder.record("1")
        started = time.monotonic()
        stats = recorder.close(0.2)
        self.assertLess(time.monotonic() - started, 10)
        self.assertEqual((0, 10, 0), (stats.accepted, stats.dropped, stats.pending))
        self.assertFalse(recorder.record("1"))

    def test_close_waits_once_for_an_answer_that_does_not_come_and_counts_its_batch_once(self):
        server = self.serve(hang=True)
        recorder = Recorder(server.url, "m", batch_size=10)
        for _ in range(15):
            recorder.record("1")
        until(lambda: server.requests)
        started = time.monotonic()
        stats = recorder.close(2)
        self.assertLess(time.monotonic() - started, 3.5)
        self.assertEqual((0, 15, 0), (stats.accepted, stats.dropped, stats.pending))
        server.free.set()
        recorder._thread.join(20)
        self.assertFalse(recorder._thread.is_alive())
        self.assertEqual(stats, recorder.stats())

    def test_the_decorator_records_and_changes_nothing(self):
        server = self.serve()
        recorder = self.recorder(server)

        @recorder.monitor
        def scored(features):
            return "yes", 0.75

        @recorder.monitor(id=lambda a, b: f"{a}-{b}", version="3")
        def named(a, b):
            return a + b

        @recorder.monitor
        def fails(features):
            raise KeyError("x")

        self.assertEqual(("yes", 0.75), scored({"x": 1}))
        identity = Recorder.last_id()
        self.assertEqual(3, named(1, b=2))
        self.assertEqual("1-2", Recorder.last_id())
        with self.assertRaises(KeyError):
            fails({})
        recorder.label(identity, "no")
        self.assertTrue(recorder.flush())
        (path, _, (first, second)), (labels, _, (label,)) = server.requests
        self.assertEqual(("/v1/models/m/predictions", "/v1/models/m/labels"), (path, labels))
        self.assertEqual(({"x": 1}, "yes", 0.75, identity), (first["features"], first["prediction"], first["score"], first["id"]))
        self.assertEqual(({"a": 1, "b": 2}, 3, "3"), (second["features"], second["prediction"], second["version"]))
        self.assertEqual((identity, "no"), (label["id"], label["label"]))

    def test_the_decorator_awaits_an_async_function(self):
        server = self.serve()
        recorder = self.recorder(server)

        @recorder.monitor
        async def scored(features):
            await asyncio.sleep(0.02)
            return "yes", 0.75

        @recorder.monitor(version="3")
        async def fails(features):
            raise KeyError("x")

        async def calls():
            answer = await scored({"x": 1})
            with self.assertRaises(KeyError):
                await fails({})
            return answer, Recorder.last_id()

        self.assertTrue(asyncio.iscoroutinefunction(scored))
        answer, identity = asyncio.run(calls())
        self.assertEqual(("yes", 0.75), answer)
        self.assertTrue(recorder.flush())
        ((_, _, (event,)),) = server.requests
        self.assertEqual(({"x": 1}, "yes", 0.75, identity), (event["features"], event["prediction"], event["score"], event["id"]))
        self.assertGreaterEqual(event["latency_ms"], 15)
        self.assertEqual(0, recorder.stats().dropped)

    def test_the_decorator_refuses_a_generator(self):
        recorder = self.recorder(self.serve())

        def generator(features):
            yield "1"

        async def asynchronous(features):
            yield "1"

        for function in (generator, asynchronous):
            with self.assertRaisesRegex(TypeError, "got a generator"):
                recorder.monitor(function)

    @unittest.skipUnless(hasattr(os, "fork"), "there is no fork")
    def test_a_forked_process_has_a_producer_of_its_own(self):
        server = self.serve()
        recorder = self.recorder(server)
        recorder.record("1", id="parent")
        self.assertTrue(recorder.flush())
        child = os.fork()
        if child == 0:
            recorder.record("1", id="child")
            os._exit(0 if recorder.flush() else 1)
        self.assertEqual(0, os.waitpid(child, 0)[1])
        self.assertEqual(2, len({headers["Fleet-Producer"] for _, headers, _ in server.requests}))


@unittest.skipUnless(URL, "FLEETMONITOR_URL names no server")
class LiveTests(unittest.TestCase):
    def test_what_is_recorded_is_counted_by_the_server(self):
        model = f"python-{uuid.uuid4().hex[:8]}"
        with Recorder(URL, model, batch_size=100) as recorder:
            predict = recorder.monitor(lambda features: ("1" if features["x"] > 0.5 else "0", features["x"]))
            for i in range(1_000):
                predict({"x": i / 1_000})
                recorder.label(Recorder.last_id(), "1")
            self.assertTrue(recorder.flush(60))
            self.assertEqual((2_000, 0, 0, 0), recorder.stats()[:4])
        with urllib.request.urlopen(f"{URL}/v1/models/{model}") as answer:
            described = json.load(answer)
        self.assertEqual((1_000, 1_000), (described["counters"]["predictions"], described["counters"]["labels_joined"]))
        self.assertEqual("binary", described["spec"]["task"])


def until(condition, timeout=20.0):
    deadline = time.monotonic() + timeout
    pause = threading.Event()
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError
        pause.wait(0.01)


if __name__ == "__main__":
    unittest.main()
