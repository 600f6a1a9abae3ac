"""Indicators by brute force, as their authors or textbooks define them: each value from its window, no running sums.

Prices that do not move make quotients of nothing; what they are then is a convention of Bhav's (the catalogue says it).
A series is null (here NaN) before its first value.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sql.indicators.series import Array, Bars


def rolling(function: Callable[[Array], Array], x: Array, length: int) -> Array:
    """Apply a function of windows (a row each) to the newest `length` values of every bar."""
    result = np.full(len(x), np.nan)
    if len(x) >= length:
        result[length - 1 :] = function(sliding_window_view(x, length))
    return result


def shifted(x: Array, bars: int) -> Array:
    return np.concatenate([np.full(min(bars, len(x)), np.nan), x[: max(len(x) - bars, 0)]])


def solid(extent: Array, level: Array) -> Array:
    """Return 0 for extents that are but the rounding of levels: prices of 0.05 steps are no binary fractions."""
    return np.where(np.abs(extent) <= 1e-12 * np.abs(level), 0, extent)


def quotient(numerator: Array, denominator: Array, otherwise: float = math.nan) -> Array:
    """Divide; where the denominator is 0, the result is `otherwise`."""
    nothing = denominator == 0
    result: Array = np.divide(numerator, np.where(nothing, 1, denominator))
    return np.where(nothing, otherwise, result)


def flushed(value: float) -> float:
    """Return 0 for what is so small that PostgreSQL could not divide it."""
    return 0 if abs(value) < 1e-290 else value


def smoothed(x: Array, length: int, weight: float) -> Array:
    """Exponential smoothing from the mean of the first `length` values on."""
    result = np.full(len(x), np.nan)
    values = x[~np.isnan(x)]
    first = len(x) - len(values) + length - 1
    if length <= len(values):
        result[first] = values[:length].mean()
        for i in range(first + 1, len(x)):
            result[i] = flushed(weight * x[i] + (1 - weight) * result[i - 1])
    return result


def sma(x: Array, length: int) -> Array:
    return rolling(lambda windows: windows.mean(axis=1), x, length)


def ema(x: Array, length: int) -> Array:
    return smoothed(x, length, 2 / (length + 1))


def wilder(x: Array, length: int) -> Array:
    return smoothed(x, length, 1 / length)


def wma(x: Array, length: int) -> Array:
    weights = np.arange(1, length + 1)
    return rolling(lambda windows: (windows * weights).sum(axis=1) / weights.sum(), x, length)


def highest(x: Array, length: int) -> Array:
    return rolling(lambda windows: windows.max(axis=1), x, length)


def lowest(x: Array, length: int) -> Array:
    return rolling(lambda windows: windows.min(axis=1), x, length)


def total(x: Array, length: int) -> Array:
    return rolling(lambda windows: windows.sum(axis=1), x, length)


def stddev(x: Array, length: int) -> Array:
    return rolling(lambda windows: (windows - windows[:, :1]).std(axis=1), x, length)


def hma(x: Array, length: int) -> Array:
    return wma(2 * wma(x, max(length // 2, 1)) - wma(x, length), math.isqrt(length))


def dema(x: Array, length: int) -> Array:
    once = ema(x, length)
    return 2 * once - ema(once, length)


def tema(x: Array, length: int) -> Array:
    once = ema(x, length)
    twice = ema(once, length)
    return 3 * once - 3 * twice + ema(twice, length)


def vwma(x: Array, volume: Array, length: int) -> Array:
    return quotient(total(x * volume, length), total(volume, length))


def zlema(x: Array, length: int) -> Array:
    return ema(2 * x - shifted(x, (length - 1) // 2), length)


def kama(x: Array, length: int, fast: int, slow: int) -> Array:
    """Kaufman; the average starts from the close before the first value, and prices that stand still are efficient."""
    result = np.full(len(x), np.nan)
    average = x[length - 1] if len(x) > length else math.nan
    for i in range(length, len(x)):
        path = np.abs(np.diff(x[i - length : i + 1])).sum()
        efficiency = abs(x[i] - x[i - length]) / path if path else 1
        constant = efficiency * (2 / (fast + 1) - 2 / (slow + 1)) + 2 / (slow + 1)
        average += constant**2 * (x[i] - average)
        result[i] = average
    return result


def mama(x: Array, fast_limit: float, slow_limit: float) -> list[Array]:
    """Ehlers, MESA Adaptive Moving Averages, 2001: his listing, as if the first price had always stood.

    Filters begin at bar 12, values at bar 32.
    """
    n = len(x)
    base = x[0] if n else 0.0
    x = x - base
    (smooth, detrender, q1, i1, ji, jq, i2, q2, re, im, period, phase, mama, fama) = (np.zeros(n) for _ in range(14))

    def hilbert(source: Array, i: int) -> float:
        adjusted = 0.075 * period[i - 1] + 0.54
        # differences first: without a move they are exactly nothing
        taps = 0.0962 * (source[i] - source[i - 6]) + 0.5769 * (source[i - 2] - source[i - 4])
        return float(taps * adjusted)

    for i in range(12, n):
        smooth[i] = (4 * x[i] + 3 * x[i - 1] + 2 * x[i - 2] + x[i - 3]) / 10
        detrender[i] = hilbert(smooth, i)
        q1[i] = hilbert(detrender, i)
        i1[i] = detrender[i - 3]
        ji[i] = hilbert(i1, i)
        jq[i] = hilbert(q1, i)
        i2[i] = solid(0.2 * (i1[i] - jq[i]) + 0.8 * i2[i - 1], x[i] + base)
        q2[i] = solid(0.2 * (q1[i] + ji[i]) + 0.8 * q2[i - 1], x[i] + base)
        re[i] = 0.2 * (i2[i] * i2[i - 1] + q2[i] * q2[i - 1]) + 0.8 * re[i - 1]
        im[i] = 0.2 * (i2[i] * q2[i - 1] - q2[i] * i2[i - 1]) + 0.8 * im[i - 1]
        cycle = period[i - 1]
        if max(abs(re[i]), abs(im[i])) <= (1e-12 * (x[i] + base)) ** 2:
            re[i] = im[i] = cycle = 0.0  # nothing turns: back to the shortest cycle
        elif min(abs(re[i]), abs(im[i])) > 1e-12 * max(abs(re[i]), abs(im[i])):
            cycle = 360 / math.degrees(math.atan(im[i] / re[i]))
        cycle = min(cycle, 1.5 * period[i - 1])
        cycle = max(cycle, 0.67 * period[i - 1])
        period[i] = 0.2 * min(max(cycle, 6), 50) + 0.8 * period[i - 1]
        in_phase = solid(i1[i], x[i] + base)
        phase[i] = math.degrees(math.atan(q1[i] / in_phase)) if in_phase else 0
        alpha = max(fast_limit / max(phase[i - 1] - phase[i], 1), slow_limit)
        mama[i] = alpha * x[i] + (1 - alpha) * mama[i - 1]
        fama[i] = alpha / 2 * mama[i] + (1 - alpha / 2) * fama[i - 1]
    mama[:32] = fama[:32] = np.nan
    return [mama + base, fama + base]


def t3(x: Array, length: int, factor: float) -> Array:
    """Tillson, with (1 + factor) * ema - factor * ema(ema), applied three times, multiplied out."""
    averages = [x]
    for _ in range(6):
        averages.append(ema(averages[-1], length))
    terms = [math.comb(3, k) * (1 + factor) ** (3 - k) * (-factor) ** k * averages[3 + k] for k in range(4)]
    return np.asarray(sum(terms))


def linreg(x: Array, length: int) -> Array:
    offsets = np.arange(length) - (length - 1) / 2

    def end(windows: Array) -> Array:
        mean: Array = windows.mean(axis=1)
        squares = (offsets**2).sum() or 1
        slope: Array = ((windows - mean[:, None]) * offsets).sum(axis=1) / squares
        return mean + slope * float(offsets[-1])

    return rolling(end, x, length)


def true_range(b: Bars) -> Array:
    before = shifted(b.close, 1)
    ranges: Array = np.max([b.high - b.low, np.abs(b.high - before), np.abs(b.low - before)], axis=0)
    return ranges


def atr(b: Bars, length: int) -> Array:
    return wilder(true_range(b), length)


def bbands(x: Array, length: int, multiplier: float) -> list[Array]:
    middle = sma(x, length)
    width = multiplier * stddev(x, length)
    upper, lower = middle + width, middle - width
    return [upper, middle, lower, 100 * quotient(2 * width, middle), quotient(x - lower, np.where(width, 2 * width, 0))]


def kc(b: Bars, length: int, multiplier: float, atr_length: int) -> list[Array]:
    middle = ema(b.close, length)
    width = multiplier * atr(b, atr_length)
    return [middle + width, middle, middle - width]


def dc(b: Bars, length: int) -> list[Array]:
    upper, lower = highest(b.high, length), lowest(b.low, length)
    return [upper, (upper + lower) / 2, lower]


def chop(b: Bars, length: int) -> Array:
    ratio = quotient(total(true_range(b), length), highest(b.high, length) - lowest(b.low, length))
    return 100 * np.log10(ratio) / math.log10(length)


def rsi(x: Array, length: int) -> Array:
    change = x - shifted(x, 1)
    gains, losses = wilder(np.maximum(change, 0), length), wilder(np.maximum(-change, 0), length)
    return 100 * quotient(gains, solid(gains + losses, x))


def difference(line: Array, length: int) -> list[Array]:
    """Return a line, its signal line and the histogram between them."""
    signal = ema(line, length)
    return [line, signal, line - signal]


def macd(x: Array, fast: int, slow: int, signal: int) -> list[Array]:
    return difference(ema(x, fast) - ema(x, slow), signal)


def ppo(x: Array, fast: int, slow: int, signal: int) -> list[Array]:
    return difference(100 * quotient(ema(x, fast) - ema(x, slow), ema(x, slow)), signal)


def position(x: Array, high: Array, low: Array, length: int) -> Array:
    """Return where a series lies in the range of the newest bars, 0..100; 0 in a range of nothing."""
    top, bottom = highest(high, length), lowest(low, length)
    return 100 * quotient(x - bottom, solid(top - bottom, top), 0)


def stoch(b: Bars, length: int, smooth_k: int, smooth_d: int) -> list[Array]:
    k = sma(position(b.close, b.high, b.low, length), smooth_k)
    return [k, sma(k, smooth_d)]


def stochrsi(x: Array, rsi_length: int, stoch_length: int, smooth_k: int, smooth_d: int) -> list[Array]:
    strength = rsi(x, rsi_length)
    strength[rsi_length:] = np.where(strength[rsi_length:] > 1e-10, strength[rsi_length:], 0)
    k = sma(position(strength, strength, strength, stoch_length), smooth_k)
    return [k, sma(k, smooth_d)]


def typical(b: Bars) -> Array:
    return (b.high + b.low + b.close) / 3


def cci(b: Bars, length: int) -> Array:
    def index(windows: Array) -> Array:
        mean = windows.mean(axis=1)
        deviation = np.abs(windows - mean[:, None]).mean(axis=1)
        return quotient(windows[:, -1] - mean, 0.015 * solid(deviation, mean), 0)

    return rolling(index, typical(b), length)


def tsi(x: Array, fast: int, slow: int, signal: int) -> list[Array]:
    change = x - shifted(x, 1)

    def twice(series: Array) -> Array:
        return ema(ema(series, slow), fast)

    moved = solid(twice(np.abs(change)), x)
    line = 100 * quotient(twice(change), moved, 0)
    return [np.where(moved == 0, np.nan, values) for values in (line, ema(line, signal))]


def willr(b: Bars, length: int) -> Array:
    top, bottom = highest(b.high, length), lowest(b.low, length)
    return -100 * quotient(top - b.close, top - bottom, 0)


def ao(b: Bars, fast: int, slow: int) -> Array:
    middle = (b.high + b.low) / 2
    return sma(middle, fast) - sma(middle, slow)


def ultosc(b: Bars, short: int, middle: int, long: int) -> Array:
    before = shifted(b.close, 1)
    pressure = b.close - np.minimum(b.low, before)

    def part(length: int) -> Array:
        return quotient(total(pressure, length), total(true_range(b), length), 0)

    return 100 * (4 * part(short) + 2 * part(middle) + part(long)) / 7


def trix(x: Array, length: int, signal: int) -> list[Array]:
    thrice = ema(ema(ema(x, length), length), length)
    line = 100 * (thrice / shifted(thrice, 1) - 1)
    return [line, sma(line, signal)]


def fisher(b: Bars, length: int) -> list[Array]:
    """Ehlers, Using the Fisher Transform, 2002: over the middles of bars; anew after a range of nothing."""
    middle = (b.high + b.low) / 2
    bottom = lowest(middle, length)
    extent = solid(highest(middle, length) - bottom, bottom)
    line = np.full(len(middle), np.nan)
    value = before = 0.0
    for i in range(length - 1, len(middle)):
        if extent[i] == 0:
            value = before = 0.0
            continue
        value = 0.66 * ((middle[i] - bottom[i]) / extent[i] - 0.5) + 0.67 * value
        value = math.copysign(0.999, value) if abs(value) > 0.99 else value
        line[i] = before = 0.5 * math.log((1 + value) / (1 - value)) + 0.5 * before
    return [line, shifted(line, 1)]


def adx(b: Bars, length: int) -> list[Array]:
    """Wilder; his sums start with length - 1 bars, and the first output is a bar later."""
    up, down = b.high - shifted(b.high, 1), shifted(b.low, 1) - b.low
    plus = np.where((up > down) & (up > 0), up, 0.0)
    minus = np.where((down > up) & (down > 0), down, 0.0)

    def summed(values: Array) -> Array:
        result = np.full(len(b), np.nan)
        state = values[1:length].sum()
        for i in range(length, len(b)):
            result[i] = state = flushed(state - state / length + values[i])
        return result

    plus_sum, minus_sum, ranges = summed(plus), summed(minus), summed(true_range(b))
    moved = solid(plus_sum + minus_sum, b.close)
    strength = wilder(100 * quotient(np.abs(plus_sum - minus_sum), moved, 0), length)
    lines = [strength, 100 * quotient(plus_sum, ranges, 0), 100 * quotient(minus_sum, ranges, 0)]
    return [np.where(moved == 0, np.nan, line) for line in lines]


def aroon(b: Bars, length: int) -> list[Array]:
    """Chande; of equal extremes the newest counts."""
    up = rolling(lambda w: 100 - 100 * w[:, ::-1].argmax(axis=1) / length, b.high, length + 1)
    down = rolling(lambda w: 100 - 100 * w[:, ::-1].argmin(axis=1) / length, b.low, length + 1)
    return [up, down, up - down]


def psar(b: Bars, acceleration: float, maximum: float) -> Array:
    """Wilder; the first direction is that of the first move, as in TA-Lib."""
    n = len(b)
    result = np.full(n, np.nan)
    if n < 2:
        return result
    rising = not b.low[0] - b.low[1] > max(b.high[1] - b.high[0], 0)
    stop = b.low[0] if rising else b.high[0]
    extreme = b.high[1] if rising else b.low[1]
    step = acceleration = min(acceleration, maximum)
    for i in range(1, n):
        # the stop may not enter the range of the two bars before; the first bar counts for the second alone
        before = slice(max(i - 2, 1), i) if i > 1 else slice(0, 1)
        stop = min(stop, b.low[before].min()) if rising else max(stop, b.high[before].max())
        if (b.low[i] <= stop) if rising else (b.high[i] >= stop):
            rising = not rising
            stop = min(extreme, b.low[i - 1], b.low[i]) if rising else max(extreme, b.high[i - 1], b.high[i])
            extreme, step = (b.high[i] if rising else b.low[i]), acceleration
        else:
            reached = max(extreme, b.high[i]) if rising else min(extreme, b.low[i])
            step = min(step + acceleration, maximum) if reached != extreme else step
            extreme = reached
        result[i] = stop
        stop += step * (extreme - stop)
    return result


def supertrend(b: Bars, length: int, multiplier: float) -> list[Array]:
    """Bands around the middles of bars that only narrow, until a close beyond one lets the other side begin.

    As in TradingView, the first true range is that of the bar alone, and the first direction is down.
    """
    ranges = true_range(b)
    ranges[:1] = (b.high - b.low)[:1]
    middle, width = (b.high + b.low) / 2, multiplier * wilder(ranges, length)
    line, direction, upper, lower = (np.full(len(b), np.nan) for _ in range(4))
    for i in range(length - 1, len(b)):
        upper[i], lower[i] = middle[i] + width[i], middle[i] - width[i]
        direction[i] = -1
        if i >= length:
            if b.close[i - 1] <= upper[i - 1]:
                upper[i] = min(upper[i], upper[i - 1])
            if b.close[i - 1] >= lower[i - 1]:
                lower[i] = max(lower[i], lower[i - 1])
            is_up = b.close[i] >= lower[i] if direction[i - 1] == 1 else b.close[i] > upper[i]
            direction[i] = 1 if is_up else -1
        line[i] = lower[i] if direction[i] == 1 else upper[i]
    return [line, direction, upper, lower]


def ichimoku(b: Bars, conversion_length: int, base_length: int, span_length: int) -> list[Array]:
    def middle(length: int) -> Array:
        return (highest(b.high, length) + lowest(b.low, length)) / 2

    conversion, base = middle(conversion_length), middle(base_length)
    ahead = base_length - 1
    return [conversion, base, shifted((conversion + base) / 2, ahead), shifted(middle(span_length), ahead)]


def obv(b: Bars) -> Array:
    moves = np.sign(np.diff(b.close)) * b.volume[1:]
    return np.cumsum(np.concatenate([b.volume[:1], moves]))


def flow(b: Bars) -> Array:
    """Return what of the volume counts as bought, by the place of the close in the bar."""
    return quotient((b.close - b.low) - (b.high - b.close), b.high - b.low, 0) * b.volume


def ad(b: Bars) -> Array:
    return np.cumsum(flow(b))


def cmf(b: Bars, length: int) -> Array:
    return quotient(total(flow(b), length), total(b.volume, length))


def mfi(b: Bars, length: int) -> Array:
    price = typical(b)
    change = solid(price - shifted(price, 1), price)
    money = np.where(np.isnan(change), np.nan, price * b.volume)
    gained = total(np.where(change < 0, 0, money) * (change != 0), length)
    lost = total(np.where(change > 0, 0, money) * (change != 0), length)
    return 100 * quotient(gained, gained + lost, 0)


def vwap(b: Bars) -> Array:
    result = np.full(len(b), np.nan)
    for i in range(len(b)):
        day = slice(int(np.argmax(b.session == b.session[i])), i + 1)
        traded = b.volume[day].sum()
        result[i] = (typical(b)[day] * b.volume[day]).sum() / traded if traded else math.nan
    return result


def pivots(b: Bars) -> list[Array]:
    levels = np.full((7, len(b)), np.nan)
    days = np.unique(b.session)
    for day, before in zip(days[1:], days[:-1], strict=True):
        last = b.session == before
        high, low, close = b.high[last].max(), b.low[last].min(), b.close[last][-1]
        pivot = (high + low + close) / 3
        levels[:, b.session == day] = np.array(
            [
                [pivot],
                [2 * pivot - low], [pivot + (high - low)], [high + 2 * (pivot - low)],
                [2 * pivot - high], [pivot - (high - low)], [low - 2 * (high - pivot)],
            ]
        )  # fmt: skip
    return list(levels)
