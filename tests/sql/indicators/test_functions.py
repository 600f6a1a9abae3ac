"""Indicators over candles: whatever is asked, and however much is read for it, the values are those of all the bars."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql

from tests.contract.contract import Contract, at
from tests.contract.reference import INDIA, MINUTE, SECOND, TickRow, moment
from tests.sql.indicators import series
from tests.sql.indicators.agreement import error
from tests.sql.indicators.evaluator import Evaluator
from tests.sql.indicators.oracles import ORACLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conftest import Cluster
    from tests.sql.indicators.series import Array, Bars

NAMES = sorted(ORACLES)
TODAY = "2026-08-04"
DAYS = {"5m": 30, "15m": 50}
PER_DAY = {"5m": 75, "15m": 25}
FULL, SPARSE, SHORT, EMPTY = 1, 2, 3, 4
OTHERS = range(5, 15)
DRILL, TICKED = 15, 16
SLACK = 250
LAST_TICK = at(TODAY, "11:07")
INSTRUMENTS = """
    insert into market.instruments (id, symbol, exchange, segment, tradingsymbol, kind)
    overriding system value
    select i, 'NSE:T' || i, 'NSE', 'NSE', 'T' || i, 'equity' from generate_series(1, 16) as i
"""
CANDLES = """
    select c.bucket, c.open, c.high, c.low, c.close, c.volume, c.session_date
    from candles.candles(%s, %s, '-infinity') as c
    where c.is_closed or %s
"""
CALL = "(%(instrument)s, %(timeframe)s, since => %(since)s, until => %(until)s, forming => %(forming)s)"
INDICATOR = """
    select i.bucket, i.candles_back, i.output, i.value
    from indicators.indicator(%(instrument)s, %(timeframe)s, %(id)s, %(since)s, %(until)s, %(forming)s) as i
"""
AT = "select * from indicators.indicators_at(%s, %s, %s, %s, %s)"
WINDOWED = ["SMA_1", "SMA_1000", "EMA_100", "EMA_200", "RSI_14", "MACD", "BBANDS_50", "VWAP", "PIVOTS", "CDLDOJI"]
ANCHORED = ["SUPERTREND", "OBV", "AD", "KAMA", "PSAR"]
READ = """
    select coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0)
    from pg_stat_xact_all_tables
    where schemaname in ('store', '_timescaledb_internal')
"""


@dataclass(frozen=True)
class Asked:
    """Days count back from the one with ticks; `since` and `until` are (days back, time)."""

    instrument: int
    timeframe: str
    since: tuple[int, str]
    until: tuple[int, str] | None = None
    forming: bool = True


ASKED = {
    "today, from within a bar": Asked(FULL, "5m", (0, "10:47:31")),
    "days ago, to the middle of a day": Asked(FULL, "5m", (8, "12:03"), (7, "10:00")),
    "of a timeframe made on read": Asked(FULL, "75m", (9, "12:59")),
    "without the bar that forms": Asked(FULL, "75m", (2, "09:15"), None, forming=False),
    "trades in few bars": Asked(SPARSE, "5m", (9, "11:11")),
    "fewer bars than the warm-up": Asked(SHORT, "5m", (1, "15:10")),
    "no bars": Asked(EMPTY, "5m", (9, "11:11")),
}


class Market:
    """A database with candles of the broker, and a day's ticks of one instrument."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        contract.execute(INSTRUMENTS)
        self.known: dict[tuple[int, str, bool], tuple[list[datetime], Bars]] = {}
        self.evaluator = Evaluator(contract.connection)
        self.days = days = [
            row[0]
            for row in contract.execute(
                """
                select opens_at from market.sessions
                where segment = 'NSE' and kind = 'continuous' and opens_at < %s
                    and closes_at - opens_at > interval '6 hours'
                order by opens_at desc limit 50
                """,
                moment(at(TODAY, "00:00")),
            )
        ][::-1]
        contract.execute("call store.ensure(%s, %s)", days[0], moment(LAST_TICK))
        for timeframe, count in DAYS.items():
            width = timedelta(minutes=int(timeframe[:-1]))
            buckets = [day + nth * width for day in days[-count:] for nth in range(PER_DAY[timeframe])]
            self.put(FULL, timeframe, buckets, seed=1)
            self.put(SPARSE, timeframe, sorted(np.random.default_rng(2).choice(buckets, 150, replace=False)), seed=3)
            self.put(SHORT, timeframe, buckets[-7:], seed=4)
            for other in (*OTHERS, TICKED):
                self.put(other, timeframe, buckets, seed=other)
        ticks = [
            TickRow(FULL, time, 500 + 10 * float(np.sin(time)), 1 + time % 7)
            for time in range(at(TODAY, "09:15"), LAST_TICK + 1, MINUTE // 4)
        ]
        ticks += [
            TickRow(TICKED, time, 500 + 10 * float(np.sin(time)), 1 + time % 7)
            for day in (TODAY, "2026-08-03", "2026-07-31")
            for time in range(at(day, "09:15"), min(at(day, "15:30"), LAST_TICK), 25 * SECOND)
        ]
        contract.copy(ticks)
        contract.execute("analyze")

    def put(self, instrument: int, timeframe: str, buckets: list[datetime], seed: int) -> None:
        bars = series.walk(seed, len(buckets))
        statement = sql.SQL(
            "copy store.{} (instrument_id, bucket, open, high, low, close, volume, turnover) from stdin"
        ).format(sql.Identifier(f"history_{timeframe}"))
        with self.contract.connection.cursor() as cursor, cursor.copy(statement) as copy:
            for nth, bucket in enumerate(buckets):
                prices = [float(column[nth]) for column in (bars.open, bars.high, bars.low, bars.close)]
                volume = int(bars.volume[nth])
                copy.write_row((instrument, bucket, *prices, volume, volume * prices[3]))

    def moment(self, days_back: int, clock: str) -> datetime:
        day = moment(at(TODAY, "00:00")) if days_back == 0 else self.days[-days_back]
        return moment(at(day.astimezone(INDIA).date().isoformat(), clock))

    def given(self, asked: Asked) -> dict[str, object]:
        return {
            "instrument": asked.instrument,
            "timeframe": asked.timeframe,
            "since": self.moment(*asked.since),
            "until": "infinity" if asked.until is None else self.moment(*asked.until),
            "forming": asked.forming,
        }

    def candles(self, asked: Asked) -> tuple[list[datetime], Bars]:
        """Return all the candles there are, and which of them were asked for."""
        key = (asked.instrument, asked.timeframe, asked.forming)
        if key not in self.known:
            rows = self.contract.connection.execute(CANDLES, key).fetchall()
            columns = [[row[nth] for row in rows] for nth in range(7)]
            self.known[key] = columns[0], series.made_of(columns[1:])
        return self.known[key]

    def expected(self, name: str, asked: Asked, width: timedelta) -> tuple[list[datetime], list[Array]]:
        buckets, bars = self.candles(asked)
        since = self.moment(*asked.since)
        until = None if asked.until is None else self.moment(*asked.until)
        wanted = [nth for nth, at in enumerate(buckets) if at + width > since and (until is None or at < until)]
        row = self.evaluator.catalogue[name]
        outputs = self.evaluator.evaluate(row.id(row.defaults), bars)
        return [buckets[nth] for nth in wanted], [values[wanted] for values in outputs]

    def typed(self, name: str, asked: Asked) -> tuple[list[datetime], list[Array]]:
        query = sql.SQL("select * from indicators.{}" + CALL).format(sql.Identifier(name.lower()))
        rows = self.contract.connection.execute(query, self.given(asked)).fetchall()
        outputs = len(self.evaluator.catalogue[name].outputs)
        values = np.array([row[1:] for row in rows], dtype=np.float64).reshape(-1, outputs)
        return [row[0] for row in rows], list(values.T)

    def generic(self, name: str, asked: Asked) -> tuple[list[datetime], list[Array]]:
        """Read indicator(): a row per bar and output."""
        outputs = self.evaluator.catalogue[name].outputs
        rows = self.contract.connection.execute(INDICATOR, {**self.given(asked), "id": name}).fetchall()
        buckets = [row[0] for row in rows[:: len(outputs)]]
        assert [row[0] for row in rows] == [bucket for bucket in buckets for _ in outputs]
        assert [row[2] for row in rows] == outputs * len(buckets)
        assert [row[1] for row in rows[:: len(outputs)]] == [*range(len(buckets))][::-1]
        values = np.array([row[3] for row in rows], dtype=np.float64).reshape(-1, len(outputs))
        return buckets, list(values.T)


@pytest.fixture(
    scope="module",
    params=[pytest.param("postgres"), pytest.param("timescale", marks=pytest.mark.timescale)],
)
def market(request: pytest.FixtureRequest, clusters: Callable[[str], Cluster]) -> Iterator[Market]:
    cluster = clusters(request.param)
    contract = Contract(cluster.create("replay"), request.param)
    yield Market(contract)
    contract.connection.close()
    cluster.drop(contract.url)


@pytest.mark.parametrize("what", ASKED)
@pytest.mark.parametrize("name", NAMES)
def test_values_are_those_of_all_the_bars(market: Market, name: str, what: str) -> None:
    asked = ASKED[what]
    row = market.evaluator.catalogue[name]
    width = timedelta(minutes=int(asked.timeframe[:-1]))
    buckets, expected = market.expected(name, asked, width)
    assert bool(buckets) == (asked.instrument != EMPTY)
    for found, values in (market.typed(name, asked), market.generic(name, asked)):
        assert found == buckets
        for ours, theirs in zip(values, expected, strict=True):
            np.testing.assert_array_equal(np.isnan(ours), np.isnan(theirs))
            assert not buckets or error(ours, theirs, market.candles(asked)[1]) <= row.tolerance


def test_the_typed_function_and_the_id_take_the_same_parameters(market: Market) -> None:
    given = {"instrument": FULL, "since": market.moment(3, "09:15")}
    typed = "select * from indicators.bbands(%(instrument)s, '5m', 10, 1.5, %(since)s)"
    generic = """
        select bucket, array_agg(value order by array_position('{upper,middle,lower,bandwidth,percent_b}', output))
        from indicators.indicator(%(instrument)s, '5min', 'bbands_10_1.5', %(since)s) group by bucket order by bucket
    """
    rows = market.contract.connection.execute(typed, given).fetchall()
    assert len(rows) > 3 * 75
    assert [(row[0], [*row[1:]]) for row in rows] == market.contract.connection.execute(generic, given).fetchall()


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    ids=st.lists(st.sampled_from(WINDOWED + ANCHORED), min_size=2, max_size=6, unique=True),
    candles_back=st.sampled_from([0, 1, 70, 300]),
    forming=st.booleans(),
)
def test_values_beside_others_are_those_alone(market: Market, ids: list[str], candles_back: int, forming: bool) -> None:
    timeframes = ["5m", "30s", "75m", "15m"]
    connection = market.contract.connection
    with connection.transaction(force_rollback=True):
        connection.execute(
            "insert into ledger.indicator_anchors (timeframe, starts_at) values ('5m', %s), ('15m', '-infinity')",
            (market.moment(3, "09:15"),),
        )
        together = connection.execute(AT, (TICKED, timeframes, ids, candles_back, forming)).fetchall()
        alone = [
            row
            for timeframe in timeframes
            for name in ids
            for row in connection.execute(AT, (TICKED, [timeframe], [name], candles_back, forming)).fetchall()
        ]
    assert together == alone
    assert together or candles_back == 300


@pytest.mark.parametrize("name", ANCHORED)
def test_of_ticks_each_trading_day_starts_anew(market: Market, name: str) -> None:
    asked = Asked(TICKED, "30s", (2, "12:00"), (0, "10:00"))
    every = replace(asked, since=(2, "01:15"))
    buckets, bars = market.candles(asked)
    row = market.evaluator.catalogue[name]
    days = []
    for day in (2, 1, 0):
        first, last = (
            int(np.searchsorted(np.array(buckets), np.array(market.moment(day, clock)))) for clock in ("01:15", "23:00")
        )
        days.append(market.evaluator.evaluate(row.id(row.defaults), series.part(bars, first, last)))
    expected = [np.concatenate(values) for values in zip(*days, strict=True)]
    for found in (market.typed(name, every), market.generic(name, every)):
        count = len(found[0])
        assert found[0] == buckets[:count]
        assert found[0][-1] == market.moment(0, "10:00") - timedelta(seconds=30)
        for ours, theirs in zip(found[1], expected, strict=True):
            np.testing.assert_array_equal(ours, theirs[:count])
    for read in (market.typed, market.generic):
        later, outputs = read(name, asked)
        assert later[0] == market.moment(2, "12:00")
        for ours, theirs in zip(outputs, read(name, every)[1], strict=True):
            np.testing.assert_array_equal(ours, theirs[-len(later) :])


def test_by_default_the_current_trading_day(market: Market) -> None:
    rows = market.contract.execute("select bucket, candles_back from indicators.indicator(%s, '5m', 'RSI')", FULL)
    opens = moment(at(TODAY, "09:15"))
    assert rows == [(opens + nth * timedelta(minutes=5), 22 - nth) for nth in range(23)]
    closed = market.contract.execute("select bucket from indicators.rsi(%s, '5m', forming => false)", FULL)
    assert closed == [row[:1] for row in rows[:-1]]


def test_candles_back_counts_from_the_end_of_the_range(market: Market) -> None:
    rows = market.contract.execute(
        "select bucket, candles_back from indicators.indicator(%s, '5m', 'SMA_3', %s, %s)",
        FULL, market.moment(2, "09:17"), market.moment(2, "09:30"),
    )  # fmt: skip
    assert rows == [(market.moment(2, clock), 2 - nth) for nth, clock in enumerate(("09:15", "09:20", "09:25"))]


def test_the_day_before_is_read_from_its_first_session(market: Market) -> None:
    """On Saturday 2 March 2024 NSE traded until 10:00, and at its other site from 11:30."""
    clocks = {"2024-03-02": ("09:15", "09:40", "11:30", "12:25"), "2024-03-04": ("09:15", "09:20")}
    buckets = [moment(at(date, clock)) for date in clocks for clock in clocks[date]]
    market.contract.execute("call store.ensure(%s, %s)", buckets[0], buckets[-1])
    market.put(DRILL, "5m", buckets, seed=3)
    _, bars = market.candles(Asked(DRILL, "5m", (0, "09:15")))
    assert bars.high[:4].max() > bars.high[2:4].max()
    expected = [values[-2:].tolist() for values in market.evaluator.evaluate("PIVOTS", bars)]
    rows = market.contract.execute(
        "select * from indicators.pivots(%s, '5m', %s)", DRILL, moment(at("2024-03-04", "09:15"))
    )
    assert [list(values) for values in zip(*rows, strict=True)] == [buckets[-2:], *expected]


def test_ranges_that_end_before_they_start(market: Market) -> None:
    early, late = market.moment(1, "09:16"), market.moment(1, "09:19")
    for query in ("select * from indicators.rsi(%s, '5m', since => %s, until => %s)",
                  "select * from indicators.indicator(%s, '5m', 'RSI', %s, %s)"):  # fmt: skip
        with pytest.raises(psycopg.Error) as caught:
            market.contract.execute(query, FULL, late, early)
        assert caught.value.sqlstate == "BH005"
        assert market.contract.execute(query, FULL, early, early) in (
            [],
            market.contract.execute(query, FULL, early, late),
        )


@pytest.mark.parametrize("name", NAMES)
def test_reading_a_range_reads_no_other_instrument_nor_range(market: Market, name: str) -> None:
    """The server counts rows: of the instruments with bars those of one, and none for one without.

    Besides, the planner looks at the ends of indexes, and tables of a few rows are read whole.
    """
    row = market.evaluator.catalogue[name]
    asked = Asked(OTHERS[0], "5m", (3, "10:00"), (3, "11:00"))
    warm_up = market.evaluator.expression(row.warm_up or "null", row, row.defaults)
    sessions = 75 * (1 + (row.sessions or 0))
    # reading begins at the opening of a session
    most = len(market.candles(asked)[0]) if warm_up is None else warm_up + sessions + 75 + 12
    for instrument, bars in ((OTHERS[0], 12), (EMPTY, 0)):
        with market.contract.connection.transaction():
            before = market.contract.scalar(READ)
            buckets, _ = market.typed(name, replace(asked, instrument=instrument))
            read = market.contract.scalar(READ) - before
        assert len(buckets) == bars
        assert bars <= read <= (most if bars else 0) + SLACK


def test_daily_bars_are_read_once_where_there_are_fewer_than_needed(market: Market) -> None:
    instrument, count = OTHERS[-1], 600
    days = [
        row[0]
        for row in market.contract.execute(
            """
            select distinct meta.bucket_start('1 day', opens_at) from market.sessions
            where segment = 'NSE' and opens_at < %s order by 1 desc limit %s
            """,
            moment(at(TODAY, "00:00")), count,
        )
    ][::-1]  # fmt: skip
    market.contract.execute("call store.ensure_history('1d', %s, %s)", days[0], days[-1])
    market.put(instrument, "1d", days, seed=5)
    with market.contract.connection.transaction():
        before = market.contract.scalar(READ)
        rows = market.contract.execute("select rsi from indicators.rsi(%s, '1d', since => %s)", instrument, days[-1])
        read = market.contract.scalar(READ) - before
    _, bars = market.candles(Asked(instrument, "1d", (0, "09:15")))
    assert rows == [(market.evaluator.evaluate("RSI", bars)[0][-1],)]
    assert count <= read <= count + SLACK
