"""Records predictions and labels without making their caller wait."""

from __future__ import annotations

import atexit
import collections
import contextvars
import functools
import inspect
import os
import threading
import time as clock
import uuid
import weakref
from datetime import datetime
from typing import Any, Callable, Deque, Dict, List, Mapping, NamedTuple, Optional, Tuple, TypeVar, overload

from . import events
from .transport import GaveUp, Refused, Transport

F = TypeVar("F", bound=Callable[..., Any])

PREDICTIONS, LABELS = "predictions", "labels"

_last_id: contextvars.ContextVar[Optional[str]] = contextvars.ContextVar("fleetmonitor_last_id", default=None)
_recorders: "weakref.WeakSet[Recorder]" = weakref.WeakSet()


class Stats(NamedTuple):
    """What became of all events so far."""

    accepted: int
    """Counted by the server, and durable there."""
    duplicates: int
    """Were there before; all of a batch whose first answer was lost."""
    rejected: int
    """The server will never take them, or they are too late."""
    dropped: int
    """The queue was full, or the recorder was closed before they were answered: of a batch under way the server may still have counted some."""
    retries: int
    """Batches sent again."""
    pending: int
    """Not answered yet."""


class Recorder:
    """Sends predictions and labels of models in batches, from a thread of its own. Thread-safe.

    url: the server's address. model: whose events they are, unless an event names another. token: sent as a bearer token;
    None: FLEETMONITOR_TOKEN, or what the file that FLEETMONITOR_TOKEN_FILE names holds.
    batch_size: events of a batch at most, 1 to 10,000. max_age: seconds after which a batch is sent that is not full. max_queue: events that wait at most.
    timeout: seconds for an answer. first_delay, max_delay: seconds before the second try, and before any.
    """

    def __init__(
        self, url: str, model: Optional[str] = None, *, token: Optional[str] = None, batch_size: int = 500, max_age: float = 1.0, max_queue: int = 100_000,
        timeout: float = 30.0, first_delay: float = 0.2, max_delay: float = 30.0,
    ):
        if not 1 <= batch_size <= 10_000:
            raise ValueError("batch_size: expected 1 to 10,000")
        self.model = model
        self._batch_size, self._max_age, self._max_queue = batch_size, max_age, max_queue
        self._new_transport = functools.partial(Transport, url, token, timeout, first_delay, max_delay)
        self._reset()
        _recorders.add(self)
        atexit.register(_close, weakref.ref(self))

    def record(
        self, prediction: Any, features: Optional[Mapping[str, Any]] = None, *, id: Optional[str] = None, time: Optional[datetime] = None,
        score: Optional[float] = None, probabilities: Optional[Mapping[str, float]] = None, latency: Optional[float] = None, error: bool = False,
        version: Optional[str] = None, tags: Optional[Mapping[str, str]] = None, model: Optional[str] = None,
    ) -> bool:
        """Puts a prediction into the queue; False where it was dropped since that is full. latency is in seconds."""
        event = {
            "id": id, "time": events.at(time), "version": version, "prediction": prediction, "score": score, "error": error or None,
            "features": None if features is None else dict(features),
            "probabilities": None if probabilities is None else dict(probabilities),
            "latency_ms": None if latency is None else latency * 1000,
            "tags": None if tags is None else dict(tags),
        }
        return self._put(model, PREDICTIONS, event)

    def label(self, id: str, label: Any, *, time: Optional[datetime] = None, model: Optional[str] = None) -> bool:
        """Puts what turned out to be true of a prediction into the queue; False where it was dropped since that is full."""
        return self._put(model, LABELS, {"id": id, "label": label, "time": events.at(time)})

    @overload
    def monitor(self, function: F) -> F: ...

    @overload
    def monitor(
        self, *, id: Optional[Callable[..., str]] = None, version: Optional[str] = None, tags: Optional[Mapping[str, str]] = None, model: Optional[str] = None
    ) -> Callable[[F], F]: ...

    def monitor(
        self, function: Any = None, *, id: Optional[Callable[..., str]] = None, version: Optional[str] = None, tags: Optional[Mapping[str, str]] = None,
        model: Optional[str] = None,
    ) -> Any:
        """Records every call of a predict function, plain or async: its features, its answer and its latency.

        The features are the function's first argument where that is a mapping or a sequence, otherwise all arguments by name. It answers a prediction,
        (prediction, score), (prediction, probabilities), or a mapping of record's arguments. id gives a call's id from its arguments; otherwise one is made,
        and last_id() says which. A call that raises has no prediction and is not recorded.
        """
        if function is None:
            return lambda f: self.monitor(f, id=id, version=version, tags=tags, model=model)
        if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            raise TypeError("function: expected one that answers a prediction, got a generator")
        signature = inspect.signature(function)

        def keep(args: Tuple[Any, ...], kwargs: Mapping[str, Any], answer: Any, latency: float) -> None:
            # Whatever a prediction looks like, monitoring it must not fail it.
            try:
                fields = _answer(answer)
                given = str(id(*args, **kwargs)) if id is not None else fields.pop("id", None) or uuid.uuid4().hex
                fields.setdefault("features", _features(signature, args, kwargs))
                fields.setdefault("latency", latency)
                if self.record(id=given, version=version, tags=tags, model=model, **fields):
                    _last_id.set(given)
            except Exception:  # noqa: BLE001
                with self._lock:
                    self._dropped += 1

        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def awaited(*args: Any, **kwargs: Any) -> Any:
                started = clock.perf_counter()
                answer = await function(*args, **kwargs)
                keep(args, kwargs, answer, clock.perf_counter() - started)
                return answer

            return awaited

        @functools.wraps(function)
        def monitored(*args: Any, **kwargs: Any) -> Any:
            started = clock.perf_counter()
            answer = function(*args, **kwargs)
            keep(args, kwargs, answer, clock.perf_counter() - started)
            return answer

        return monitored

    @staticmethod
    def last_id() -> Optional[str]:
        """The id of the last monitored prediction in this thread or task."""
        return _last_id.get()

    def stats(self) -> Stats:
        with self._lock:
            return Stats(self._accepted, self._duplicates, self._rejected, self._dropped, self._transport.retries, len(self._queue) + self._sending)

    def flush(self, timeout: float = 10.0) -> bool:
        """Sends what is there without waiting for full batches; whether all of it was answered in time."""
        deadline = clock.monotonic() + timeout
        with self._lock:
            self._flushing = True
            self._changed.notify_all()
            while self._queue or self._sending:
                left = deadline - clock.monotonic()
                if left <= 0 or not self._changed.wait(left):
                    break
            self._flushing = False
            return not self._queue and not self._sending

    def close(self, timeout: float = 10.0) -> Stats:
        """Sends what is left, for so long at most; what was not answered by then counts as dropped. Events that come later are dropped too."""
        deadline = clock.monotonic() + timeout
        with self._lock:
            closing, self._closed = not self._closed, True
        if closing:
            self.flush(timeout)
            self._stop.set()
            with self._lock:
                self._changed.notify_all()
            if self._thread is not None:
                # It has a moment to see that it is over; a request that hangs is not waited for.
                self._thread.join(max(deadline - clock.monotonic(), 0.1))
            if self._thread is None or not self._thread.is_alive():
                self._transport.close()
            with self._lock:
                self._dropped += len(self._queue) + self._sending
                self._queue.clear()
                self._sending = 0
                self._ended = True
        return self.stats()

    def __enter__(self) -> "Recorder":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def _put(self, model: Optional[str], kind: str, event: events.Event) -> bool:
        name = model or self.model
        if not name:
            raise ValueError("model: expected a name, here or for the recorder")
        with self._lock:
            if self._closed or len(self._queue) + self._sending >= self._max_queue:
                self._dropped += 1
                return False
            self._queue.append((name, kind, event))
            if len(self._queue) in (1, self._batch_size):
                self._changed.notify_all()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="fleetmonitor", daemon=True)
                self._thread.start()
            return True

    def _run(self) -> None:
        while True:
            with self._lock:
                while not self._queue:
                    if self._stop.is_set():
                        return
                    self._changed.wait()
                due = clock.monotonic() + self._max_age
                while len(self._queue) < self._batch_size and not self._flushing and not self._stop.is_set() and (left := due - clock.monotonic()) > 0:
                    self._changed.wait(left)
                if self._stop.is_set():
                    return
                batch = [self._queue.popleft() for _ in range(min(self._batch_size, len(self._queue)))]
                self._sending = len(batch)
            self._send(batch)
            with self._lock:
                self._changed.notify_all()

    def _send(self, batch: List[Tuple[str, str, events.Event]]) -> None:
        """By model and kind, in their order of first appearance: a prediction goes before its label."""
        groups: Dict[Tuple[str, str], List[events.Event]] = {}
        for model, kind, event in batch:
            groups.setdefault((model, kind), []).append(event)
        for (model, kind), group in groups.items():
            self._send_group(model, kind, group)

    def _send_group(self, model: str, kind: str, group: List[events.Event]) -> None:
        accepted = duplicates = rejected = dropped = 0
        try:
            answer = self._transport.send(model, kind, events.lines(group), self._stop)
            accepted, duplicates = answer.get("accepted", 0), answer.get("duplicates", 0)
            rejected = answer.get("rejected", 0) + answer.get("too_late", 0)
        except GaveUp:
            dropped = len(group)
        except Refused as refused:
            if refused.status == 413 and len(group) > 1:
                half = len(group) // 2
                self._send_group(model, kind, group[:half])
                self._send_group(model, kind, group[half:])
                return
            rejected = len(group)
        except Exception:  # noqa: BLE001  An event that cannot be written costs its batch, never the thread.
            dropped = len(group)
        with self._lock:
            if self._ended:
                return  # Counted as dropped already.
            self._sending -= len(group)
            self._accepted += accepted
            self._duplicates += duplicates
            self._rejected += rejected
            self._dropped += dropped

    def _reset(self) -> None:
        """A fresh start: for a new recorder, and for a process that was forked, which has neither the thread nor a right to its parent's sequences."""
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        self._queue: Deque[Tuple[str, str, events.Event]] = collections.deque()
        self._stop = threading.Event()
        self._thread: Optional[threading.Thread] = None
        self._transport = self._new_transport()
        self._sending = self._accepted = self._duplicates = self._rejected = self._dropped = 0
        self._flushing = self._closed = self._ended = False


def _close(reference: "weakref.ref[Recorder]") -> None:
    recorder = reference()
    if recorder is not None:
        recorder.close()


def _after_fork() -> None:
    for recorder in list(_recorders):
        recorder._transport.close()
        recorder._reset()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def _answer(answer: Any) -> Dict[str, Any]:
    if isinstance(answer, Mapping) and "prediction" in answer:
        return dict(answer)
    if isinstance(answer, tuple) and len(answer) == 2:
        prediction, confidence = answer
        return {"prediction": prediction, "probabilities" if isinstance(confidence, Mapping) else "score": confidence}
    return {"prediction": answer}


def _features(signature: inspect.Signature, args: Tuple[Any, ...], kwargs: Mapping[str, Any]) -> Dict[str, Any]:
    given = dict(signature.bind(*args, **kwargs).arguments)
    given.pop("self", None)
    first = next(iter(given.values()), None)
    if isinstance(first, Mapping):
        return {str(name): value for name, value in first.items()}
    if hasattr(first, "__len__") and hasattr(first, "__getitem__") and not isinstance(first, (str, bytes)):
        return {f"feature_{i}": first[i] for i in range(len(first))}
    return given
