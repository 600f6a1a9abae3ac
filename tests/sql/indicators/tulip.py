"""Published vectors of Tulip Indicators: options, inputs and outputs, aligned to the tail and rounded."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from tests.sql.indicators.series import Bars, sessions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from tests.sql.indicators.series import Array

    Parameters = tuple[float, ...]


@dataclass(frozen=True)
class Indicator:
    """How one of Tulip's is called here: its inputs, our parameters from its options, our outputs in its order."""

    name: str
    inputs: tuple[str, ...] = ("close",)
    outputs: tuple[int | None, ...] = (0,)
    parameters: Callable[..., Parameters] = lambda *options: options
    scale: float = 1.0


@dataclass(frozen=True)
class Vector:
    """A published example; `half_units` is the rounding of each of its outputs."""

    indicator: Indicator
    parameters: Parameters
    bars: Bars
    outputs: list[Array]
    half_units: list[float]

    def agrees(self, ours: Sequence[Array]) -> bool:
        return all(np.all(difference <= allowed) for difference, allowed in self.differences(ours))

    def differences(self, ours: Sequence[Array]) -> Iterator[tuple[Array, Array]]:
        """Yield the differences of each output and what their rounding allows, relative to their greatest value."""
        pairs = zip(self.indicator.outputs, self.outputs, self.half_units, strict=True)
        for nth, theirs, half_unit in pairs:
            if nth is not None:
                yield _difference(ours[nth] / self.indicator.scale, theirs, half_unit)


def _difference(ours: Array, theirs: Array, half_unit: float) -> tuple[Array, Array]:
    """Compare from the end on, where both have values. Some were worked out by hand, with rounding in between."""
    length = min(int(np.count_nonzero(~np.isnan(ours))), len(theirs))
    assert length > 0
    ours, theirs = ours[-length:], theirs[-length:]
    greatest = np.abs(theirs).max() or 1.0
    return np.abs(ours - theirs) / greatest, (half_unit + 5e-6 * np.abs(theirs)) / greatest


HL = ("high", "low")
HLC = ("high", "low", "close")
HLCV = ("high", "low", "close", "volume")
INDICATORS = {
    "ad": Indicator("AD", HLCV),
    "adx": Indicator("ADX", HL),
    "ao": Indicator("AO", HL, parameters=lambda: (5, 34)),
    "aroon": Indicator("AROON", HL, (1, 0)),
    "aroonosc": Indicator("AROON", HL, (2,)),
    "atr": Indicator("ATR", HLC),
    "bbands": Indicator("BBANDS", outputs=(2, 1, 0)),
    "cci": Indicator("CCI", HLC),
    "cmf": Indicator("CMF", HLCV),
    "dema": Indicator("DEMA"),
    "di": Indicator("ADX", HLC, (1, 2)),
    "ema": Indicator("EMA"),
    "fisher": Indicator("FISHER", HL, (0, 1)),
    "hma": Indicator("HMA"),
    "kama": Indicator("KAMA", parameters=lambda length: (length, 2, 30)),
    "linreg": Indicator("LINREG"),
    "macd": Indicator("MACD", outputs=(0, 1, 2)),
    "mfi": Indicator("MFI", HLCV),
    "mom": Indicator("MOM"),
    "natr": Indicator("NATR", HLC),
    "obv": Indicator("OBV", ("close", "volume")),
    "ppo": Indicator("PPO", parameters=lambda fast, slow: (fast, slow, 9)),
    "psar": Indicator("PSAR", HL),
    "roc": Indicator("ROC", scale=100),
    "rsi": Indicator("RSI"),
    "sma": Indicator("SMA"),
    "stddev": Indicator("STDDEV"),
    "stoch": Indicator("STOCH", HLC, (0, 1)),
    "stochrsi": Indicator("STOCHRSI", parameters=lambda length: (length, length, 1, 1), scale=100),
    "tema": Indicator("TEMA"),
    "trix": Indicator("TRIX", parameters=lambda length: (length, 9)),
    "ultosc": Indicator("ULTOSC", HLC),
    "vwma": Indicator("VWMA", ("close", "volume")),
    "willr": Indicator("WILLR", HLC),
    "wma": Indicator("WMA"),
    "zlema": Indicator("ZLEMA"),
}


@cache
def vectors(shared: Path) -> list[Vector]:
    found = []
    for name in ("atoz", "extra", "untest"):
        text = (shared / "data" / "oracles" / "tulip" / f"{name}.txt").read_text()
        found += [vector for block in _blocks(text) if (vector := _read(*block))]
    return found


def _blocks(text: str) -> Iterator[tuple[str, list[str]]]:
    head, rows = "", list[str]()
    for line in [*text.splitlines(), "end"]:
        if line.startswith("{"):
            rows.append(line.strip("{} "))
        elif line and not line.startswith("#"):
            if rows:
                yield head, rows
            head, rows = line, []


def _read(head: str, rows: list[str]) -> Vector | None:
    name, *options = head.split()
    if name not in INDICATORS:
        return None
    indicator = INDICATORS[name]
    inputs, outputs = rows[: len(indicator.inputs)], rows[len(indicator.inputs) :]
    assert len(outputs) == len(indicator.outputs), head
    if not all(outputs):
        return None
    given = {column: _numbers(row) for column, row in zip(indicator.inputs, inputs, strict=True)}
    high, low = given.get("high"), given.get("low")
    close = given["close"] if high is None or low is None or "close" in given else (high + low) / 2
    nothing = np.zeros(len(close))
    bars = Bars(
        close,
        close if high is None else high,
        close if low is None else low,
        close,
        given.get("volume", nothing),
        sessions(len(close)),
    )
    return Vector(
        indicator,
        indicator.parameters(*map(float, options)),
        bars,
        [_numbers(row) for row in outputs],
        [_half_unit(row) for row in outputs],
    )


def _numbers(row: str) -> Array:
    return np.array(row.split(","), dtype=np.float64)


def _half_unit(row: str) -> float:
    decimals = max(len(number.partition(".")[2].strip()) for number in row.split(","))
    return 0.5 * 10.0**-decimals
