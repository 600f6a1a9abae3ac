"""Ticks to fill a database with: random days of several instruments, and recorded ones."""

from __future__ import annotations

import csv
import gzip
import math
import random
from datetime import datetime
from typing import TYPE_CHECKING

from tests.contract.reference import INDIA, MINUTE, SECOND, TickRow, india, micros

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CLOSES = {"NSE": "15:30", "NFO": "15:40", "MCX": "23:30"}


def days(ids: dict[str, int], dates: list[str], per_day: int, seed: int) -> list[TickRow]:
    """Each instrument's sessions: random walks with ties to the microsecond, missed volume, open interest or none."""
    chance = random.Random(seed)
    return [
        tick
        for symbol, instrument_id in ids.items()
        for date in dates
        for tick in _session(chance, symbol, instrument_id, date, per_day)
    ]


def _session(chance: random.Random, symbol: str, instrument_id: int, date: str, count: int) -> Iterator[TickRow]:
    exchange = symbol.split(":", maxsplit=1)[0]
    opens = india(f"{date} {'09:00' if exchange == 'MCX' else '09:15'}")
    closes = india(f"{date} {CLOSES[exchange]}")
    seconds = sorted(chance.choices(range(opens // SECOND, closes // SECOND), k=count))
    price = 500.0 + 100 * instrument_id
    day_volume = 0
    last = 0
    for second in [opens // SECOND, *seconds, closes // SECOND - 1]:
        time = max(second * SECOND, last + 1)
        last = time
        price = max(round(price + chance.gauss(0, 0.5), 2), 0.05)
        volume = chance.choice([0, 0, 1, 25, 300]) if "NIFTY 50" not in symbol else 0
        missed = chance.randrange(10_000) if chance.random() < 0.01 else 0
        day_volume += volume + missed
        has_interest = exchange != "NSE" and chance.random() < 0.7
        yield TickRow(
            instrument_id, time, price, volume, missed, day_volume,
            chance.randrange(10**6, 10**9) if has_interest else None,
            round(price - 0.05, 2), round(price + 0.05, 2), chance.randrange(1000), None,
        )  # fmt: skip


def breeze_futures(path: Path, first_id: int) -> list[TickRow]:
    """Read stock futures with open interest: cumulative volume differenced, rows that cannot be read left out."""
    ids: dict[str, int] = {}
    counters: dict[int, int] = {}
    ticks: dict[tuple[int, int], TickRow] = {}
    with gzip.open(path, "rt") as lines:
        for row in csv.DictReader(lines):
            try:
                time = micros(datetime.fromisoformat(row["exchange_timestamp"]).replace(tzinfo=INDIA))
                price, counter = float(row["last_price"]), int(row["volume_traded"])
                interest = int(row["open_interest"])
            except (TypeError, ValueError):
                continue
            instrument_id = ids.setdefault(row["Symbol"], first_id + len(ids))
            seen = counters.get(instrument_id)
            volume = 0 if seen is None else max(counter - seen, 0)
            counters[instrument_id] = max(counter, seen or 0)
            key = (instrument_id, time)
            ticks.setdefault(key, TickRow(*key, price, volume, 0, counter, interest))
    assert len(ids) == 4
    return list(ticks.values())


def aliceblue_stock(path: Path, instrument_id: int, date: str) -> list[TickRow]:
    """Read a stock's day with cumulative volume: its session's rows in the order of time, one per second."""
    rows: dict[int, tuple[float, int]] = {}
    with gzip.open(path, "rt") as lines:
        for row in csv.DictReader(lines):
            rows.setdefault(india(row["timestamp"]), (float(row["ltp"]), int(row["volume"])))
    ticks: list[TickRow] = []
    day_volume = 0
    for time, (price, counter) in sorted(rows.items()):
        if not india(f"{date} 09:15") <= time < india(f"{date} 15:30"):
            continue
        volume = max(counter - day_volume, 0)
        first = not ticks
        day_volume = max(counter, day_volume)
        ticks.append(TickRow(instrument_id, time, price, 0 if first else volume, volume if first else 0, counter))
    assert len(ticks) > math.floor(5 * 60 * MINUTE / SECOND / 60)
    return ticks
