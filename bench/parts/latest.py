"""Ten indicators at the newest bar, beside fetching the bars and asking TA-Lib."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from bench.harness import libraries
from bench.harness.repeat import in_turns
from bench.harness.report import Line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    import psycopg

    from bench.harness.bars import Market
    from tests.sql.indicators.evaluator import Row

LIBRARY = "TA-Lib"
NAMES = ["EMA", "SMA", "RSI", "MACD", "ATR", "BBANDS", "ADX", "STOCH", "CCI", "WILLR"]
PATH_DEPENDENT = [*NAMES[:-1], "SUPERTREND"]
TIMEFRAMES = ["1m", "5m", "15m", "30m", "1h", "4h", "1d"]
TARGET = 0.005
"""Seconds for one timeframe."""


def latest(market: Market, catalogue: Mapping[str, Row], times: int) -> list[Line]:
    """Measure many indicators at the newest bar of one timeframe, and of many."""
    connection, instrument = market.connection, market.stocks[0]
    lines = []
    for what, names, timeframes in (
        ("10 indicators", NAMES, ["5m"]),
        ("9 and SUPERTREND, from the anchor", PATH_DEPENDENT, ["5m"]),
        (f"10 indicators at {len(TIMEFRAMES)} timeframes", NAMES, TIMEFRAMES),
        (f"9 and SUPERTREND at {len(TIMEFRAMES)} timeframes", PATH_DEPENDENT, TIMEFRAMES),
    ):
        rows = [catalogue[name] for name in names]
        starts = {timeframe: read_from(connection, rows, instrument, timeframe) for timeframe in timeframes}
        check(connection, rows, instrument, starts)
        ours, theirs = in_turns(
            times,
            partial(read, connection, rows, instrument, timeframes),
            partial(fetch, connection, rows, instrument, starts),
        )
        lines.append(
            Line(
                f"indicators_latest(), {what}",
                str(ours),
                ours.p50 / theirs.p50,
                f"fetch + {LIBRARY}, {theirs.p50 * 1e3:.1f} ms",
                "< 5 ms" if len(timeframes) == 1 else "",
                ours.p50 < TARGET if len(timeframes) == 1 else None,
            )
        )
    return lines


def read(
    connection: psycopg.Connection, rows: Sequence[Row], instrument: int, timeframes: Sequence[str]
) -> list[tuple[str, str, str, datetime, float | None]]:
    return connection.execute(
        "select * from indicators.indicators_latest(%s, %s, %s)",
        (instrument, timeframes, [row.name for row in rows]),
    ).fetchall()


def read_from(connection: psycopg.Connection, rows: Sequence[Row], instrument: int, timeframe: str) -> datetime:
    """Return the first bar that any of the indicators needs for the newest one."""
    (newest,) = (
        connection.execute("select max(bucket) from candles.candles(%s, %s)", (instrument, timeframe)).fetchone() or ()
    )
    return min(libraries.first_bar(connection, row, instrument, timeframe, newest)[0] for row in rows)


def fetch(connection: psycopg.Connection, rows: Sequence[Row], instrument: int, starts: dict[str, datetime]) -> None:
    for timeframe, start in starts.items():
        bars = libraries.fetch(connection, instrument, timeframe, start)
        for row in rows:
            libraries.compute(LIBRARY, row, bars)


def check(connection: psycopg.Connection, rows: Sequence[Row], instrument: int, starts: dict[str, datetime]) -> None:
    found = {
        (timeframe, name.split("_")[0], output): value
        for timeframe, name, output, _, value in read(connection, rows, instrument, [*starts])
    }
    for timeframe, start in starts.items():
        bars = libraries.fetch(connection, instrument, timeframe, start)
        for row in rows:
            ours = [np.array([found[timeframe, row.name, output]], dtype=np.float64) for output in row.outputs]
            libraries.check(LIBRARY, row, ours, bars)
