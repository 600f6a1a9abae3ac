"""Candlestick patterns are TA-Lib's, bar for bar; found in candles, they are those of all the bars."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, LiteralString

import numpy as np
import psycopg
import pyarrow.parquet as pq
import pytest
import talib
import talib.abstract

from tests.contract.contract import Contract, at
from tests.contract.reference import MINUTE, TickRow, moment
from tests.sql.indicators import series
from tests.sql.indicators.agreement import parameter_sets
from tests.sql.indicators.evaluator import Evaluator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import Cluster
    from tests.sql.indicators.evaluator import Row
    from tests.sql.indicators.series import Array, Bars

VALUES = {
    "CDLDOJI": {100}, "CDLDRAGONFLYDOJI": {100}, "CDLGRAVESTONEDOJI": {100},
    "CDLHAMMER": {100}, "CDLINVERTEDHAMMER": {100}, "CDLHANGINGMAN": {-100}, "CDLSHOOTINGSTAR": {-100},
    "CDLENGULFING": {-100, -80, 80, 100}, "CDLHARAMI": {-100, -80, 80, 100}, "CDLHARAMICROSS": {-100, -80, 80, 100},
    "CDLPIERCING": {100}, "CDLDARKCLOUDCOVER": {-100}, "CDLMORNINGSTAR": {100}, "CDLEVENINGSTAR": {-100},
    "CDL3WHITESOLDIERS": {100}, "CDL3BLACKCROWS": {-100}, "CDLMARUBOZU": {-100, 100}, "CDLSPINNINGTOP": {-100, 100},
    "CDL3INSIDE": {-100, 100}, "CDL3OUTSIDE": {-100, 100},
}  # fmt: skip
"""The values that each pattern can have where it is found."""
NAMES = sorted(VALUES)
PENETRATING = ["CDLDARKCLOUDCOVER", "CDLEVENINGSTAR", "CDLMORNINGSTAR"]
MANY = 20_000
JUMP = "jump, then flat"
UNKNOWN_INDICATOR, WRONG_PARAMETERS, NO_SERIES = "BH006", "BH007", "BH008"
EVALUATE = """
    select * from indicators.evaluate(
        %s, %s::float8[], %s::float8[], %s::float8[], %s::float8[], %s::float8[], %s::date[]
    )
"""


@cache
def candles(seed: int, count: int) -> Bars:
    """Random bars with gaps and runs, with bodies and shadows of any proportion. Their ranges are alike for a while, so
    that they are often equal to what they are measured by. Prices are sixteenths: sums have no rounding.
    """
    chance = np.random.default_rng(seed)
    extent = np.repeat(chance.integers(1, 3, count // 20 + 1) * 10, 20)[:count]
    extent = np.where(chance.random(count) < 0.05, chance.integers(0, 4, count), extent)
    body = chance.integers(0, extent + 4).clip(max=extent)
    shadow = np.minimum(chance.integers(0, 3, count), extent - body)
    upper = np.where(chance.random(count) < 0.5, shadow, extent - body - shadow)
    run = np.repeat(chance.choice([-1, 1], count // 5 + 1), 5)[:count]
    gap = chance.integers(-4, 3, count) * chance.choice([1, 1, 1, 5], count)
    close = 4096 + np.cumsum(run * (gap + body)) / 16
    opens = close - run * body / 16
    high = np.maximum(opens, close) + upper / 16
    return series.Bars(opens, high, high - extent / 16, close, np.ones(count), series.sessions(count))


@cache
def recorded(shared: Path) -> list[Bars]:
    """Enough minutes for the rarest of the patterns."""
    path = shared / "data" / "bars_1m" / "NIFTY50_1m_2024-01_2024-08.parquet"
    index = pq.read_table(path).slice(5000, 10_000).to_pydict()
    minutes = series.made_of(
        [*(index[name] for name in ("open", "high", "low", "close")), [0] * 10_000, index["ts_ist"]]
    )
    return [minutes, *series.real(shared).values()]


def of_talib(name: str, bars: Bars, parameters: tuple[float, ...]) -> Array:
    """Return TA-Lib's values, NaN for the bars that it looks back on."""
    if not len(bars):
        return np.array([])
    found = getattr(talib, name)(bars.open, bars.high, bars.low, bars.close, *parameters).astype(np.float64)
    found[: getattr(talib.abstract, name).lookback] = np.nan
    return np.asarray(found)


def found_in(values: Array) -> Counter[float]:
    return Counter(values[np.nan_to_num(values) != 0].tolist())


def assert_as_talib(indicators: Evaluator, name: str, group: list[Bars]) -> Counter[float]:
    """Compare all bars with the defaults and other parameters; what was found with the defaults."""
    row = indicators.catalogue[name]
    found = Counter[float]()
    for bars in group:
        for parameters in parameter_sets(indicators, row):
            (values,) = indicators.evaluate(row.id(parameters), bars)
            np.testing.assert_array_equal(values, of_talib(name, bars, parameters))
        found += found_in(indicators.evaluate(row.id(row.defaults), bars)[0])
    return found


def refused(connection: psycopg.Connection, code: str, query: LiteralString, *parameters: object) -> str:
    """Return the message of an error that comes with a hint."""
    with pytest.raises(psycopg.Error) as caught:
        connection.execute(query, parameters)
    assert caught.value.sqlstate == code, caught.value
    assert caught.value.diag.message_hint
    return str(caught.value.diag.message_primary)


def test_these_are_the_patterns(indicators: Evaluator) -> None:
    assert {name for name, row in indicators.catalogue.items() if row.family == "pattern"} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_random_bars_have_the_patterns_that_talib_finds(indicators: Evaluator, name: str) -> None:
    found = assert_as_talib(indicators, name, [candles(1, MANY)])
    assert set(found) == VALUES[name]
    assert min(found.values()) >= 10


@pytest.mark.parametrize("name", NAMES)
def test_recorded_bars_have_the_patterns_that_talib_finds(indicators: Evaluator, shared: Path, name: str) -> None:
    """Prices of a few magnitudes are multiples of one binary fraction: their sums have no rounding either."""
    found = assert_as_talib(indicators, name, recorded(shared))
    assert set(found) == VALUES[name]


@pytest.mark.parametrize("name", NAMES)
def test_poor_bars_have_the_patterns_that_talib_finds(indicators: Evaluator, name: str) -> None:
    group = [bars for what, bars in series.degenerate().items() if what != JUMP]
    group += [series.part(candles(2, 20), 0, count) for count in range(20)]
    assert_as_talib(indicators, name, group)


@pytest.mark.parametrize("name", PENETRATING)
def test_the_deeper_the_penetration_the_fewer_patterns(indicators: Evaluator, name: str) -> None:
    counts = [
        found_in(indicators.evaluate(f"{name}_{penetration}", candles(1, MANY))[0]).total()
        for penetration in ("0", "0.3", "0.6")
    ]
    assert counts == sorted(set(counts), reverse=True)
    assert counts[-1] > 0


def test_nothing_is_left_of_a_jump_as_it_is_in_talib(indicators: Evaluator) -> None:
    """The bars after it are all alike: their bodies are no longer than the mean, and a tenth of the mean range."""
    before = series.walk(1, 30, 100.0)

    def column(walk: Array, price: float, then: float) -> Array:
        return np.concatenate([walk, [price], np.full(40, then)])

    jump = series.Bars(
        column(before.open, 100.3, 100 + 1 / 16),
        column(before.high, 1e9, 100 + 6 / 16),
        column(before.low, 100.3, 100 - 4 / 16),
        column(before.close, 1e9, 100),
        column(before.volume, 1, 1),
        series.sessions(71),
    )
    talib_differs = set()
    for name in NAMES:
        row = indicators.catalogue[name]
        (whole,) = indicators.evaluate(row.id(row.defaults), jump)
        alone = of_talib(name, series.part(jump, 31), row.defaults)
        kept = ~np.isnan(alone)
        np.testing.assert_array_equal(whole[31:][kept], alone[kept])
        if (of_talib(name, jump, row.defaults)[31:][kept] != alone[kept]).any():
            talib_differs.add(name)
        assert "running sums" in row.convention
    assert talib_differs


@pytest.mark.parametrize("name", NAMES)
def test_no_bar_changes_with_those_after_it(indicators: Evaluator, name: str) -> None:
    row = indicators.catalogue[name]
    for bars in (candles(3, 500), series.random()["cheap"]):
        (whole,) = indicators.evaluate(row.id(row.defaults), bars)
        for count in (0, 1, 10, 11, 12, 13, 14, 99, 250, 499):
            (values,) = indicators.evaluate(row.id(row.defaults), series.part(bars, 0, count))
            np.testing.assert_array_equal(values, whole[:count])


@pytest.mark.parametrize("name", NAMES)
def test_no_bar_tells_where_reading_began(indicators: Evaluator, shared: Path, name: str) -> None:
    """Wherever it began, the values after the warm-up are the same; the jump leaves no rounding behind."""
    row = indicators.catalogue[name]
    warm_up = indicators.expression(str(row.warm_up), row, row.defaults)
    for bars in (candles(3, 500), series.part(series.degenerate()[JUMP], 0, 400), recorded(shared)[-1]):
        (whole,) = indicators.evaluate(row.id(row.defaults), bars)
        for since in (1, 2, 95, 101, 102, 255):
            (values,) = indicators.evaluate(row.id(row.defaults), series.part(bars, since))
            np.testing.assert_array_equal(values[warm_up:], whole[since + warm_up :])


@pytest.mark.parametrize("name", NAMES)
def test_rows_say_what_the_pattern_is(indicators: Evaluator, name: str) -> None:
    row = indicators.catalogue[name]
    function = getattr(talib.abstract, name)
    assert {p.name: p.default for p in row.parameters} == dict(function.parameters)
    assert all((p.type, p.min, p.max) == ("real", 0, 1) for p in row.parameters)
    parameters = "".join(f", {{{p.name}}}" for p in row.parameters)
    assert row.kernel == f"kernels.{name.lower()}(open, high, low, close{parameters})"
    assert row.outputs == [name.lower()]
    lookback = indicators.expression(row.lookback, row, row.defaults)
    assert lookback == function.lookback
    (values,) = indicators.evaluate(row.id(row.defaults), candles(1, MANY))
    assert np.isnan(values).tolist() == [True] * lookback + [False] * (MANY - lookback)
    assert indicators.expression(str(row.warm_up), row, row.defaults) >= lookback
    assert (row.rule, row.sessions, row.oracles, row.tolerance) == (None, None, ["TA-Lib"], 0)


@pytest.mark.parametrize("name", NAMES)
def test_ids(indicators: Evaluator, name: str) -> None:
    row = indicators.catalogue[name]
    expected = (row.id(row.defaults), name, [*row.defaults])
    hint = indicators.scalar("select indicators.example(%s)", name)
    shown = re.match(r"write ([A-Z0-9_.]+)", hint)
    assert shown
    for written in (name, name.lower(), f" {row.id(row.defaults).lower()} ", shown[1]):
        found = indicators.connection.execute("select (indicators.parse(%s)).*", (written,)).fetchone()
        assert found == expected
    wrong: list[str] = [f"{name}_x", f"{name}_0.5_0.5"]
    wrong += [f"{name}_{value}" for value in ((-0.01, 1.01, "nan") if row.parameters else (0.5,))]
    for written in wrong:
        refused(indicators.connection, WRONG_PARAMETERS, EVALUATE, written, [], [], [], [], [], [])


@pytest.mark.parametrize("name", NAMES)
def test_what_is_no_series_of_bars(indicators: Evaluator, name: str) -> None:
    columns = candles(2, 20).columns
    for nth in range(4):
        column = columns[nth]
        wrong: list[list[Any] | None] = [None, column[:-1]]
        wrong += [[*column[:9], value, *column[10:]] for value in (None, math.nan)]
        for values in wrong:
            given = [*columns[:nth], values, *columns[nth + 1 :]]
            refused(indicators.connection, NO_SERIES, EVALUATE, name, *given)


TODAY = "2026-08-04"
LAST_TICK = at(TODAY, "10:07")
DAYS, PER_DAY = 16, 75
RICH, SHORT, EMPTY = 1, 2, 3
INSTRUMENTS = """
    insert into market.instruments (id, symbol, exchange, segment, tradingsymbol, kind)
    overriding system value
    select i, 'NSE:T' || i, 'NSE', 'NSE', 'T' || i, 'equity' from generate_series(1, 3) as i
"""
OPENINGS = """
    select opens_at from market.sessions
    where segment = 'NSE' and kind = 'continuous' and opens_at < %s and closes_at - opens_at > interval '6 hours'
    order by opens_at desc limit %s
"""
COPY = "copy store.history_5m (instrument_id, bucket, open, high, low, close, volume, turnover) from stdin"
CANDLES = """
    select c.bucket, c.open, c.high, c.low, c.close, c.volume, c.session_date
    from candles.candles(%s, %s, '-infinity') as c
    where c.is_closed or %s
"""
PATTERNS = """
    select p.bucket, p.pattern, p.value
    from indicators.candlestick_patterns(%s, %s, %s, %s, %s, %s) as p
"""
INDICATOR = """
    select i.bucket, %s, i.value
    from indicators.indicator(%s, %s, %s, %s, %s, %s) as i
    where i.value <> 0
"""
Found = list[tuple[datetime, str, float]]


@dataclass(frozen=True)
class Asked:
    """`since` and `until` are a day's number, of which the last is today, and a time."""

    instrument: int
    timeframe: str
    since: tuple[int, str]
    until: tuple[int, str] | None = None
    forming: bool = True


ASKED = {
    "all days": Asked(RICH, "5m", (0, "09:00")),
    "today, from within a bar": Asked(RICH, "5m", (-1, "09:31:40")),
    "days ago, to the middle of a day": Asked(RICH, "5m", (4, "12:03"), (6, "10:00")),
    "of a timeframe made on read": Asked(RICH, "10m", (4, "12:00")),
    "without the bar that forms": Asked(RICH, "5m", (-1, "09:15"), None, forming=False),
    "fewer bars than the patterns look back on": Asked(SHORT, "5m", (0, "09:00")),
}


class Market:
    """A database with days of candles, and an hour of ticks after them: the last bar's are all at one price."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self.evaluator = Evaluator(contract.connection)
        self.rows = [row for row in self.evaluator.catalogue.values() if row.family == "pattern"]
        self.known: dict[tuple[int, str, bool], tuple[list[datetime], Bars]] = {}
        contract.execute(INSTRUMENTS)
        self.openings: list[datetime] = [
            row[0] for row in contract.execute(OPENINGS, moment(at(TODAY, "00:00")), DAYS)
        ][::-1]
        contract.execute("call store.ensure(%s, %s)", self.openings[0], moment(LAST_TICK))
        buckets = [opening + nth * timedelta(minutes=5) for opening in self.openings for nth in range(PER_DAY)]
        self.put(RICH, buckets, candles(0, len(buckets)))
        self.put(SHORT, buckets[:5], candles(178, 5))
        contract.copy(
            TickRow(RICH, time, 500 + 5 * round(math.sin(time)) if time < at(TODAY, "10:05") else 500, 1)
            for time in range(at(TODAY, "09:15"), LAST_TICK + 1, MINUTE // 4)
        )
        contract.execute("analyze")

    def put(self, instrument: int, buckets: list[datetime], bars: Bars) -> None:
        columns = [column.tolist() for column in (bars.open, bars.high, bars.low, bars.close)]
        with self.contract.connection.cursor() as cursor, cursor.copy(COPY) as copy:
            for bucket, *prices in zip(buckets, *columns, strict=True):
                copy.write_row((instrument, bucket, *prices, 1, prices[3]))

    def moment(self, day: int, clock: str) -> datetime:
        days = [*self.openings, moment(at(TODAY, "09:15"))]
        hour, minute, second = [*map(int, clock.split(":")), 0][:3]
        return days[day] + timedelta(hours=hour - 9, minutes=minute - 15, seconds=second)

    def arguments(self, asked: Asked) -> tuple[object, object, object]:
        until = "infinity" if asked.until is None else self.moment(*asked.until)
        return self.moment(*asked.since), until, asked.forming

    def candles(self, asked: Asked) -> tuple[list[datetime], Bars]:
        key = (asked.instrument, asked.timeframe, asked.forming)
        if key not in self.known:
            columns = [*zip(*self.contract.execute(CANDLES, *key), strict=True)]
            self.known[key] = [*columns[0]], series.made_of(columns[1:])
        return self.known[key]

    def of_all_bars(self, asked: Asked, row: Row, parameters: tuple[float, ...]) -> Found:
        """Return what evaluate() finds over all the candles, in those asked for."""
        buckets, bars = self.candles(asked)
        identity = row.id(parameters)
        (values,) = self.evaluator.evaluate(identity, bars)
        since = self.moment(*asked.since) - timedelta(minutes=int(asked.timeframe[:-1]))
        until = datetime.max.replace(tzinfo=since.tzinfo) if asked.until is None else self.moment(*asked.until)
        return [
            (bucket, identity, value)
            for bucket, value in zip(buckets, values.tolist(), strict=True)
            if value and not math.isnan(value) and since < bucket < until
        ]

    def found(self, asked: Asked, patterns: list[str] | None = None) -> Found:
        return self.contract.execute(PATTERNS, asked.instrument, asked.timeframe, patterns, *self.arguments(asked))


@pytest.fixture(scope="module")
def market(clusters: Callable[[str], Cluster]) -> Iterator[Market]:
    cluster = clusters("postgres")
    contract = Contract(cluster.create("replay"), "postgres")
    yield Market(contract)
    contract.connection.close()
    cluster.drop(contract.url)


@pytest.mark.parametrize("what", ASKED)
def test_all_patterns_of_a_range_in_order_of_time(market: Market, what: str) -> None:
    asked = ASKED[what]
    expected = sorted(p for row in market.rows for p in market.of_all_bars(asked, row, row.defaults))
    assert expected
    assert market.found(asked) == expected


def test_every_pattern_is_found_by_default(market: Market) -> None:
    patterns = {row.id(row.defaults) for row in market.rows}
    assert {pattern for _, pattern, _ in market.found(ASKED["all days"])} == patterns
    assert market.found(ASKED["all days"], sorted(patterns)) == market.found(ASKED["all days"])


def test_patterns_have_the_values_of_their_indicators(market: Market) -> None:
    asked = ASKED["days ago, to the middle of a day"]
    found = market.found(asked)
    for row in market.rows:
        identity = row.id(row.defaults)
        values = market.contract.execute(INDICATOR, identity, RICH, "5m", identity, *market.arguments(asked))
        assert values == [pattern for pattern in found if pattern[1] == identity]


def test_the_bar_that_forms_is_found_unless_left_out(market: Market) -> None:
    forming = moment(at(TODAY, "10:05")), "CDLDOJI", 100.0
    query = "select * from indicators.candlestick_patterns(%s, '5m', '{cdldoji}', forming => %s)"
    today = market.contract.execute(query, RICH, True)
    assert today[-1] == forming
    assert all(bucket >= moment(at(TODAY, "09:15")) for bucket, _, _ in today)
    assert market.contract.execute(query, RICH, False) == today[:-1]


def test_patterns_asked_for_with_penetrations(market: Market) -> None:
    """Each id once, in full."""
    asked = ASKED["all days"]
    star = market.evaluator.catalogue["CDLMORNINGSTAR"]
    expected = sorted(market.of_all_bars(asked, star, (0.0,)) + market.of_all_bars(asked, star, (0.3,)))
    assert {pattern for _, pattern, _ in expected} == {"CDLMORNINGSTAR_0", "CDLMORNINGSTAR_0.3"}
    assert market.found(asked, ["CDLMORNINGSTAR_0", "cdlmorningstar", "CDLMORNINGSTAR_0.3"]) == expected


def test_no_patterns_where_there_are_no_bars_or_none_is_asked_for(market: Market) -> None:
    assert market.found(Asked(EMPTY, "5m", (0, "09:00"))) == []
    assert market.found(ASKED["all days"], []) == []


def test_wrong_calls(market: Market) -> None:
    def error(code: str, timeframe: str, patterns: list[str | None], *until: object) -> str:
        since = market.moment(3, "09:15")
        query = "select * from indicators.candlestick_patterns(1, %s, %s, %s, %s)"
        return refused(market.contract.connection, code, query, timeframe, patterns, since, *(until or ("infinity",)))

    for unknown in ("RSI", "RSI_14", "FOO", "CDLFOO", "", None):
        error(UNKNOWN_INDICATOR, "5m", ["CDLDOJI", unknown])
    assert "'RSI'" in error(UNKNOWN_INDICATOR, "5m", ["CDLDOJI", "rsi_14"])
    for wrong in ("CDLDOJI_0.5", "CDLMORNINGSTAR_2", "CDLMORNINGSTAR_x"):
        error(WRONG_PARAMETERS, "5m", [wrong])
    error("BH001", "7m", ["CDLDOJI"])
    error("BH005", "5m", ["CDLDOJI"], market.moment(2, "09:15"))
