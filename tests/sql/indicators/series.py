"""Series of bars that indicators are tested over: random, recorded, degenerate."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cache, cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy.typing as npt

    Array = npt.NDArray[np.float64]
    Dates = npt.NDArray[np.datetime64]

PER_SESSION = 75
"""Five-minute bars of a day."""


@dataclass(frozen=True, eq=False)
class Bars:
    """Equal only to itself: what is computed from bars is kept by their identity."""

    open: Array
    high: Array
    low: Array
    close: Array
    volume: Array
    session: Dates

    def __len__(self) -> int:
        return len(self.close)

    @cached_property
    def columns(self) -> list[list[object]]:
        return [getattr(self, field.name).tolist() for field in fields(self)]


@cache
def part(whole: Bars, since: int, until: int | None = None) -> Bars:
    return Bars(*(getattr(whole, field.name)[since:until] for field in fields(whole)))


def sessions(count: int) -> Dates:
    """Return the trading day of each bar, Saturdays and Sundays left out."""
    return np.busday_offset("2026-01-05", np.arange(count) // PER_SESSION, roll="forward")


def made_of(columns: Sequence[Sequence[object]]) -> Bars:
    """Make bars of open, high, low, close, volume and session."""
    opens, high, low, close, volume = (np.array(column, dtype=np.float64) for column in columns[:5])
    return Bars(opens, high, low, close, volume, np.array(columns[5], dtype="datetime64[D]"))


def bars(close: npt.ArrayLike, volume: npt.ArrayLike, extent: npt.ArrayLike = 0) -> Bars:
    """Make bars of closes: each opens at the close before and exceeds both by `extent`."""
    closes = np.asarray(close, dtype=np.float64)
    opens = np.concatenate([closes[:1], closes[:-1]])
    high = np.maximum(opens, closes) + extent
    low = np.minimum(opens, closes) - extent
    volumes = np.broadcast_to(np.asarray(volume, dtype=np.float64), closes.shape)
    return Bars(opens, high, low, closes, volumes, sessions(len(closes)))


def walk(seed: int, count: int, start: float = 500.0, deviation: float = 0.002, tick: float = 0.05) -> Bars:
    """Random walk in ticks: bars without extent, equal closes and volumes of 0 occur."""
    chance = np.random.default_rng(seed)
    prices = start * np.exp(np.cumsum(chance.normal(0, deviation, count)))
    close = np.round(prices / tick) * tick
    extent = tick * np.maximum(chance.integers(-3, 12, count), 0)
    volume = np.where(chance.random(count) < 0.05, 0, chance.integers(1, 100_000, count))
    return bars(close, volume, extent)


@cache
def random() -> dict[str, Bars]:
    return {
        "walk": walk(1, 1500),
        "long walk": walk(2, 2600, 24_000.0),
        "cheap": walk(3, 600, 30.0, 0.02),
    }


@cache
def daily() -> Bars:
    """Each bar is a trading day."""
    random = walk(8, 300)
    return replace(
        random, volume=random.volume + 1, session=np.busday_offset("2025-01-01", np.arange(300), roll="forward")
    )


@cache
def still(count: int) -> Bars:
    """Walk for 1500 bars, stand still for so many, and walk on for 300."""
    before = walk(21, 1500)
    stand = bars(np.full(count, before.close[-1]), 10)
    after = walk(22, 300, float(before.close[-1]))
    columns = [[getattr(part, field.name) for part in (before, stand, after)] for field in fields(Bars)]
    joined = Bars(*map(np.concatenate, columns))
    return replace(joined, session=sessions(len(joined)))


@cache
def real(shared: Path) -> dict[str, Bars]:
    """Minutes of an index, which has no volume, and of a stock, which lacks minutes."""
    folder = shared / "data" / "bars_1m"
    index = pq.read_table(folder / "NIFTY50_1m_2024-01_2024-08.parquet").slice(3000, 1500).to_pydict()
    stocks = pq.read_table(folder / "STOCKS_FF_1m_ohlcv_nse1minR.parquet")
    stock = stocks.filter(pc.equal(stocks["symbol"], "FEDERALBNK")).group_by(stocks.column_names).aggregate([])
    minutes = stock.sort_by("ts_ist_barend").slice(20_000, 1500).to_pydict()
    return {
        "NIFTY50": _recorded({**index, "volume": [0] * 1500}, "ts_ist"),
        "FEDERALBNK": _recorded(minutes, "ts_ist_barend"),
    }


def _recorded(columns: dict[str, list[object]], time: str) -> Bars:
    assert len(columns[time]) == len(set(columns[time])) == 1500
    return made_of([columns[name] for name in ("open", "high", "low", "close", "volume", time)])


@cache
def degenerate() -> dict[str, Bars]:
    chance = np.random.default_rng(4)
    moved = walk(5, 120)
    steps = np.arange(300, dtype=np.float64)
    jump = np.concatenate([100 + chance.normal(0, 1, 100), [1e9], np.full(2500, 101.25)])
    return {
        "empty": bars([], []),
        "one bar": bars([100.0], [10]),
        "two bars": bars([100.0, 101.0], [10, 20], 0.5),
        "constant": bars(np.full(400, 123.45), 1000),
        "constant, without volume": bars(np.full(400, 0.1), 0),
        "no volume": bars(walk(6, 400).close, 0, 0.1),
        "up": bars(100 + 0.1 * steps, 100 + steps),
        "down": bars(1000 - 0.7 * steps, 100 + steps, 0.3),
        "alternate": bars(100 + steps % 2, 1000 * (steps % 3)),
        "jump, then flat": bars(jump, 1 + np.arange(jump.size) % 7),
        "move, then 10,000 flat bars": bars(np.concatenate([moved.close, np.full(10_000, moved.close[-1])]), 5),
        "smallest prices": bars(0.05 + 0.05 * (steps // 7 % 3), 100_000),
        "greatest prices": bars(
            1e7 + 0.05 * chance.integers(-4000, 4000, 400), 1 + chance.integers(0, 10**9, 400), 0.05
        ),
        "rare trades": bars(np.repeat(walk(7, 40).close, 10), np.where(np.arange(400) % 10 == 0, 50, 0)),
    }
