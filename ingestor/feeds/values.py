"""Fields of a recorded row: times and numbers, as text or already typed."""

from __future__ import annotations

import math
from datetime import UTC, datetime

from ingestor.times import IST

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECONDS_BELOW, MILLISECONDS_BELOW, MICROSECONDS_BELOW = 1e11, 1e14, 1e17
"""Magnitudes that tell the unit of a number since the epoch; beyond them it counts nanoseconds."""
END_OF_TIME = 253_402_300_800_000_000
"""The year 10000 in microseconds since the Unix epoch."""

LARGEST_QUANTITY = 2**53
"""Beyond it not every whole number is a double, as which open interest passes through candles."""


def exchange_time(value: object) -> int:
    """Read a `datetime`, ISO 8601 text or a number since the Unix epoch as microseconds since it.

    A time without a zone is Indian, whatever this machine's zone. Raises `ValueError` for what is no time.
    """
    if isinstance(value, datetime):
        return _micros(value)
    if isinstance(value, str):
        text = value.strip()
        if text[4:5] == "-":
            return _micros(datetime.fromisoformat(text))
        try:
            value = float(text)
        except ValueError:
            return _micros(datetime.fromisoformat(text))
    return _since_epoch(number(value))


def number(value: object) -> float:
    """Read a finite number. Raises `ValueError` for anything else."""
    try:
        read = float(value)  # type: ignore[arg-type]  # what float cannot take is the TypeError below
    except TypeError as error:
        raise ValueError(f"not a number: {value!r}") from error
    if not math.isfinite(read):
        raise ValueError(f"not a finite number: {value!r}")
    return read


def price(value: object) -> float:
    """Read a positive number. Raises `ValueError` for anything else."""
    read = number(value)
    if read <= 0:
        raise ValueError(f"not a price: {value!r}")
    return read


def quantity(value: object) -> int:
    """Read a whole number that is exact as a double. Raises `ValueError` for anything else."""
    read = value if isinstance(value, int) else number(value)
    if abs(read) >= LARGEST_QUANTITY or read != int(read):
        raise ValueError(f"not a quantity: {value!r}")
    return int(read)


def _micros(moment: datetime) -> int:
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=IST)
    since = moment - EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def _since_epoch(count: float) -> int:
    magnitude = abs(count)
    if magnitude < SECONDS_BELOW:
        micros = round(count * 1_000_000)
    elif magnitude < MILLISECONDS_BELOW:
        micros = round(count * 1_000)
    elif magnitude < MICROSECONDS_BELOW:
        micros = round(count)
    else:
        micros = round(count / 1_000)
    if abs(micros) >= END_OF_TIME:
        raise ValueError(f"not a time: {count!r}")
    return micros
