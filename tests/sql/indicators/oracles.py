"""What each indicator is compared with: TA-Lib, pandas-ta's own code, published vectors, and the definition.

An oracle takes bars and the parameters in the order of the catalogue, and returns a series for each output in its
order: None where it has no such output. A new indicator gets a line in ORACLES.
"""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import talib
from talib._ta_lib import MA_Type

from tests.sql.indicators import definitions as d

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of its imports
    import pandas as pd  # type: ignore[import-untyped]
    import pandas_ta_classic as ta

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.sql.indicators.series import Array, Bars

    Oracle = Callable[..., Sequence[Array | None]]

LIBRARIES = ("TA-Lib", "pandas-ta")
DEFINITION = "definition"
SIMPLE, EXPONENTIAL = MA_Type.SMA, MA_Type.EMA


def talib_of(function: str, *inputs: str, outputs: Sequence[int | None] = (0,)) -> Oracle:
    """Call TA-Lib; `outputs` says which of its outputs ours are."""

    def oracle(b: Bars, *parameters: float) -> list[Array | None]:
        found = getattr(talib, function)(*(getattr(b, name) for name in inputs), *parameters)
        found = found if isinstance(found, tuple) else (found,)
        return [None if nth is None else found[nth] for nth in outputs]

    return oracle


def pandas_of(
    function: str, *inputs: str, names: Sequence[str], outputs: Sequence[int | None] = (0,), **more: object
) -> Oracle:
    """Call pandas-ta with parameters of these names; `outputs` says which of its columns ours are."""

    def oracle(b: Bars, *parameters: float) -> list[Array | None]:
        index = pd.DatetimeIndex(b.session) + pd.to_timedelta(np.arange(len(b)) % 1440, unit="min")
        frame = [pd.Series(getattr(b, name), index) for name in inputs]
        options = dict(zip(names, parameters, strict=True))
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")  # it divides by zero and uses what pandas deprecates
            found = getattr(ta, function)(*frame, **options, **more)
        if found is None:
            return [None for _ in outputs]
        columns = found.to_numpy(dtype=np.float64).reshape(len(b), -1)
        return [None if nth is None else columns[:, nth] for nth in outputs]

    return oracle


HL = ("high", "low")
HLC = ("high", "low", "close")
HLCV = ("high", "low", "close", "volume")
CLOSE = ("close",)
CV = ("close", "volume")
LENGTH = ("length",)


def closes(
    name: str, definition: Callable[..., Array | list[Array]], talib_name: str | None = None, **more: bool
) -> dict[str, Oracle]:
    """Return the oracles of an indicator of closes with a length."""
    return {
        "TA-Lib": talib_of(talib_name or name.upper(), *CLOSE),
        "pandas-ta": pandas_of(name, *CLOSE, names=LENGTH, outputs=(0,), **more),
        DEFINITION: of_closes(definition),
    }


def of_closes(definition: Callable[..., Array | list[Array]]) -> Oracle:
    return of_bars(lambda b, *parameters: definition(b.close, *parameters))


def of_bars(definition: Callable[..., Array | list[Array]]) -> Oracle:
    def oracle(b: Bars, *parameters: float) -> list[Array | None]:
        found = definition(b, *parameters)
        return [*found] if isinstance(found, list) else [found]

    return oracle


def talib_stoch(b: Bars, length: int, smooth_k: int, smooth_d: int) -> list[Array | None]:
    return [*talib.STOCH(b.high, b.low, b.close, length, smooth_k, SIMPLE, smooth_d, SIMPLE)]


def talib_stochrsi(b: Bars, rsi_length: int, stoch_length: int, smooth_k: int, smooth_d: int) -> list[Array | None]:
    """TA-Lib does not smooth %K, so smoothed it is its %D."""
    k = talib.STOCHRSI(b.close, rsi_length, stoch_length, smooth_k, SIMPLE)[1]
    return [k, d.sma(k, smooth_d)]


def talib_adx(b: Bars, length: int) -> list[Array | None]:
    return [
        talib.ADX(b.high, b.low, b.close, length),
        talib.PLUS_DI(b.high, b.low, b.close, length),
        talib.MINUS_DI(b.high, b.low, b.close, length),
    ]


def talib_aroon(b: Bars, length: int) -> list[Array | None]:
    down, up = talib.AROON(b.high, b.low, length)
    return [up, down, talib.AROONOSC(b.high, b.low, length)]


def talib_bbands(b: Bars, length: int, multiplier: float) -> list[Array | None]:
    return [*talib.BBANDS(b.close, length, multiplier, multiplier), None, None]


def talib_stddev(b: Bars, length: int) -> list[Array | None]:
    return [talib.STDDEV(b.close, length)]


def talib_kc(b: Bars, length: int, multiplier: float, atr_length: int) -> list[Array | None]:
    """TA-Lib's KC is around typical prices: its averages around closes."""
    middle = talib.EMA(b.close, length)
    width = multiplier * talib.ATR(b.high, b.low, b.close, atr_length)
    return [middle + width, middle, middle - width]


def from_first(oracle: Oracle) -> Oracle:
    """Let an average that starts from zero start from the first close."""

    def shifted(b: Bars, *parameters: float) -> list[Array | None]:
        base = b.close[0] if len(b) else 0.0
        found = oracle(replace(b, close=b.close - base), *parameters)
        return [None if values is None else values + base for values in found]

    return shifted


def pandas_t3(b: Bars, length: int, factor: float) -> list[Array | None]:
    """Pandas-ta takes its default for factors of 0 and 1."""
    found = pandas_of("t3", *CLOSE, names=("length", "a"), talib=False)(b, length, factor)
    return [*found] if 0 < factor < 1 else [None]


def talib_kama(b: Bars, length: int, fast: int, slow: int) -> list[Array | None]:
    """TA-Lib has no other lengths than 2 and 30."""
    return [talib.KAMA(b.close, length) if (fast, slow) == (2, 30) else None]


def talib_ppo(b: Bars, fast: int, slow: int, _signal: int) -> list[Array | None]:
    return [talib.PPO(b.close, fast, slow, EXPONENTIAL), None, None]


def talib_trix(b: Bars, length: int, _signal: int) -> list[Array | None]:
    return [talib.TRIX(b.close, length), None]


def talib_tsi(b: Bars, fast: int, slow: int, _signal: int) -> list[Array | None]:
    return [talib.TSI(b.close, slow, fast), None]


def talib_supertrend(b: Bars, length: int, multiplier: float) -> list[Array | None]:
    """TA-Lib leaves out the range of the first bar, so it gets one before; it starts upwards, so until its first turn
    it says nothing.
    """
    high, low, close = (np.concatenate([b.low[:1], prices]) for prices in (b.high, b.low, b.close))
    line, direction = (found[1:] for found in talib.SUPERTREND(high, low, close, length, multiplier))
    says = np.maximum.accumulate(~np.isnan(line) & (direction == -1))
    return [np.where(says, line, np.nan), np.where(says, direction, np.nan), None, None]


def talib_vwap(b: Bars) -> list[Array | None]:
    """TA-Lib knows no trading days, so it gets each alone; without volume it takes 0 for the average."""
    found = np.full(len(b), np.nan)
    for day in np.unique(b.session):
        of = b.session == day
        found[of] = talib.VWAP(b.high[of], b.low[of], b.close[of], b.volume[of])
    return [np.where(found == 0, np.nan, found)]


def pandas_psar(b: Bars, acceleration: float, maximum: float) -> list[Array | None]:
    found = pandas_of("psar", *HL, names=("af", "max_af"), outputs=(0, 1))(b, acceleration, maximum)
    long, short = found
    assert long is not None
    assert short is not None
    return [np.where(np.isnan(long), short, long)]


def pandas_ichimoku(b: Bars, conversion_length: int, base_length: int, span_length: int) -> list[Array | None]:
    """Pandas-ta draws the spans a bar further ahead."""
    read = pandas_of("ichimoku", *HLC, names=("tenkan", "kijun", "senkou"), outputs=(2, 3, 0, 1), as_dataframe=True)
    *lines, span_a, span_b = read(b, conversion_length, base_length, span_length)
    return [*lines, *(None if span is None else d.shifted(span[::-1], 1)[::-1] for span in (span_a, span_b))]


def pandas_dc(b: Bars, length: int) -> list[Array | None]:
    return [*pandas_of("donchian", *HL, names=("lower_length", "upper_length"), outputs=(2, 1, 0))(b, length, length)]


ORACLES: dict[str, dict[str, Oracle]] = {
    "SMA": closes("sma", d.sma, talib=False),
    "EMA": closes("ema", d.ema, talib=False),
    "WMA": closes("wma", d.wma, talib=False),
    "HMA": closes("hma", d.hma),
    "DEMA": closes("dema", d.dema, talib=False),
    "TEMA": closes("tema", d.tema, talib=False),
    "VWMA": {
        "TA-Lib": talib_of("VWMA", *CV),
        "pandas-ta": pandas_of("vwma", *CV, names=LENGTH),
        DEFINITION: of_bars(lambda b, length: d.vwma(b.close, b.volume, length)),
    },
    "ZLEMA": closes("zlma", d.zlema, "ZLEMA"),
    "KAMA": {
        "TA-Lib": talib_kama,
        "pandas-ta": pandas_of("kama", *CLOSE, names=("length", "fast", "slow"), talib=False),
        DEFINITION: of_closes(d.kama),
    },
    "MAMA": {
        "TA-Lib": from_first(talib_of("MAMA", *CLOSE, outputs=(0, 1))),
        "pandas-ta": from_first(
            pandas_of("mama", *CLOSE, names=("fastlimit", "slowlimit"), outputs=(0, 1), talib=False)
        ),
        DEFINITION: of_closes(d.mama),
    },
    "T3": {
        "TA-Lib": talib_of("T3", *CLOSE),
        "pandas-ta": pandas_t3,
        DEFINITION: of_closes(d.t3),
    },
    "LINREG": closes("linreg", d.linreg, "LINEARREG", talib=False),
    "ATR": {
        "TA-Lib": talib_of("ATR", *HLC),
        "pandas-ta": pandas_of("atr", *HLC, names=LENGTH, talib=False),
        DEFINITION: of_bars(d.atr),
    },
    "NATR": {
        "TA-Lib": talib_of("NATR", *HLC),
        "pandas-ta": pandas_of("natr", *HLC, names=LENGTH, talib=False),
        DEFINITION: of_bars(lambda b, length: 100 * d.atr(b, length) / b.close),
    },
    "STDDEV": {
        "TA-Lib": talib_stddev,
        "pandas-ta": pandas_of("stdev", *CLOSE, names=LENGTH, ddof=0, talib=False),
        DEFINITION: of_closes(d.stddev),
    },
    "BBANDS": {
        "TA-Lib": talib_bbands,
        "pandas-ta": pandas_of("bbands", *CLOSE, names=("length", "std"), outputs=(2, 1, 0, 3, 4), talib=False),
        DEFINITION: of_closes(d.bbands),
    },
    "KC": {
        "TA-Lib": talib_kc,
        "pandas-ta": pandas_of("kc", *HLC, names=("length", "scalar", "atr_length"), outputs=(2, 1, 0)),
        DEFINITION: of_bars(d.kc),
    },
    "DC": {
        "TA-Lib": talib_of("DONCHIAN", *HL, outputs=(0, 1, 2)),
        "pandas-ta": pandas_dc,
        DEFINITION: of_bars(d.dc),
    },
    "CHOP": {
        "pandas-ta": pandas_of("chop", *HLC, names=LENGTH),
        DEFINITION: of_bars(d.chop),
    },
    "RSI": closes("rsi", d.rsi, talib=False),
    "MACD": {
        "TA-Lib": talib_of("MACD", *CLOSE, outputs=(0, 1, 2)),
        "pandas-ta": pandas_of("macd", *CLOSE, names=("fast", "slow", "signal"), outputs=(0, 2, 1), talib=False),
        DEFINITION: of_closes(d.macd),
    },
    "STOCH": {
        "TA-Lib": talib_stoch,
        "pandas-ta": pandas_of("stoch", *HLC, names=("k", "smooth_k", "d"), outputs=(0, 1), talib=False),
        DEFINITION: of_bars(d.stoch),
    },
    "STOCHRSI": {
        "TA-Lib": talib_stochrsi,
        "pandas-ta": pandas_of(
            "stochrsi", *CLOSE, names=("rsi_length", "length", "k", "d"), outputs=(0, 1), talib=False
        ),
        DEFINITION: of_closes(d.stochrsi),
    },
    "CCI": {
        "TA-Lib": talib_of("CCI", *HLC),
        "pandas-ta": pandas_of("cci", *HLC, names=LENGTH, talib=False),
        DEFINITION: of_bars(d.cci),
    },
    "MOM": closes("mom", lambda x, length: x - d.shifted(x, length), talib=False),
    "ROC": closes("roc", lambda x, length: 100 * (x / d.shifted(x, length) - 1), talib=False),
    "TSI": {
        "TA-Lib": talib_tsi,
        "pandas-ta": pandas_of("tsi", *CLOSE, names=("fast", "slow", "signal"), outputs=(0, 1)),
        DEFINITION: of_closes(d.tsi),
    },
    "WILLR": {
        "TA-Lib": talib_of("WILLR", *HLC),
        "pandas-ta": pandas_of("willr", *HLC, names=LENGTH, talib=False),
        DEFINITION: of_bars(d.willr),
    },
    "AO": {
        "TA-Lib": talib_of("AO", *HL),
        "pandas-ta": pandas_of("ao", *HL, names=("fast", "slow")),
        DEFINITION: of_bars(d.ao),
    },
    "PPO": {
        "TA-Lib": talib_ppo,
        "pandas-ta": pandas_of(
            "ppo", *CLOSE, names=("fast", "slow", "signal"), outputs=(0, 2, 1), mamode="ema", talib=False
        ),
        DEFINITION: of_closes(d.ppo),
    },
    "ULTOSC": {
        "TA-Lib": talib_of("ULTOSC", *HLC),
        "pandas-ta": pandas_of("uo", *HLC, names=("fast", "medium", "slow"), talib=False),
        DEFINITION: of_bars(d.ultosc),
    },
    "TRIX": {
        "TA-Lib": talib_trix,
        "pandas-ta": pandas_of("trix", *CLOSE, names=("length", "signal"), outputs=(0, 1), talib=False),
        DEFINITION: of_closes(d.trix),
    },
    "FISHER": {
        "pandas-ta": pandas_of("fisher", *HL, names=LENGTH, outputs=(0, 1)),
        DEFINITION: of_bars(d.fisher),
    },
    "ADX": {
        "TA-Lib": talib_adx,
        "pandas-ta": pandas_of("adx", *HLC, names=LENGTH, outputs=(0, 1, 2), talib=False),
        DEFINITION: of_bars(d.adx),
    },
    "AROON": {
        "TA-Lib": talib_aroon,
        "pandas-ta": pandas_of("aroon", *HL, names=LENGTH, outputs=(1, 0, 2), talib=False),
        DEFINITION: of_bars(d.aroon),
    },
    "PSAR": {"TA-Lib": talib_of("SAR", *HL), "pandas-ta": pandas_psar, DEFINITION: of_bars(d.psar)},
    "SUPERTREND": {
        "TA-Lib": talib_supertrend,
        "pandas-ta": pandas_of("supertrend", *HLC, names=("length", "multiplier"), outputs=(0, 1, None, None)),
        DEFINITION: of_bars(d.supertrend),
    },
    "ICHIMOKU": {
        "pandas-ta": pandas_ichimoku,
        DEFINITION: of_bars(d.ichimoku),
    },
    "OBV": {
        "TA-Lib": talib_of("OBV", *CV),
        "pandas-ta": pandas_of("obv", *CV, names=(), talib=False),
        DEFINITION: of_bars(d.obv),
    },
    "AD": {
        "TA-Lib": talib_of("AD", *HLCV),
        "pandas-ta": pandas_of("ad", *HLCV, names=(), talib=False),
        DEFINITION: of_bars(d.ad),
    },
    "VWAP": {
        "TA-Lib": talib_vwap,
        "pandas-ta": pandas_of("vwap", *HLCV, names=()),
        DEFINITION: of_bars(d.vwap),
    },
    "MFI": {
        "TA-Lib": talib_of("MFI", *HLCV),
        "pandas-ta": pandas_of("mfi", *HLCV, names=LENGTH, talib=False),
        DEFINITION: of_bars(d.mfi),
    },
    "CMF": {
        "TA-Lib": talib_of("CMF", *HLCV),
        "pandas-ta": pandas_of("cmf", *HLCV, names=LENGTH),
        DEFINITION: of_bars(d.cmf),
    },
    "PIVOTS": {DEFINITION: of_bars(d.pivots)},
}
