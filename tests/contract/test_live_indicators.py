"""Watched indicators: advanced bar by bar, they are what the kernels compute from the bars; corrections reach them."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import sql

from tests.contract import simulated
from tests.contract.contract import at
from tests.contract.reference import DAY, MINUTE, TickRow, moment

if TYPE_CHECKING:
    from tests.contract.contract import Contract

DATES = ["2026-08-04", "2026-08-05"]
IDS = ["RSI_14", "MACD", "BBANDS", "STOCH_14_3_3", "SUPERTREND", "VWAP"]
TIMEFRAMES = ["1m", "5m", "1h", "1d", "75m"]
COMPARED = """
    with computed as (
        select k.instrument_id, i.*
        from (select distinct l.timeframe, l.instrument_id, l.id from indicators.indicators_live as l) as k
        cross join lateral indicators.indicators_latest(k.instrument_id, array[k.timeframe], array[k.id], false) as i
    )
    select l.timeframe, l.instrument_id, l.id, l.output, l.bucket, l.value, c.bucket, c.value
    from indicators.indicators_live as l
    left join computed as c using (timeframe, instrument_id, id, output)
"""


def watch(contract: Contract, instruments: list[int], timeframes: list[str], ids: list[str]) -> None:
    contract.execute(
        """
        select indicators.subscribe(i, t, x, 'test', null)
        from unnest(%s::integer[]) as i cross join unnest(%s::text[]) as t cross join unnest(%s::text[]) as x
        """,
        instruments, timeframes, ids,
    )  # fmt: skip


def assert_live_is_computed(contract: Contract) -> int:
    """Hold every live value against its kernel over its own bars; how many there are that are not null."""
    rows = contract.execute(COMPARED)
    for timeframe, instrument, name, output, bucket, value, expected_bucket, expected in rows:
        place = (timeframe, instrument, name, output, str(bucket))
        assert bucket == expected_bucket, place
        if expected is None:
            assert value is None, place
        else:
            assert value == pytest.approx(expected, rel=1e-9, abs=1e-9), place
    return sum(row[5] is not None for row in rows)


def states(contract: Contract) -> dict[tuple[str, int], tuple[int, object]]:
    rows = contract.execute("select timeframe, instrument_id, bars, verified_at from ledger.indicator_state")
    return {(row[0], row[1]): (row[2], row[3]) for row in rows}


def advance(contract: Contract) -> int:
    return int(contract.scalar("select indicators.advance()"))


@pytest.fixture
def market(contract: Contract) -> tuple[Contract, list[TickRow]]:
    """Two days of a stock, an index and a future, not yet written, in order of time."""
    ids = contract.instruments()
    kept = {symbol: ids[symbol] for symbol in ("NSE:NIFTY 50", "NSE:SMALLCO", "NFO:INFY26AUGFUT")}
    ticks = sorted(simulated.days(kept, DATES, 900, seed=7), key=lambda tick: tick.time)
    contract.ensure(ticks)
    return contract, ticks


def slices(ticks: list[TickRow], step: int) -> list[list[TickRow]]:
    """Cut ticks by time."""
    parts: dict[int, list[TickRow]] = {}
    for tick in ticks:
        parts.setdefault(tick.time // step, []).append(tick)
    return list(parts.values())


def test_live_values_are_those_of_the_kernels(market: tuple[Contract, list[TickRow]]) -> None:
    contract, ticks = market
    instruments = sorted({tick.instrument_id for tick in ticks})
    watch(contract, instruments, TIMEFRAMES, IDS)
    compared = 0
    before: dict[tuple[str, int], tuple[int, object]] = {}
    stepped = 0
    for number, part in enumerate(slices(ticks, 13 * MINUTE)):
        contract.copy(part)
        contract.refresh_stale()
        advance(contract)
        if number % 4 == 0:
            compared += assert_live_is_computed(contract)
        now = states(contract)
        for key, (bars, verified) in now.items():
            if key in before and before[key][0] >= 35 and bars > before[key][0]:
                assert verified == before[key][1], f"{key} was computed anew instead of advanced"
                stepped += bars - before[key][0]
        before = now
        if number == 20:  # a restart: nothing is in the session
            contract.connection.close()
            contract.connection = psycopg.connect(contract.url, autocommit=True)
    assert compared > 1_000
    assert stepped > 1_000
    assert {key[0] for key in before} == {"1m", "5m", "1h", "1d"}


def test_a_price_that_stands_still_has_no_width(contract: Contract) -> None:
    """Of equal closes the bands are one line: where the close stands between them is null, not rounding by rounding."""
    instrument = contract.instruments()["NSE:SMALLCO"]
    opens = at(DATES[0], "09:15")
    prices = [123.4 + 0.05 * (n % 7) for n in range(60)] + [123.45] * 60
    ticks = [TickRow(instrument, opens + n * MINUTE, price) for n, price in enumerate(prices)]
    contract.ensure(ticks)
    watch(contract, [instrument], ["1m"], ["BBANDS_20_2", "RSI_14", "SUPERTREND_10_3", "EMA_21"])
    for part in slices(ticks, 7 * MINUTE):
        contract.copy(part)
        contract.refresh_stale()
        advance(contract)
        assert_live_is_computed(contract)
    width = "select output, value from indicators.indicators_live where output in ('bandwidth', 'percent_b')"
    assert dict(contract.execute(width)) == {"bandwidth": 0, "percent_b": None}


def test_an_outage_of_hours_is_made_up_for(market: tuple[Contract, list[TickRow]]) -> None:
    contract, ticks = market
    noon = at(DATES[0], "12:00")
    contract.copy(tick for tick in ticks if tick.time < noon)
    watch(contract, [ticks[0].instrument_id], ["1m", "5m", "1d"], IDS)
    advance(contract)
    contract.copy(tick for tick in ticks if tick.time >= noon)
    contract.refresh_stale()
    assert advance(contract) >= 3
    assert assert_live_is_computed(contract) > 20


@pytest.mark.parametrize(
    ("first", "second"),
    [("advance", "verify"), ("verify", "advance"), ("advance", "set_anchors"), ("verify", "verify")],
)
def test_jobs_that_meet_take_turns(market: tuple[Contract, list[TickRow]], first: str, second: str) -> None:
    contract, ticks = market
    instruments = sorted({tick.instrument_id for tick in ticks})
    contract.copy(ticks)
    contract.refresh_stale()
    watch(contract, instruments, ["1m"], IDS)
    advance(contract)
    with psycopg.connect(contract.url) as other, ThreadPoolExecutor() as threads:
        other.execute(sql.SQL("select indicators.{}()").format(sql.Identifier(first)))
        query = sql.SQL("select indicators.{}()").format(sql.Identifier(second))
        job = threads.submit(contract.connection.execute, query)
        blocking = "select pg_blocking_pids(%s)"
        while not job.done() and other.execute(blocking, (contract.connection.info.backend_pid,)).fetchone() == ([],):
            pass
        other.commit()
        job.result()
    advance(contract)
    assert assert_live_is_computed(contract) > 20


@pytest.mark.parametrize("age", [2, 200])
def test_a_corrected_bar_corrects_the_indicators(market: tuple[Contract, list[TickRow]], age: int) -> None:
    contract, ticks = market
    instrument = ticks[0].instrument_id
    contract.copy(ticks)
    contract.refresh_stale()
    watch(contract, [instrument], ["1m"], [*IDS, "EMA_26"])
    advance(contract)
    (bucket,) = contract.execute(
        "select bucket from candles_1m where instrument_id = %s and is_closed order by 1 desc offset %s limit 1",
        instrument, age,
    )[0]  # fmt: skip
    contract.execute(
        """
        insert into store.history_1m
        (instrument_id, bucket, open, high, low, close, volume, missed_volume, turnover, ticks)
        values (%s, %s, 900, 950, 890, 940, 10, 0, 9400, 4)
        """,
        instrument, bucket,
    )  # fmt: skip
    stale = contract.execute(COMPARED)
    assert any(row[5] is not None and row[5] != pytest.approx(row[7], rel=1e-9, abs=1e-9) for row in stale)
    contract.execute("select indicators.verify()")
    advance(contract)
    assert assert_live_is_computed(contract) > 10


def test_a_bar_that_comes_late_is_taken_in(market: tuple[Contract, list[TickRow]]) -> None:
    contract, ticks = market
    instrument = ticks[0].instrument_id
    closes = at(DATES[1], "15:30")
    hole = range(closes - 4 * MINUTE, closes - 3 * MINUTE)
    contract.copy(tick for tick in ticks if tick.time not in hole)
    contract.copy([TickRow(instrument, closes - MINUTE + 5, 700.0)])
    contract.refresh_stale()
    watch(contract, [instrument], ["1m", "5m"], IDS)
    advance(contract)
    contract.stage([TickRow(instrument, hole.start + 1, 650.0)])
    contract.refresh_stale()
    contract.execute("select indicators.verify()")
    advance(contract)
    assert assert_live_is_computed(contract) > 10


def test_who_watches_decides_what_is_kept(market: tuple[Contract, list[TickRow]]) -> None:
    contract, ticks = market
    instrument = ticks[0].instrument_id
    contract.copy(ticks)
    contract.refresh_stale()
    assert advance(contract) == 0
    subscribe = "select indicators.subscribe(%s, '5min', %s, %s, %s)"
    assert contract.scalar(subscribe, instrument, "rsi", "a", "1 hour") == "RSI_14"
    contract.scalar(subscribe, instrument, "RSI_14", "b", "1 hour")
    contract.scalar(subscribe, instrument, "CCI", "b", "1 hour")
    counts = "select id, clients from indicators.watched order by id"
    assert contract.execute(counts) == [("CCI_20", 1), ("RSI_14", 2)]
    assert advance(contract) == 1
    kept = "select distinct id from indicators.indicators_live where id in ('RSI_14', 'CCI_20') order by id"
    assert contract.execute(kept) == [("CCI_20",), ("RSI_14",)]

    assert contract.scalar("select indicators.unsubscribe(client => 'b')") == 2
    assert contract.execute(counts) == [("RSI_14", 1)]
    advance(contract)
    assert contract.execute(kept) == [("RSI_14",)]

    contract.execute("update ledger.indicator_subscriptions set expires_at = now() - interval '1 second'")
    assert contract.execute(counts) == []
    assert advance(contract) == 0
    for table in ("indicator_subscriptions", "indicator_state", "indicator_values", "indicator_clock"):
        assert contract.scalar(f"select count(*) from ledger.{table}") == 0


def test_a_subscription_without_a_term_never_expires(contract: Contract) -> None:
    instrument = contract.instruments()["NSE:SMALLCO"]
    contract.scalar("select indicators.subscribe(%s, '1m', 'RSI', lasts => null)", instrument)
    assert contract.scalar("select isfinite(expires_at) from indicators.watched") is False


def test_a_session_subscribes_under_its_own_name(contract: Contract) -> None:
    instrument = contract.instruments()["NSE:SMALLCO"]
    contract.scalar("select indicators.subscribe(%s, '1m', 'RSI')", instrument)
    with psycopg.connect(contract.url, autocommit=True) as other:
        other.execute("select indicators.subscribe(%s, '1m', 'RSI')", (instrument,))
        assert contract.scalar("select clients from indicators.watched") == 2
        assert other.execute("select indicators.unsubscribe()").fetchone() == (1,)
    assert contract.scalar("select clients from indicators.watched") == 1


def test_an_indicator_that_is_gone_stops_no_other(market: tuple[Contract, list[TickRow]]) -> None:
    contract, ticks = market
    instrument = ticks[0].instrument_id
    contract.copy(ticks)
    contract.refresh_stale()
    contract.execute(
        """
        insert into indicators.indicator_catalogue
        select 'MINE', c.title, c.family, c.outputs, c.parameters, c.rule, c.kernel, c.lookback, c.warm_up, c.sessions,
            c.convention, c.oracles, c.tolerance
        from indicators.indicator_catalogue as c where c.name = 'SMA'
        """
    )
    watch(contract, [instrument], ["1m"], ["MINE", "CCI_20", "RSI_14"])
    advance(contract)
    live = "select distinct id from indicators.indicators_live where id = any ('{MINE_20,CCI_20,RSI_14}') order by id"
    assert contract.execute(live) == [("CCI_20",), ("MINE_20",), ("RSI_14",)]
    contract.execute("delete from indicators.indicator_catalogue where name = 'MINE'")
    advance(contract)
    assert contract.execute(live) == [("CCI_20",), ("RSI_14",)]
    contract.execute("select indicators.verify()")
    assert contract.scalar("select indicators.advance()") == 0


@pytest.mark.parametrize(
    ("timeframe", "name", "code"),
    [("1m", "RSI_0", "BH007"), ("1m", "RSI_x", "BH007"), ("1m", "NOPE", "BH006"), ("7m", "RSI", "BH001"),
     ("30s", "RSI", "BH001")],
)  # fmt: skip
def test_a_wrong_subscription_is_refused_in_the_table_too(
    shared_contract: Contract, timeframe: str, name: str, code: str
) -> None:
    instrument = shared_contract.instruments()["NSE:SMALLCO"]
    insert = """
        insert into ledger.indicator_subscriptions (instrument_id, timeframe, id, client, expires_at)
        values (%s, %s, %s, 'test', 'infinity') returning timeframe, id
    """
    with pytest.raises(psycopg.Error) as error:
        shared_contract.execute(insert, instrument, timeframe, name)
    assert error.value.sqlstate == code
    assert shared_contract.execute(insert, instrument, "5min", "rsi") == [("5m", "RSI_14")]
    shared_contract.execute("delete from ledger.indicator_subscriptions")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("1, '1m', 'RSI_0'", "BH007"),
        ("1, '1m', 'NOPE'", "BH006"),
        ("1, '7m', 'RSI'", "BH001"),
        ("1, '5s', 'RSI'", "BH001"),
        ("999999, '1m', 'RSI'", "BH002"),
    ],
)
def test_a_wrong_subscription_is_refused(shared_contract: Contract, arguments: str, code: str) -> None:
    shared_contract.instruments()
    with pytest.raises(psycopg.Error) as error:
        shared_contract.execute(f"select indicators.subscribe({arguments})")
    assert error.value.sqlstate == code
    assert error.value.diag.message_hint


def test_changes_are_announced(market: tuple[Contract, list[TickRow]]) -> None:
    contract, ticks = market
    instruments = sorted({tick.instrument_id for tick in ticks})
    opens = at(DATES[0], "09:15")
    contract.copy(tick for tick in ticks if tick.time < opens + 62 * MINUTE)
    watch(contract, instruments, ["5m", "1h"], ["RSI_14", "CCI_20"])
    with psycopg.connect(contract.url, autocommit=True) as listener:
        listener.execute("listen indicator")
        advance(contract)
        contract.copy(tick for tick in ticks if opens + 62 * MINUTE <= tick.time < opens + 67 * MINUTE)
        advance(contract)
        notes = [json.loads(note.payload) for note in listener.notifies(timeout=5, stop_after=3)]
    assert notes == [
        {"timeframe": "5m", "instrument_ids": instruments},
        {"timeframe": "1h", "instrument_ids": instruments},
        {"timeframe": "5m", "instrument_ids": instruments},
    ]


def test_an_instrument_without_bars_waits_for_one(market: tuple[Contract, list[TickRow]]) -> None:
    contract, ticks = market
    silent = contract.instruments()["NSE:INFY"]
    contract.copy(tick for tick in ticks if tick.time < at(DATES[0], "12:00"))
    watch(contract, [silent], ["1m", "5m"], ["RSI_14", "CCI_20", "EMA_9"])
    advance(contract)
    assert contract.execute("select * from indicators.indicators_live") == []
    ensured = [TickRow(silent, at(DATES[0], "12:00") + 10 * n * MINUTE, 100.0 + n % 3) for n in range(20)]
    contract.copy(sorted([*ensured, *(t for t in ticks if t.time >= at(DATES[0], "12:00"))], key=lambda t: t.time))
    contract.refresh_stale()
    advance(contract)
    assert assert_live_is_computed(contract) > 0


def test_an_anchor_bounds_only_what_runs_from_it(market: tuple[Contract, list[TickRow]]) -> None:
    contract, ticks = market
    anchor = at(DATES[1], "14:00")
    contract.execute("insert into ledger.indicator_anchors (timeframe, starts_at) values ('1m', %s)", moment(anchor))
    watch(contract, [ticks[0].instrument_id], ["1m"], ["OBV", "SUPERTREND", "SMA_300", "EMA_100", "EMA_26", "RSI_14"])
    values = "select id, value from indicators.indicators_live where output = any (%s)"
    before = ticks[0].time
    for until, supertrend in ((anchor + 4 * MINUTE, False), (anchor + 25 * MINUTE, True), (anchor + 70 * MINUTE, True)):
        contract.copy(tick for tick in ticks if before <= tick.time < until)
        contract.refresh_stale()
        advance(contract)
        assert assert_live_is_computed(contract) >= 20
        found = dict(contract.execute(values, ["supertrend", "sma", "ema", "rsi"]))
        assert None not in (found["SMA_300"], found["EMA_100"], found["EMA_26"], found["RSI_14"])
        assert (found["SUPERTREND_10_3"] is not None) == supertrend
        before = until


def test_an_anchor_moves_before_its_bars_go(market: tuple[Contract, list[TickRow]]) -> None:
    contract, ticks = market
    instrument = ticks[0].instrument_id
    contract.copy(ticks)
    contract.refresh_stale()
    watch(contract, [instrument], ["1m", "1d"], ["SUPERTREND", "OBV"])
    advance(contract)
    assert contract.scalar("select indicators.set_anchors()") == 7
    anchor = "select starts_at from ledger.indicator_anchors where timeframe = %s"
    first = contract.scalar(anchor, "1m")
    assert first < moment(ticks[0].time) - (moment(27 * DAY) - moment(0))
    assert contract.scalar("select starts_at = '-infinity' from ledger.indicator_anchors where timeframe = '1d'")
    assert contract.scalar("select indicators.set_anchors()") == 0
    advance(contract)
    assert assert_live_is_computed(contract) > 0

    contract.execute("update ledger.indicator_anchors set starts_at = %s where timeframe = '1m'", moment(0))
    contract.execute("update meta.retention set keep = '4 days' where relation = '1m'")
    assert contract.scalar("select indicators.set_anchors()") == 1
    moved = contract.scalar(anchor, "1m")
    assert moved == moment(at("2026-08-03", "01:15"))
    advance(contract)
    assert assert_live_is_computed(contract) > 0
    bars = contract.execute("select min(bucket) from indicators.obv(%s, '1m', since => '2026-08-01')", instrument)
    assert bars[0][0] >= moved
