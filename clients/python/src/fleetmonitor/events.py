"""Predictions and labels as the server reads them: JSON objects, one a line."""

from __future__ import annotations

import json
import math
from datetime import datetime, timezone
from typing import Any, Iterable, Mapping, Optional

Event = Mapping[str, Any]


def now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="microseconds")


def at(time: Optional[datetime]) -> str:
    """A time as RFC 3339 has it; one without a zone is local. None: now."""
    return now() if time is None else time.astimezone(timezone.utc).isoformat(timespec="microseconds")


def value(given: Any) -> Any:
    """A number, a text, a bool or nothing. Numbers of other libraries have an item() that is Python's own; of anything else its text is sent."""
    if given is None or isinstance(given, (str, bool, int)):
        return given
    if isinstance(given, float):
        if math.isnan(given):
            return None
        return given if math.isfinite(given) else ("Infinity" if given > 0 else "-Infinity")
    item = getattr(given, "item", None)
    if callable(item):
        try:
            return value(item())
        except (TypeError, ValueError):
            pass
    return str(given)


def line(event: Event) -> bytes:
    """An event as one line of NDJSON; members that are None are left out."""
    members = {}
    for name, given in event.items():
        if given is None:
            continue
        if isinstance(given, Mapping):
            members[name] = {str(key): value(inner) for key, inner in given.items()}
        else:
            members[name] = value(given)
    return json.dumps(members, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode("utf-8", "replace") + b"\n"


def lines(events: Iterable[Event]) -> bytes:
    return b"".join(line(event) for event in events)
