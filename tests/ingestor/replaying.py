"""Reading files through the replay feed, in tests."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

from ingestor.errors import BhavError
from ingestor.feeds.replay import Replay
from ingestor.model import Batch, Tick

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from typing import Any

    from ingestor.model import Event

SECOND = 1_000_000
DAY = 86_400 * SECOND


class Ids:
    """Gives out ids in the order of asking; knows all symbols, or those listed."""

    def __init__(self, *known: str) -> None:
        self.known = known
        self.ids: dict[str, int] = {}

    def __call__(self, symbol: str) -> int:
        if self.known and symbol not in self.known:
            raise BhavError(f"unknown instrument: {symbol}")
        return self.ids.setdefault(symbol, len(self.ids) + 1)


def run(feed: Replay) -> list[Event]:
    events: list[Event] = []
    feed.run(events.append, threading.Event())
    return events


def ticks_of(events: Iterable[Event]) -> list[Tick]:
    return [tick for event in events if isinstance(event, Batch) for tick in event.ticks]


def replay(*files: Path, **options: Any) -> list[Tick]:  # noqa: ANN401 - handed on
    return ticks_of(run(Replay(files, Ids(), **options)))


@cache
def days_since_1970(day: str) -> int:
    return (date.fromisoformat(day) - date(1970, 1, 1)).days


def micros(text: str) -> int:
    """Microseconds of an Indian time, by arithmetic on its fields alone."""
    whole, _, fraction = text.partition(".")
    day, clock = whole.split(" ")
    hours, minutes, seconds = (int(part) for part in clock.split(":"))
    seconds += days_since_1970(day) * 86_400 + hours * 3_600 + minutes * 60 - 19_800
    return seconds * SECOND + int(fraction.ljust(6, "0"))


def aggregate(ticks: Iterable[Tick], width: int) -> dict[tuple[int, int], tuple[float, ...]]:
    """Bars of ticks: open, high, low, close and the rise of the day's volume, by instrument and start."""
    prices: dict[tuple[int, int], list[float]] = defaultdict(list)
    volumes: Counter[tuple[int, int]] = Counter()
    last: dict[tuple[int, int], int] = {}
    for tick in ticks:
        key = tick.instrument_id, tick.time // width * width
        prices[key].append(tick.ltp)
        day = tick.instrument_id, (tick.time + 19_800 * SECOND) // DAY
        volumes[key] += (tick.day_volume or 0) - last.get(day, 0)
        last[day] = tick.day_volume or 0
    return {key: (seen[0], max(seen), min(seen), seen[-1], volumes[key]) for key, seen in prices.items()}
