"""Candles by brute force: what the database has to equal. Times are microseconds since 1970, UTC."""

from __future__ import annotations

import math
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta, timezone
from functools import cache
from operator import attrgetter, mul
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

INDIA = timezone(timedelta(hours=5, minutes=30))
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
SECOND = 1_000_000
MINUTE = 60 * SECOND
QUARTER = 15 * MINUTE
HOUR = 60 * MINUTE
DAY = 24 * HOUR

STORED = {
    "1m": MINUTE, "5m": 5 * MINUTE, "15m": 15 * MINUTE, "30m": 30 * MINUTE, "1h": HOUR, "4h": 4 * HOUR, "1d": DAY,
}  # fmt: skip
SECONDS = {"1s": SECOND, "5s": 5 * SECOND, "15s": 15 * SECOND, "30s": 30 * SECOND}
DERIVED = {
    "2m": 2 * MINUTE, "3m": 3 * MINUTE, "10m": 10 * MINUTE, "45m": 45 * MINUTE, "75m": 75 * MINUTE,
    "2h": 2 * HOUR, "3h": 3 * HOUR, "1w": 7 * DAY, "1M": None,
}  # fmt: skip
TIMEFRAMES = {**SECONDS, **STORED, **DERIVED}


class TickRow(NamedTuple):
    """A row of store.tick_data."""

    instrument_id: int
    time: int
    ltp: float
    volume: int = 0
    missed_volume: int = 0
    day_volume: int | None = None
    open_interest: int | None = None
    bid_price: float | None = None
    ask_price: float | None = None
    bid_qty: int | None = None
    ask_qty: int | None = None


class Candle(NamedTuple):
    open: float
    high: float
    low: float
    close: float
    volume: int
    missed_volume: int
    open_interest: int | None
    turnover: float
    ticks: int


Candles = dict[tuple[int, int], Candle]
"""By instrument and bucket."""


def micros(moment: datetime) -> int:
    return (moment - EPOCH) // MICROSECOND


def moment(time: int) -> datetime:
    return EPOCH + timedelta(microseconds=time)


def india(text: str) -> int:
    """Read a time of India: '2026-08-04 09:15'."""
    return micros(datetime.fromisoformat(text).replace(tzinfo=INDIA))


def bucket_start(time: int, timeframe: str) -> int:
    """Below a day from 09:15 each day; a day runs 01:15-01:15; weeks from Monday, months from the first."""
    width = TIMEFRAMES[timeframe]
    day = _trading_day(time // QUARTER)
    if timeframe == "1M":
        return _day_start(day.replace(day=1))
    if timeframe == "1w":
        return _day_start(day - timedelta(days=day.weekday()))
    if timeframe == "1d":
        return _day_start(day)
    assert width is not None
    opens = _day_start(day) + 8 * HOUR
    return opens + (time - opens) // width * width


def bucket_end(bucket: int, timeframe: str) -> int:
    width = TIMEFRAMES[timeframe]
    if width is not None:
        return bucket + width
    first = moment(bucket).astimezone(INDIA).date()
    return _day_start(first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1))


@cache
def _trading_day(quarter: int) -> date:
    """Return the day of a quarter of an hour, of which the first was that of 1970."""
    return (moment(quarter * QUARTER).astimezone(INDIA) - timedelta(minutes=75)).date()


@cache
def _day_start(day: date) -> int:
    return micros(datetime(day.year, day.month, day.day, 1, 15, tzinfo=INDIA))


def candles(ticks: Iterable[TickRow], timeframe: str) -> Candles:
    groups: defaultdict[tuple[int, int], list[TickRow]] = defaultdict(list)
    starts: dict[int, int] = {}
    part = SECOND if timeframe in SECONDS else MINUTE  # a bar is made of whole ones
    for tick in sorted(ticks, key=attrgetter("time")):
        number = tick.time // part
        if number not in starts:
            starts[number] = bucket_start(tick.time, timeframe)
        groups[tick.instrument_id, starts[number]].append(tick)
    return {key: _candle(group) for key, group in groups.items()}


def _candle(ticks: list[TickRow]) -> Candle:
    _, _, prices, volumes, missed, _, interests, *_ = zip(*ticks, strict=True)
    return Candle(
        open=prices[0],
        high=max(prices),
        low=min(prices),
        close=prices[-1],
        volume=sum(volumes),
        missed_volume=sum(missed),
        open_interest=next((interest for interest in reversed(interests) if interest is not None), None),
        turnover=math.fsum(map(mul, prices, volumes)),
        ticks=len(ticks),
    )


def assert_same(found: Candles, expected: Candles, what: str) -> None:
    """Compare row by row: every value exactly, turnover to a relative 1e-12."""
    assert found.keys() == expected.keys(), f"{what}: bars differ: {sorted(found.keys() ^ expected.keys())[:5]}"
    for key, candle in expected.items():
        if found[key] == candle:
            continue
        assert found[key]._replace(turnover=0) == candle._replace(turnover=0), f"{what}: {key}"
        assert math.isclose(found[key].turnover, candle.turnover, rel_tol=1e-12), f"{what}: turnover of {key}"
