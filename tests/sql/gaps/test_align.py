"""Several timeframes on the clock of one: against a search through lists of bars, with random holes."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from datetime import timedelta
from functools import cache
from itertools import islice, takewhile
from typing import TYPE_CHECKING, Any, NamedTuple

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.contract import reference
from tests.contract.contract import Contract, at
from tests.contract.reference import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    TIMEFRAMES,
    TickRow,
    bucket_end,
    bucket_start,
    micros,
    moment,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.conftest import Cluster
    from tests.contract.reference import Candle

CLOCK = 0
"""Instrument whose ticks move the market clock and nothing else."""
METHODS = ("forward", "backward", "nearest", "linear", "drop")
BAD_INPUT = "BH010"
ALIGN = "select * from gaps.align(%s, %s, %s, %s, %s, %s, %s)"
QUALITY = "select * from gaps.alignment_quality(%s, %s, %s, %s, %s, %s, %s)"

Sessions = tuple[tuple[int, int], ...]


class Scene(NamedTuple):
    symbol: str
    days: tuple[str, ...]


SCENES = (
    Scene(
        "NSE:SMALLCO", ("2024-03-01", "2024-03-02", "2024-03-04")
    ),  # a drill with a break between a Friday and a Monday
    Scene("NSE:SMALLCO", ("2024-10-31", "2024-11-01", "2024-11-04")),  # an evening of Muhurat
    Scene("NSE:INFY", ("2026-08-04", "2026-08-05")),  # closing auction until 15:35
    Scene("NFO:INFY26AUGFUT", ("2026-07-31", "2026-08-03")),  # until 15:30, from August 15:40
    Scene("MCX:GOLD26OCTFUT", ("2026-08-14", "2026-08-17")),  # from 09:00 to 23:30
)


class Market:
    """The sessions of one instrument, its ticks up to now, and its bars."""

    def __init__(self, sessions: Sessions, ticks: Sequence[TickRow], now: int) -> None:
        self.sessions = sessions
        self.ticks = ticks
        self.now = now

    def bars(self, timeframe: str) -> list[Bar]:
        candles = reference.candles(self.ticks, timeframe)
        made = [
            Bar(bucket, end, candle, self.now >= end + 2 * SECOND)
            for (_, bucket), candle in sorted(candles.items())
            if (end := known_at(self.sessions, timeframe, bucket)) is not None
        ]
        assert len(made) == len(candles), "every tick lies in a session"
        return made


class Bar(NamedTuple):
    bucket: int
    end: int
    candle: Candle
    is_closed: bool


def known_at(sessions: Sessions, timeframe: str, bucket: int) -> int | None:
    """Return the end of a bar: of the last trading in it."""
    past = bucket_end(bucket, timeframe)
    return max((min(closes, past) for opens, closes in sessions if opens < past and closes > bucket), default=None)


@cache
def calendar(sessions: Sessions, timeframe: str) -> list[int]:
    """Return the ends of all bars with trading in them, found by a walk through the sessions."""
    step = min(TIMEFRAMES[timeframe] or DAY, MINUTE)
    ends = {}
    for opens, closes in sessions:
        for time in range(opens, closes, step):
            ends[bucket_start(time, timeframe)] = time + step
    return sorted(ends.values())


def traded(sessions: Sessions, since: int, until: int) -> int:
    """Return the trading time between two instants; below zero if they are reversed."""
    if until < since:
        return -traded(sessions, until, since)
    first = max(bisect_right(sessions, (since, 0)) - 1, 0)
    touched = takewhile(lambda part: part[0] < until, islice(sessions, first, None))
    return sum(max(min(closes, until) - max(opens, since), 0) for opens, closes in touched)


class Row(NamedTuple):
    bucket: int
    timeframe: str
    aligned_bucket: int | None = None
    open: float | None = None
    high: float | None = None
    low: float | None = None
    close: float | None = None
    volume: int | None = None
    open_interest: int | None = None
    age: int | None = None
    is_closed: bool = False


class Ask(NamedTuple):
    """What align() is asked for; until None: without an end."""

    base: str
    others: Sequence[str]
    since: int
    until: int | None = None
    method: str = "forward"
    tolerance: int = 30 * MINUTE


def expected(market: Market, ask: Ask) -> list[Row]:
    found = []
    bars = {timeframe: market.bars(timeframe) for timeframe in ask.others}
    for bar in market.bars(ask.base):
        if bar.bucket < bucket_start(ask.since, ask.base) or (ask.until is not None and bar.bucket >= ask.until):
            continue
        rows = [one(market, bar, timeframe, bars[timeframe], ask) for timeframe in ask.others]
        if ask.method != "drop" or (bar.is_closed and all(row.age == 0 for row in rows)):
            found += rows
    return found


def one(market: Market, base: Bar, timeframe: str, bars: Sequence[Bar], ask: Ask) -> Row:
    now = min(base.end, market.now)
    due = calendar(market.sessions, timeframe)
    past, coming = bisect_right(bars, now, key=lambda bar: bar.end), bisect_left(bars, now, key=lambda bar: bar.end)
    earlier = bars[past - 1] if past else None
    if earlier and traded(market.sessions, earlier.end, due[bisect_right(due, now) - 1]) > ask.tolerance:
        earlier = None
    later = bars[coming] if coming < len(bars) else None
    if later and traded(market.sessions, due[bisect_left(due, now)], later.end) > ask.tolerance:
        later = None
    taken = earlier
    if ask.method == "backward":
        taken = later
    elif ask.method == "linear" and not (earlier and later):
        taken = None
    elif ask.method == "nearest" and later:
        before = traded(market.sessions, earlier.end, now) if earlier else math.inf
        if traded(market.sessions, now, later.end) < before:
            taken = later
    if taken is None:
        return Row(base.bucket, timeframe, is_closed=base.is_closed)
    age = traded(market.sessions, taken.end, now)
    prices = taken.candle[:4]
    volume: int | None = taken.candle.volume
    interest = taken.candle.open_interest
    is_closed = base.is_closed and taken.is_closed
    if ask.method == "linear":
        assert later
        whole = traded(market.sessions, taken.end, later.end)
        share = age / whole if whole else 0
        opened, high, low, close = (a + share * (b - a) for a, b in zip(prices, later.candle[:4], strict=True))
        prices, volume, interest = (opened, high, low, close), None, None
        is_closed = is_closed and later.is_closed
    return Row(base.bucket, timeframe, taken.bucket, *prices, volume, interest, age, is_closed)


def align(contract: Contract, instrument_id: int, ask: Ask) -> list[Row]:
    rows = contract.execute(
        ALIGN, instrument_id, ask.base, list(ask.others), moment(ask.since),
        "infinity" if ask.until is None else moment(ask.until), ask.method, timedelta(microseconds=ask.tolerance),
    )  # fmt: skip
    return [
        Row._make(
            (
                micros(bucket),
                timeframe,
                start and micros(start),
                *values,
                None if age is None else age // timedelta(microseconds=1),
                closed,
            )
        )
        for bucket, timeframe, start, *values, age, closed in rows
    ]


def assert_rows(found: Sequence[Row], wanted: Sequence[Row], what: object) -> None:
    """Compare prices to a relative 1e-12, the rest exactly."""
    assert len(found) == len(wanted), what
    for ours, theirs in zip(found, wanted, strict=True):
        assert ours[:3] + ours[7:] == theirs[:3] + theirs[7:], (what, moment(ours.bucket))
        for our, their in zip(ours[3:7], theirs[3:7], strict=True):
            same = our == their if our is None or their is None else math.isclose(our, their, rel_tol=1e-12)
            assert same, (what, moment(ours.bucket))


@pytest.fixture(
    scope="module",
    params=[pytest.param("postgres"), pytest.param("timescale", marks=pytest.mark.timescale)],
)
def contract(request: pytest.FixtureRequest, clusters: Callable[[str], Cluster]) -> Iterator[Contract]:
    """Return a database that the tests of this module share; each takes back what it writes."""
    cluster = clusters(request.param)
    made = Contract(cluster.create("replay"), request.param)
    made.instruments()
    for scene in SCENES:
        made.ensure([TickRow(0, at(day, "10:00"), 1.0) for day in scene.days])
    yield made
    made.connection.close()
    cluster.drop(made.url)


def sessions_of(contract: Contract, scene: Scene) -> Sessions:
    rows = contract.execute(
        "select s.opens_at, s.closes_at from market.sessions as s inner join market.instruments as i using (segment)"
        " where i.symbol = %s and s.session_date between %s::date - 40 and %s::date + 40 order by 1",
        scene.symbol, scene.days[0], scene.days[-1],
    )  # fmt: skip
    return tuple((micros(opens), micros(closes)) for opens, closes in rows)


def trading_minutes(sessions: Sessions, scene: Scene) -> list[int]:
    first, last = at(scene.days[0], "00:00"), at(scene.days[-1], "00:00") + DAY
    days = {at(day, "00:00") for day in scene.days}
    return [
        minute
        for opens, closes in sessions
        if first <= opens < last and at_midnight(opens) in days
        for minute in range(opens, closes, MINUTE)
    ]


def at_midnight(time: int) -> int:
    return time - (time + 330 * MINUTE) % DAY


def make_ticks(instrument_id: int, minutes: Sequence[int]) -> list[TickRow]:
    """One tick in each minute, with prices that tell bars apart."""
    return [
        TickRow(
            instrument_id, minute + (7 + n % 50) * SECOND, 100.0 + (n * 37 % 1009) / 20, 1 + n % 11, 0, None,
            n if n % 3 else None,
        )
        for n, minute in enumerate(minutes)
    ]  # fmt: skip


def store(contract: Contract, ticks: Sequence[TickRow], now: int) -> None:
    contract.copy([*ticks, TickRow(CLOCK, now, 1.0)])


@st.composite
def cases(draw: st.DrawFn) -> dict[str, Any]:
    base = draw(st.sampled_from(["5m", "1m", "15m", "1h", "45m", "1d", "30s"]))
    names = [name for name in TIMEFRAMES if name not in ("1s", "5s", "15s")]
    return {
        "scene": draw(st.sampled_from(SCENES)),
        "base": base,
        "others": draw(st.lists(st.sampled_from(names), min_size=1, max_size=4, unique=True)),
        "holes": draw(st.lists(st.tuples(st.floats(0, 1), st.integers(1, 200)), max_size=6)),
        "now": draw(st.floats(0.3, 1)),
        "into": draw(st.integers(0, 90)),
        "since": draw(st.floats(0, 0.9)),
        "until": draw(st.none() | st.floats(0.5, 1)),
        "tolerance": draw(st.sampled_from([SECOND, MINUTE, 7 * MINUTE, 15 * MINUTE, 30 * MINUTE])),
    }


@settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(case=cases())
def test_rows_are_those_of_a_search_through_the_bars(contract: Contract, case: dict[str, Any]) -> None:
    scene: Scene = case["scene"]
    sessions = sessions_of(contract, scene)
    instrument_id = contract.scalar("select market.id(%s)", scene.symbol)
    minutes = trading_minutes(sessions, scene)
    lost = {
        n
        for place, length in case["holes"]
        for n in range(int(place * len(minutes)), int(place * len(minutes)) + length)
    }
    now = minutes[int(case["now"] * (len(minutes) - 1))] + case["into"] * SECOND
    every = make_ticks(instrument_id, minutes)
    ticks = [tick for n, tick in enumerate(every) if n not in lost and tick.time <= now]
    market = Market(sessions, ticks, now)
    since = minutes[int(case["since"] * (len(minutes) - 1))] + 13 * SECOND
    until = None if case["until"] is None else minutes[int(case["until"] * (len(minutes) - 1))] + 3 * SECOND
    if until is not None and until < since:
        since, until = until, since
    with contract.connection.transaction(force_rollback=True):
        store(contract, ticks, now)
        for method in METHODS:
            ask = Ask(case["base"], case["others"], since, until, method, case["tolerance"])
            assert_rows(align(contract, instrument_id, ask), expected(market, ask), (method, case))


@pytest.fixture
def filled(contract: Contract, request: pytest.FixtureRequest) -> Iterator[tuple[int, Market]]:
    """Return the instrument and market of a scene whose every minute has a tick; now is an hour after the last."""
    scene: Scene = request.param
    sessions = sessions_of(contract, scene)
    instrument_id = contract.scalar("select market.id(%s)", scene.symbol)
    minutes = trading_minutes(sessions, scene)
    market = Market(sessions, make_ticks(instrument_id, minutes), minutes[-1] + HOUR)
    with contract.connection.transaction(force_rollback=True):
        store(contract, market.ticks, market.now)
        yield instrument_id, market


@pytest.mark.parametrize("filled", SCENES, indirect=True)
@pytest.mark.parametrize("method", ["forward", "drop"])
def test_what_comes_later_changes_no_row(contract: Contract, filled: tuple[int, Market], method: str) -> None:
    """The rows of closed base bars are there, and final, when the base bar has closed."""
    instrument_id, market = filled
    ask = Ask("5m", ["1m", "15m", "1h", "1d"], market.ticks[0].time, method=method)
    whole = align(contract, instrument_id, ask)
    for n in range(50, len(market.ticks), 97):
        now = market.ticks[n].time
        with contract.connection.transaction(force_rollback=True):
            contract.execute("delete from store.tick_data where time > %s", moment(now))
            if contract.engine == "postgres":
                contract.refresh(now, market.now + 1)
            assert micros(contract.scalar("select meta.now()")) == now
            then = [row for row in align(contract, instrument_id, ask) if row.is_closed]
        closed = {bar.bucket for bar in Market(market.sessions, market.ticks[: n + 1], now).bars("5m") if bar.is_closed}
        assert then == [row for row in whole if row.bucket in closed]
        assert method == "drop" or then


def taken(rows: Sequence[Row], day: str, clock: str, timeframe: str) -> tuple[int | None, int | None]:
    (row,) = [row for row in rows if (row.bucket, row.timeframe) == (at(day, clock), timeframe)]
    return row.aligned_bucket, row.age


@pytest.mark.parametrize("filled", SCENES[2:3], indirect=True)
def test_a_morning_has_the_bars_of_the_day_before(contract: Contract, filled: tuple[int, Market]) -> None:
    first, second = SCENES[2].days
    rows = align(contract, filled[0], Ask("5m", ["1h", "1d"], at(second, "09:15"), tolerance=SECOND))
    assert taken(rows, second, "09:15", "1h") == (at(first, "15:15"), 5 * MINUTE)
    assert taken(rows, second, "10:05", "1h") == (at(first, "15:15"), 55 * MINUTE)
    assert taken(rows, second, "10:10", "1h") == (at(second, "09:15"), 0)
    assert taken(rows, second, "15:25", "1d") == (at(first, "01:15"), 375 * MINUTE)
    assert taken(rows, second, "15:30", "1d") == (at(second, "01:15"), 0)
    assert taken(rows, second, "15:30", "1h") == (at(second, "15:15"), 0)


@pytest.mark.parametrize("filled", SCENES[:1], indirect=True)
def test_the_break_of_a_drill_takes_no_time(contract: Contract, filled: tuple[int, Market]) -> None:
    friday, drill, monday = SCENES[0].days
    rows = align(contract, filled[0], Ask("5m", ["1h", "1d"], at(friday, "09:15"), tolerance=SECOND))
    assert taken(rows, drill, "09:55", "1h") == (at(drill, "09:15"), 0)
    assert taken(rows, drill, "11:30", "1h") == (at(drill, "11:15") - 2 * HOUR, 5 * MINUTE)
    assert taken(rows, drill, "12:25", "1d") == (at(drill, "01:15"), 0)
    assert taken(rows, drill, "12:20", "1d") == (at(friday, "01:15"), 100 * MINUTE)
    assert taken(rows, monday, "09:15", "1d") == (at(drill, "01:15"), 5 * MINUTE)


def test_a_bar_that_no_session_holds_is_not_aligned(contract: Contract) -> None:
    day = "2026-08-05"
    share = contract.scalar("select market.id('NSE:SMALLCO')")
    minutes = range(at(day, "15:00"), at(day, "16:00"), MINUTE)
    with contract.connection.transaction(force_rollback=True):
        store(contract, make_ticks(share, minutes), at(day, "23:00"))
        for method in ("forward", "backward", "nearest", "linear"):
            rows = align(contract, share, Ask("5m", ["1m"], at(day, "15:00"), None, method))
            assert {row.bucket: row.aligned_bucket is not None for row in rows} == {
                bucket: bucket < at(day, "15:30") for bucket in minutes[::5]
            }
        assert len(align(contract, share, Ask("5m", ["1m"], at(day, "15:00"), None, "drop"))) == 6


def test_a_timeframe_is_there_once_and_by_its_own_name(contract: Contract) -> None:
    day = "2026-08-05"
    share = contract.scalar("select market.id('NSE:SMALLCO')")
    with contract.connection.transaction(force_rollback=True):
        store(contract, make_ticks(share, range(at(day, "09:15"), at(day, "09:20"), MINUTE)), at(day, "10:00"))
        rows = align(contract, share, Ask("5min", ["60min", "1m", "1h", "1min"], at(day, "09:15")))
        assert [row.timeframe for row in rows] == ["1h", "1m"]
        assert align(contract, share, Ask("5m", [], at(day, "09:15"))) == []
        assert align(contract, share, Ask("5m", ["1m"], at(day, "09:20"))) == []


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"method": "sideways"}, BAD_INPUT),
        ({"method": None}, BAD_INPUT),
        ({"tolerance": timedelta(0)}, BAD_INPUT),
        ({"tolerance": timedelta(minutes=30, microseconds=1)}, BAD_INPUT),
        ({"tolerance": timedelta(seconds=-5)}, BAD_INPUT),
        ({"tolerance": None}, BAD_INPUT),
        ({"base": "7m"}, "BH001"),
        ({"others": ["1h", "7m"]}, "BH001"),
        ({"others": [None]}, "BH001"),
        ({"until": moment(at("2026-08-03", "09:15"))}, "BH005"),
    ],
)
@pytest.mark.parametrize("query", [ALIGN, QUALITY])
@pytest.mark.parametrize("filled", SCENES[2:3], indirect=True)
def test_bad_input_has_a_code_and_a_hint(
    contract: Contract, filled: tuple[int, Market], query: str, changed: dict[str, object], code: str
) -> None:
    arguments = {
        "id": filled[0], "base": "5m", "others": ["1h"], "since": moment(at("2026-08-04", "09:15")),
        "until": "infinity", "method": "forward", "tolerance": timedelta(minutes=5),
    } | changed  # fmt: skip
    with pytest.raises(psycopg.Error) as error, contract.connection.transaction():
        contract.connection.execute(query.encode(), list(arguments.values()))
    assert error.value.sqlstate == code
    assert error.value.diag.message_hint


@pytest.mark.parametrize("filled", [SCENES[0], SCENES[3]], indirect=True)
@pytest.mark.parametrize("method", METHODS)
def test_quality_counts_bars_minutes_and_rows(contract: Contract, filled: tuple[int, Market], method: str) -> None:
    instrument_id, market = filled
    minutes = [tick.time // MINUTE * MINUTE for tick in market.ticks]
    since, until = minutes[40], minutes[-20]
    gone = {*minutes[60:160], *minutes[300:303], minutes[-30]}
    others = ["1h", "1m", "1d", "75m", "1w", "30s"]
    contract.execute("delete from store.tick_data where instrument_id = %s and time >= %s and time < %s",
                     instrument_id, moment(minutes[60]), moment(minutes[160]))  # fmt: skip
    if contract.engine == "postgres":
        contract.refresh(minutes[60], minutes[160])
    contract.execute(
        "insert into ledger.coverage (instrument_id, timeframe, covered) select %s, 'tick', range_agg(tstzrange(m,"
        " m + interval '1 minute')) from unnest(%s::timestamptz[]) as m",
        instrument_id, [moment(minute) for minute in minutes if minute not in gone],
    )  # fmt: skip
    left = Market(market.sessions, [t for t in market.ticks if not minutes[60] <= t.time < minutes[160]], market.now)
    rows = align(contract, instrument_id, Ask("5m", others, since, until, method))
    found = contract.execute(
        QUALITY, instrument_id, "5m", others, moment(since), moment(until), method, timedelta(minutes=30)
    )
    assert [row[0] for row in found] == ["5m", *others]
    base = bucket_start(since, "5m")
    bases = [bar.bucket for bar in left.bars("5m") if base <= bar.bucket < until]
    complete = {bucket for bucket in bases if bucket in {r.bucket for r in rows}} - {
        row.bucket for row in rows if row.aligned_bucket is None
    }
    for timeframe, bars, wanted, completeness, missing, longest, aligned, unaligned in found:
        start = bucket_start(base, timeframe)
        traded_minutes = [
            minute
            for opens, closes in market.sessions
            for minute in range(opens, closes, MINUTE)
            if start <= minute < until
        ]
        lacking = [minute for minute in traded_minutes if minute in gone or minute < minutes[0]]
        step = min(TIMEFRAMES[timeframe] or DAY, MINUTE)
        buckets = {
            bucket_start(minute + part, timeframe) for minute in traded_minutes for part in range(0, MINUTE, step)
        }
        assert bars == len([bar for bar in left.bars(timeframe) if start <= bar.bucket < until])
        assert wanted == len(buckets)
        assert missing == len(lacking)
        assert completeness == pytest.approx(1 - len(lacking) / len(traded_minutes))
        assert longest // timedelta(microseconds=1) == longest_run(lacking)
        own = (
            len(complete)
            if timeframe == "5m"
            else sum(r.aligned_bucket is not None for r in rows if r.timeframe == timeframe)
        )
        assert (aligned, unaligned) == (own, len(bases) - own), timeframe


def longest_run(minutes: Sequence[int]) -> int:
    longest = run = 0
    for n, minute in enumerate(minutes):
        run = run + MINUTE if n and minutes[n - 1] == minute - MINUTE else MINUTE
        longest = max(longest, run)
    return longest
