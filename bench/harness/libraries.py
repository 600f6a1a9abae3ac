"""What a user without indicators in the database does: fetch the bars, then ask a library."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tests.sql.indicators.agreement import error
from tests.sql.indicators.oracles import LIBRARIES, ORACLES
from tests.sql.indicators.series import Bars

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    import psycopg

    from tests.sql.indicators.evaluator import Row
    from tests.sql.indicators.series import Array

__all__ = ["LIBRARIES", "check", "compute", "fetch", "first_bar", "knows"]


def first_bar(
    connection: psycopg.Connection, row: Row, instrument: int, timeframe: str, since: datetime
) -> tuple[datetime, int]:
    """Return the first bar that an indicator reads for a range, and how many it reads."""
    bucket, bars = (
        connection.execute(
            "select bucket[1], cardinality(bucket) from indicators.bars(%s, %s, %s, 'infinity', true, %s, variadic %s)",
            (instrument, timeframe, since, row.name, [float(value) for value in row.defaults]),
        ).fetchone()
        or ()
    )
    return bucket, bars


def fetch(connection: psycopg.Connection, instrument: int, timeframe: str, since: datetime) -> Bars:
    """Read bars into arrays."""
    buckets, *columns = zip(
        *connection.execute(
            "select bucket, open, high, low, close, volume from candles.candles(%s, %s, %s)",
            (instrument, timeframe, since),
            binary=True,
        ).fetchall(),
        strict=True,
    )
    days = np.array([bucket.date() for bucket in buckets], dtype="datetime64[D]")  # UTC's: Indian hours lie within one
    opens, highs, lows, closes, volumes = (np.array(column, dtype=np.float64) for column in columns)
    return Bars(opens, highs, lows, closes, volumes, days)


def knows(library: str, row: Row) -> bool:
    return library in ORACLES[row.name]


def compute(library: str, row: Row, bars: Bars) -> Sequence[Array | None]:
    return ORACLES[row.name][library](bars, *row.defaults)


def check(library: str, row: Row, ours: Sequence[Array], bars: Bars) -> None:
    """Raise where the newest values differ from a library's, unless the catalogue does not list it."""
    if library not in row.oracles:
        return
    for output, our, their in zip(row.outputs, ours, compute(library, row, bars), strict=True):
        if their is not None and (found := error(our, their[-len(our) :], bars, gaps=True)) > row.tolerance:
            raise AssertionError(f"{row.name}.{output} is {found:.1e} away from {library}")
