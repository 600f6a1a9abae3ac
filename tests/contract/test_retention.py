"""Retention drops what it should, and every candle that remains is what it was."""

from __future__ import annotations

import random
import threading
from typing import TYPE_CHECKING

import psycopg
import pytest

from tests.contract import reference
from tests.contract.contract import at
from tests.contract.reference import DAY, HOUR, MINUTE, STORED, Candles, TickRow, moment

if TYPE_CHECKING:
    from tests.contract.contract import Contract

START = at("2026-06-01", "01:15")


def round_the_clock(days: int, every: int = 11 * MINUTE) -> list[TickRow]:
    """Ticks at all hours, so that some lie just before and after any horizon."""
    chance = random.Random(6)
    return [
        TickRow(i, START + offset + i, chance.randrange(100, 9999) / 100, chance.randrange(50), 1, None, offset % 977)
        for i in (1, 2)
        for offset in range(0, days * DAY, every)
    ]


def advance(contract: Contract, now: int) -> TickRow:
    """Set the market clock by a tick of another instrument."""
    tick = TickRow(9, now, 1.0)
    contract.ensure([tick])
    contract.copy([tick])
    return tick


def live(contract: Contract) -> dict[str, Candles]:
    return {timeframe: contract.relation(f"store.live_{timeframe}", [1, 2]) for timeframe in STORED}


def assert_same(found: dict[str, Candles], expected: dict[str, Candles], what: str) -> None:
    for timeframe, bars in expected.items():
        reference.assert_same(found[timeframe], bars, f"{what}: {timeframe}")


@pytest.fixture
def pending(contract: Contract) -> tuple[Contract, list[TickRow], int]:
    """Twelve days, with ticks of the oldest that came late and that no refresh has seen; the clock is a day further."""
    ticks = round_the_clock(12)
    late = [tick for tick in ticks if tick.time < START + 3 * DAY and tick.time // MINUTE % 3 == 0]
    contract.ensure(ticks)
    contract.copy([tick for tick in ticks if tick not in set(late)])
    now = START + 13 * DAY
    advance(contract, now)
    contract.refresh(START, now)
    contract.columnstore()
    contract.copy(late[::2])
    contract.stage(late[1::2])
    if contract.engine == "timescale":
        assert contract.scalar("select isempty(store.stale_ranges())") is False
    return contract, ticks, now


def test_late_data_pending(pending: tuple[Contract, list[TickRow], int]) -> None:
    contract, ticks, now = pending
    expected = {timeframe: reference.candles(ticks, timeframe) for timeframe in STORED}
    contract.execute("call store.retain()")
    horizon = contract.horizon()
    assert now - 9 * DAY < horizon <= now - 7 * DAY
    assert set(contract.ticks()) == {tick for tick in ticks if tick.time >= horizon} | {TickRow(9, now, 1.0)}
    assert_same(live(contract), expected, "after retain")
    contract.execute("call store.retain()")
    assert contract.horizon() == horizon
    assert_same(live(contract), expected, "after a second retain")
    for since in (START, horizon - 1, 0):
        with pytest.raises(psycopg.Error) as error:
            contract.refresh(since, now)
        assert error.value.sqlstate == "BH003"
    with pytest.raises(psycopg.Error) as error:
        contract.execute("call store.ensure(%s, %s)", moment(horizon - 1), moment(now))
    assert error.value.sqlstate == "BH003"
    assert_same(live(contract), expected, "after what was refused")
    contract.refresh(horizon, now)
    contract.refresh(horizon, horizon + 1)
    contract.refresh_stale()
    assert_same(live(contract), expected, "after a refresh from the horizon on")
    # what arrives for the time before the horizon is not taken; what arrives for the day after it is
    assert contract.stage([TickRow(1, horizon - 5, 1.0), TickRow(2, START, 1.0)]) == 0
    assert contract.stage([TickRow(1, horizon - 5 * MINUTE, 1.0)], "insert_late_ticks") == 0
    new = [TickRow(1, horizon + 1, 777.0, 5), TickRow(2, horizon + HOUR + 1, 0.5, 5)]
    contract.copy(new)
    contract.refresh_stale()
    expected = {timeframe: reference.candles([*ticks, *new], timeframe) for timeframe in STORED}
    assert_same(live(contract), expected, "after late ticks just above the horizon")


def test_every_timeframe_ages(contract: Contract) -> None:
    ticks = round_the_clock(6, 37 * MINUTE)
    contract.ensure(ticks)
    contract.copy(ticks)
    everything = {timeframe: reference.candles(ticks, timeframe) for timeframe in STORED}
    keeps = {"1m": 30, "5m": 90, "15m": 184, "30m": 366, "1h": 366, "4h": 3 * 366, "1d": None}
    seen: set[str] = set()
    for age in (9, 45, 120, 250, 500, 4 * 366):
        now = START + age * DAY
        advance(contract, now)
        contract.execute("call store.retain()")
        found = live(contract)
        for timeframe, keep in keeps.items():
            horizon = contract.horizon(timeframe)
            expected = {key: bar for key, bar in everything[timeframe].items() if key[1] >= horizon}
            reference.assert_same(found[timeframe], expected, f"{timeframe} after {age} days")
            assert keep is not None or len(expected) == len(everything[timeframe])
            if keep is not None:
                assert horizon <= now - (keep - 4) * DAY
            if not expected:
                seen.add(timeframe)
        contract.refresh(contract.horizon(), now)
        assert_same(live(contract), found, f"a refresh after {age} days")
    assert seen == set(keeps) - {"1d"}


def test_a_bar_across_the_horizon_of_its_source(contract: Contract) -> None:
    """Ticks are kept, but half-hours are dropped sooner: hours across their horizon are left as they are."""
    contract.execute("update meta.retention set keep = null where relation <> '30m'")
    contract.execute("update meta.retention set keep = interval '4 days' where relation = '30m'")
    # partitions of half-hours hold 60 days: these are the days around their ends, on either engine
    ticks = [tick for tick in round_the_clock(80, 17 * MINUTE) if (tick.time - START) // DAY in {34, 35, 73, 74, 79}]
    contract.ensure(ticks)
    contract.copy(ticks)
    now = START + 97 * DAY
    advance(contract, now)
    contract.refresh(START, now)
    contract.execute("call store.retain()")
    horizon = contract.horizon("30m")
    assert START + 34 * DAY < horizon < START + 75 * DAY
    expected = {timeframe: reference.candles(ticks, timeframe) for timeframe in STORED}
    expected["30m"] = {key: bar for key, bar in expected["30m"].items() if key[1] >= horizon}
    assert_same(live(contract), expected, "after retain")
    contract.refresh(horizon - 2 * HOUR, horizon + 2 * HOUR)
    contract.refresh(START, now)
    found = live(contract)
    found["30m"] = {key: bar for key, bar in found["30m"].items() if key[1] >= horizon}
    assert_same(found, expected, "after a refresh across the horizon")
    late = TickRow(1, horizon - 3 * HOUR + 1, 12345.0, 1)
    contract.copy([late])
    contract.refresh_stale()
    smaller = {timeframe: reference.candles([*ticks, late], timeframe) for timeframe in ("1m", "5m", "15m")}
    assert_same(live(contract), smaller, "after a late tick before the horizon of the half-hours")


def test_less_than_four_days_is_refused(contract: Contract) -> None:
    for keep in ("3 days 23:59", "0", "-1 day"):
        with pytest.raises(psycopg.errors.CheckViolation):
            contract.execute("update meta.retention set keep = %s::interval where relation = 'tick_data'", keep)
    contract.execute("update meta.retention set keep = '4 days'")


def test_a_reader_is_not_waited_for(contract: Contract) -> None:
    if contract.engine == "timescale":
        contract.connection.execute("set lock_timeout = '2s'")
    ticks = round_the_clock(3, 3 * HOUR)
    contract.ensure(ticks)
    contract.copy(ticks)
    contract.refresh(START, START + 3 * DAY)
    now = START + 20 * DAY
    clock = advance(contract, now)
    expected = {timeframe: reference.candles(ticks, timeframe) for timeframe in STORED}
    done = threading.Event()
    with psycopg.connect(contract.url) as reader:
        seen = reader.execute("select count(*) from store.tick_data").fetchone()
        if contract.engine == "postgres":
            contract.execute("update meta.retention set keep = interval '4 days' where relation = '1m'")
            contract.execute("call store.retain()")
            assert set(contract.ticks()) == {*ticks, clock}
            assert contract.relation("store.live_1m", [1, 2]) == {}, "only the table in use is left for the next run"
            expected["1m"] = {}

        def write() -> None:
            contract.copy([TickRow(9, now + 1, 1.0)])
            done.set()

        writer = threading.Thread(target=write)
        writer.start()
        assert done.wait(5), "a writer waits for retain()"
        writer.join()
        assert seen == (len(ticks) + 1,)
    contract.execute("call store.retain()")
    assert set(contract.ticks()) == {clock, TickRow(9, now + 1, 1.0)}
    assert_same(live(contract), expected, "after the reader has gone")
