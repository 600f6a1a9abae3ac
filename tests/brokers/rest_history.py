"""What Kite and Fyers answer when they are asked for candles of the past: their forms, limits and errors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

KOLKATA = ZoneInfo("Asia/Kolkata")
Bar = Sequence[Any]
"""Start (aware), open, high, low, close, volume and, where there is one, open interest."""
Provider = Callable[[str, str, datetime, datetime, bool], Iterable[Bar]]
"""Bars by the broker's key, its interval, range (the end inclusive), and whether open interest is wanted.

Bars out of the range are not sent. LookupError: there is no such instrument.
"""
Answer = tuple[object, int]
"""JSON and status."""

KITE_DAYS = {
    "minute": 60, "3minute": 100, "5minute": 100, "10minute": 100, "15minute": 200, "30minute": 200, "60minute": 400,
    "day": 2000,
}  # fmt: skip
FYERS_DAYS = {
    **dict.fromkeys(["1", "2", "3", "5", "10", "15", "20", "30", "60", "120", "240"], 100),
    **dict.fromkeys(["D", "1D", "Day"], 366),
}
"""Most days of one request, by interval."""


def kite(path: str, query: Mapping[str, str], bars: Provider) -> Answer:
    *_, token, interval = path.split("/")
    if interval not in KITE_DAYS:
        return _kite_input("invalid interval")
    try:
        since, until = (
            datetime.strptime(query[name], "%Y-%m-%d %H:%M:%S").replace(tzinfo=KOLKATA) for name in ("from", "to")
        )
    except (KeyError, ValueError):
        return _kite_input("invalid from or to date")
    if until - since > timedelta(days=KITE_DAYS[interval]):
        return _kite_input(f"interval exceeds max limit: {KITE_DAYS[interval]} days")
    try:
        found = _between(bars, token, interval, since, until, with_oi=query.get("oi") == "1")
    except LookupError:
        return _kite_input("invalid token")
    candles = [[start.astimezone(KOLKATA).strftime("%Y-%m-%dT%H:%M:%S%z"), *rest] for start, *rest in found]
    return {"status": "success", "data": {"candles": candles}}, 200


def fyers(query: Mapping[str, str], bars: Provider) -> Answer:
    resolution = query.get("resolution", "")
    try:
        since, until = (datetime.fromtimestamp(int(query[name]), UTC) for name in ("range_from", "range_to"))
    except (KeyError, ValueError):
        return _fyers_error(-50, "Invalid input")
    if query.get("date_format") != "0" or until - since > timedelta(days=FYERS_DAYS.get(resolution, 0)):
        return _fyers_error(-50, "Invalid input")
    try:
        found = _between(bars, query["symbol"], resolution, since, until, with_oi=query.get("oi_flag") == "1")
    except LookupError:
        return _fyers_error(-300, "Invalid symbol provided")
    candles = [[int(start.timestamp()), *rest] for start, *rest in found]
    return {"s": "ok" if candles else "no_data", "code": 200, "message": "", "candles": candles}, 200


def _between(bars: Provider, key: str, interval: str, since: datetime, until: datetime, *, with_oi: bool) -> list[Bar]:
    found = bars(key, interval, since, until, with_oi)
    return [bar[: 7 if with_oi else 6] for bar in found if since <= bar[0] <= until]


def _kite_input(message: str) -> Answer:
    return {"status": "error", "message": message, "data": None, "error_type": "InputException"}, 400


def _fyers_error(code: int, message: str) -> Answer:
    return {"s": "error", "code": code, "message": message}, 422
