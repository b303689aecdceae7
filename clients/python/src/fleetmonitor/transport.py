"""One batch over HTTP: sent until it is answered, counted once."""

from __future__ import annotations

import http.client
import json
import os
import random
import ssl
import threading
import uuid
from typing import Any, Dict, Optional
from urllib.parse import quote, urlsplit

TRANSIENT = frozenset((408, 429, 502, 503, 504))


class Refused(Exception):
    """The server will never take this batch."""

    def __init__(self, status: int, detail: str):
        super().__init__(f"{status} {detail}")
        self.status = status


class GaveUp(Exception):
    """There was no time left to try again."""


class Transport:
    """A connection that is opened again when it breaks. Used by one thread at a time.

    A producer's sequences count up per model, and a batch keeps its sequence however often it travels: the server recognises it, also after a restart of
    its own.
    """

    def __init__(self, url: str, token: Optional[str], timeout: float, first_delay: float, max_delay: float):
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"expected the server's address such as http://localhost:8080, got {url!r}")
        self._https = parts.scheme == "https"
        self._host, self._port = parts.hostname, parts.port
        self._prefix = parts.path.rstrip("/")
        self._given, self._timeout = token, timeout
        self._first_delay, self._max_delay = first_delay, max_delay
        self._random = random.Random(uuid.uuid4().int)
        self._connection: Optional[http.client.HTTPConnection] = None
        self._sequences: Dict[str, int] = {}
        self.producer = uuid.uuid4().hex
        self.retries = 0

    def send(self, model: str, kind: str, body: bytes, stop: threading.Event) -> Dict[str, Any]:
        """Sends a batch until it is answered; its answer.

        stop, once set, ends the tries: raises GaveUp.
        """
        sequence = self._sequences[model] = self._sequences.get(model, 0) + 1
        headers = {"Content-Type": "application/x-ndjson", "Fleet-Producer": self.producer, "Fleet-Sequence": str(sequence)}
        path = f"{self._prefix}/v1/models/{quote(model, safe='')}/{kind}"
        delay = self._first_delay
        while True:
            asked = 0.0
            try:
                token = self._token()
                if token:
                    headers["Authorization"] = f"Bearer {token}"
                connection = self._connect()
                connection.request("POST", path, body, headers)
                response = connection.getresponse()
                answer = response.read()
                if response.status == 200:
                    return dict(json.loads(answer))
                if response.status not in TRANSIENT:
                    raise Refused(response.status, answer[:500].decode("utf-8", "replace"))
                asked = _seconds(response.getheader("Retry-After"))
            except (OSError, http.client.HTTPException, ValueError):
                self.close()
            # Half of the wait is chance, so that many clients do not come back together.
            wait = min(max(delay * (0.5 + self._random.random() / 2), asked), self._max_delay)
            delay = min(delay * 2, self._max_delay)
            if stop.wait(wait):
                raise GaveUp
            self.retries += 1

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _token(self) -> Optional[str]:
        """The token of now: whoever mounts its file may replace it."""
        token = self._given or os.environ.get("FLEETMONITOR_TOKEN")
        path = os.environ.get("FLEETMONITOR_TOKEN_FILE")
        if not token and path:
            with open(path, encoding="utf-8") as file:
                token = file.read().strip()
        return token

    def _connect(self) -> http.client.HTTPConnection:
        if self._connection is None:
            if self._https:
                self._connection = http.client.HTTPSConnection(self._host, self._port, timeout=self._timeout, context=ssl.create_default_context())
            else:
                self._connection = http.client.HTTPConnection(self._host, self._port, timeout=self._timeout)
        return self._connection


def _seconds(header: Optional[str]) -> float:
    try:
        return float(header) if header else 0.0
    except ValueError:
        return 0.0
