"""Which trading session an instant belongs to."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date


class Session(NamedTuple):
    """One continuous part of a trading day. Times in microseconds since the Unix epoch; `closes` is exclusive."""

    opens: int
    closes: int
    date: date
    day_opens: int
    """When the first part of that day opens."""


class Sessions:
    """The trading sessions of every segment."""

    def __init__(self, rows: Iterable[tuple[str, date, int, int]]) -> None:
        """Take rows of (segment, session date, opens, closes), in any order."""
        self._parts: defaultdict[str, list[Session]] = defaultdict(list)
        day_opens: dict[tuple[str, date], int] = {}
        for segment, day, opens, closes in sorted(rows, key=lambda row: row[2]):
            first = day_opens.setdefault((segment, day), opens)
            self._parts[segment].append(Session(opens, closes, day, first))
        self._opens = {segment: [part.opens for part in parts] for segment, parts in self._parts.items()}

    def find(self, segment: str, time: int) -> Session | None:
        """Return the session of a segment that holds the instant, if any."""
        place = bisect_right(self._opens.get(segment, ()), time) - 1
        if place < 0:
            return None
        part = self._parts[segment][place]
        return part if time < part.closes else None
