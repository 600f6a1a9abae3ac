"""Recorded bars as the ticks that would have made them."""

from __future__ import annotations

from collections import Counter
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, NamedTuple

from ingestor.errors import BhavError
from ingestor.model import Tick

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MINUTE = 60_000_000
DAY = 86_400_000_000
IST_OFFSET = 19_800_000_000
"""Microseconds of India's standard time ahead of UTC."""
SHORTEST_LAST_BAR = 15 * MINUTE
"""Hourly bars from 09:15 end with one from 15:15 to 15:30: ticks of a wider bar stay in its first 15 minutes."""
BAR_TICKS = 4
DUPLICATE_BAR = "duplicate bar"
CONFLICTING_BAR = "bar replaced by a later row"


class Bar(NamedTuple):
    """A bar of one instrument; `time` as labelled, in microseconds since the Unix epoch."""

    time: int
    instrument_id: int
    open: float
    high: float
    low: float
    close: float
    volume: int | None
    open_interest: int | None


def session_day(time: int) -> int:
    """Days from 1970-01-01 to the Indian date of a time in microseconds since the Unix epoch."""
    return (time + IST_OFFSET) // DAY


def bar_ticks(bars: Iterable[Bar], label: str, rejected: Counter[str]) -> Iterator[Tick]:
    """Sort bars by time and give four ticks for each: open, the two extremes, close.

    The open stands at the bar's start, the extremes at a third and two thirds, the close a sixtieth before its end
    (0, 20, 40 and 59 s of a minute); the low comes before the high in a bar that rises. `day_volume` counts up through
    the day; a bar's volume and open interest come with its close. Bars of one instrument and time are one: an equal
    repetition is dropped, a different one replaced by the later, both counted. The width is the commonest distance
    between successive times. Raises `BhavError` for bars of a day or wider.
    """
    unique: dict[tuple[int, int], Bar] = {}
    for bar in bars:
        key = bar.time, bar.instrument_id
        if key in unique:
            rejected[DUPLICATE_BAR if unique[key] == bar else CONFLICTING_BAR] += 1
        unique[key] = bar
    times = sorted({bar.time for bar in unique.values()})
    width = Counter(later - earlier for earlier, later in pairwise(times)).most_common(1)[0][0] if times[1:] else MINUTE
    if width >= DAY:
        raise BhavError("bars of a day or wider cannot be replayed as ticks", "replay bars of minutes or hours")
    start = width if label == "end" else 0
    span = min(width, SHORTEST_LAST_BAR)
    day_volumes: dict[tuple[int, int], int] = {}
    for time, group in groupby(sorted(unique.values()), key=lambda bar: bar.time - start):
        yield from _ticks(list(group), time, span, day_volumes)


def _ticks(bars: list[Bar], time: int, span: int, day_volumes: dict[tuple[int, int], int]) -> Iterator[Tick]:
    """Give the ticks of the bars of one time in the order of time; `day_volumes` is by instrument and day."""
    for phase, offset in enumerate((0, span // 3, span * 2 // 3, span * 59 // 60)):
        for bar in bars:
            extremes = (bar.low, bar.high) if bar.close >= bar.open else (bar.high, bar.low)
            price = (bar.open, *extremes, bar.close)[phase]
            key = bar.instrument_id, session_day(time)
            closing = phase == BAR_TICKS - 1
            if closing and bar.volume is not None:
                day_volumes[key] = day_volumes.get(key, 0) + bar.volume
            day_volume = None if bar.volume is None else day_volumes.get(key, 0)
            yield Tick(bar.instrument_id, time + offset, price, day_volume, bar.open_interest if closing else None)
