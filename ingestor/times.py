"""Times as people type them: 2026-11-20, 2026-11-20T10:15 (IST), now, now-1d, now/d."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from ingestor.errors import BhavError

if TYPE_CHECKING:
    from typing import Literal

IST = timezone(timedelta(hours=5, minutes=30))
RELATIVE = re.compile(r"now(?:([+-])(\d+)([smhdwMy]))?(?:/([smhdwMy]))?")
UNITS = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}


def moment(text: str, now: datetime, end: Literal["start", "end"] = "start") -> datetime:
    """Return the instant that a text means; one without a zone is Indian.

    `now-1d/d` is rounded to the start or the end of its unit. Raises BhavError for anything else.
    """
    if match := RELATIVE.fullmatch(text):
        sign, count, unit, rounded = match.groups()
        try:
            shifted = shift(now.astimezone(IST), int(sign + count), unit) if sign else now.astimezone(IST)
            return floor(shifted if end == "start" else shift(shifted, 1, rounded), rounded) if rounded else shifted
        except (OverflowError, ValueError):
            pass
    else:
        try:
            parsed = datetime.fromisoformat(text)
        except ValueError:
            pass
        else:
            return parsed if parsed.tzinfo else parsed.replace(tzinfo=IST)
    raise BhavError(f"not a time: {text}", "2026-11-20, 2026-11-20T10:15, now, now-6h, now-1d/d")


def shift(time: datetime, count: int, unit: str) -> datetime:
    """Return a time some units later; months keep the day where the month has it, else take its last."""
    if unit in UNITS:
        return time + count * UNITS[unit]
    months = time.year * 12 + time.month - 1 + count * (12 if unit == "y" else 1)
    first = time.replace(year=months // 12, month=months % 12 + 1, day=1)
    last_day = (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return first.replace(day=min(time.day, last_day.day))


def floor(time: datetime, unit: str) -> datetime:
    """Return the start of the second, minute, hour, day, week (Monday), month or year of a time."""
    fields = {"microsecond": 0, "second": 0, "minute": 0, "hour": 0, "day": 1, "month": 1}
    kept = {"s": 1, "m": 2, "h": 3, "d": 4, "w": 4, "M": 5, "y": 6}[unit]
    start = time.replace(**dict(list(fields.items())[:kept]))  # type: ignore[arg-type]
    return start - timedelta(days=start.weekday()) if unit == "w" else start
