"""Any order, batching, duplication or lateness of writing gives the candles of a brute force over the stored ticks."""

from __future__ import annotations

import random
import threading
from datetime import datetime, timedelta
from itertools import count
from operator import attrgetter
from typing import TYPE_CHECKING

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql

from tests.contract import reference, simulated
from tests.contract.contract import Contract, at, copy_ticks
from tests.contract.reference import DAY, HOUR, INDIA, MINUTE, SECOND, STORED, TickRow, micros

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DAYS = ("2026-08-03", "2026-08-04")
OPENS = [at(day, "09:15") for day in DAYS]
numbers = count(100)

# instants crowd around the starts and ends of bars
instants = st.builds(
    lambda opens, edge, offset: opens + edge * MINUTE + offset,
    st.sampled_from(OPENS),
    st.sampled_from([0, 1, 5, 15, 30, 60, 240, 374]),
    st.sampled_from([-MINUTE, -1, 0, 1, 2, SECOND, 59 * SECOND, MINUTE - 1]) | st.integers(-HOUR, HOUR),
)
quantities = st.integers(0, 10**9)
rows = st.builds(
    TickRow,
    st.integers(0, 1),
    instants,
    st.integers(1, 10**7).map(lambda paise: paise / 100),
    quantities,
    quantities,
    day_volume=st.none(),
    open_interest=st.none() | st.integers(0, 2**52),
    bid_price=st.none(),
    ask_price=st.none(),
    bid_qty=st.none(),
    ask_qty=st.none(),
)
steps = st.lists(st.sampled_from(["copy", "stage", "refresh", "columnstore", "refresh_stale"]), min_size=4, max_size=10)


@given(
    ticks=st.lists(rows, min_size=1, max_size=40, unique_by=lambda row: (row.instrument_id, row.time)),
    script=steps,
    chance=st.randoms(use_true_random=False),
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_batches_in_any_order(
    shared_contract: Contract,
    ticks: list[TickRow],
    script: list[str],
    chance: random.Random,
) -> None:
    """Batches are shuffled and cut at random, half of them sent twice, with maintenance in between."""
    contract = shared_contract
    ids = [next(numbers), next(numbers)]
    ticks = [tick._replace(instrument_id=ids[tick.instrument_id]) for tick in ticks]
    clock = TickRow(1, OPENS[-1] + 10 * DAY, 1.0)
    contract.ensure([*ticks, clock])
    contract.stage([clock])  # the market's clock is past every tick, so a refresh may cover all of them
    since, until = OPENS[0] - DAY, OPENS[-1] + 2 * DAY
    chance.shuffle(ticks)
    rest = ticks
    sent: list[TickRow] = []
    for step in [*script, "last"]:
        cut = len(rest) if step == "last" else chance.randint(0, len(rest))
        if step == "copy":
            contract.copy(rest[:cut])
        elif step in {"stage", "last"}:
            again = chance.sample(sent, chance.randint(0, len(sent)))
            assert contract.stage([*rest[:cut], *again]) == cut
        elif step == "refresh":
            contract.refresh(since, until)
        elif step == "columnstore":
            contract.columnstore()
        else:
            contract.refresh_stale()
        if step in {"copy", "stage", "last"}:
            sent, rest = sent + rest[:cut], rest[cut:]
    contract.refresh_stale()
    for timeframe in STORED:
        found = contract.relation(f"candles.candles_{timeframe}", ids)
        reference.assert_same(found, reference.candles(ticks, timeframe), timeframe)


def in_batches(ticks: list[TickRow], size: int) -> Iterator[list[TickRow]]:
    return (ticks[start : start + size] for start in range(0, len(ticks), size))


@pytest.mark.parametrize("order", ["of time", "any"])
def test_two_writers_at_once(contract: Contract, order: str) -> None:
    ids = contract.instruments()
    ticks = sorted(simulated.days(ids, list(DAYS), 600, seed=2), key=attrgetter("time"))
    if order == "any":
        random.Random(2).shuffle(ticks)
    contract.ensure(ticks)
    failures: list[Exception] = []

    def write(share: list[TickRow]) -> None:
        try:
            with psycopg.connect(contract.url, autocommit=True) as connection:
                for batch in in_batches(share, 100):
                    copy_ticks(connection, batch)
        except psycopg.Error as error:
            failures.append(error)

    writers = [threading.Thread(target=write, args=(ticks[start::2],)) for start in (0, 1)]
    for writer in writers:
        writer.start()
    contract.refresh_stale()
    for writer in writers:
        writer.join()
    assert not failures
    contract.refresh_stale()
    contract.assert_live(ticks)


@pytest.mark.parametrize("clock", ["wall", "replay"])
def test_two_hours_late(create_database: Callable[[str], str], engine: str, clock: str) -> None:
    contract = Contract(create_database(clock), engine)
    with contract.connection:
        if engine == "timescale":
            contract.execute(
                "select public.alter_job(job_id, scheduled => false) from timescaledb_information.jobs"
                " where hypertable_schema is not null",
            )
        now = micros(datetime.now(INDIA)) if clock == "wall" else at("2026-08-04", "15:30")
        start = now // MINUTE * MINUTE - 4 * HOUR
        chance = random.Random(3)
        ticks = [
            TickRow(instrument_id, time, chance.randrange(10_000, 11_000) / 100, chance.randrange(100))
            for instrument_id in (1, 2)
            for time in range(start, now - 2 * MINUTE, 20 * SECOND)
        ]
        hole = range(start + HOUR, start + 2 * HOUR)
        late = [tick for tick in ticks if tick.time in hole and tick.time // SECOND % 3]
        contract.ensure(ticks)
        contract.copy([tick for tick in ticks if tick not in late])
        contract.refresh(start, now)
        contract.copy(late[: len(late) // 2])
        contract.stage(late[len(late) // 2 :])
        if engine == "timescale":
            watermark = micros(contract.scalar("select store.watermark('1m')"))
            assert max(tick.time for tick in late) + HOUR < watermark, "the late ticks were not below the watermark"
            assert contract.scalar("select isempty(store.stale_ranges())") is False
        contract.refresh_stale()
        contract.assert_live(ticks)


def test_policies_pass_over_what_was_written_before(create_database: Callable[[str], str], engine: str) -> None:
    """Hours of ticks are written at once, as after an outage; TimescaleDB's own jobs look back minutes, then run."""
    contract = Contract(create_database("wall"), engine)
    with contract.connection:
        now = micros(datetime.now(INDIA)) // MINUTE * MINUTE
        ticks = [
            TickRow(i, time, time / SECOND % 977 + 1, 1) for i in (1, 2) for time in range(now - 30 * HOUR, now, MINUTE)
        ]
        contract.ensure(ticks)
        contract.copy(ticks)
        if engine == "timescale":
            jobs = (
                "select job_id from timescaledb_information.jobs"
                " where proc_name = 'policy_refresh_continuous_aggregate' order by job_id"
            )
            for (job,) in contract.execute(jobs):
                contract.execute("select public.alter_job(%s, scheduled => false)", job)
                contract.execute("call public.run_job(%s)", job)
            assert micros(contract.scalar("select store.watermark('1m')")) > now - HOUR
        contract.refresh_stale()
        contract.assert_live(ticks)


def test_into_compressed_chunks(contract: Contract) -> None:
    ids = contract.instruments()
    ticks = simulated.days(ids, list(DAYS), 400, seed=4)
    random.Random(4).shuffle(ticks)
    early, late = ticks[:1000], ticks[1000:]
    contract.ensure(ticks)
    contract.copy(early)
    assert contract.columnstore() == (2 if contract.engine == "timescale" else 0)
    contract.refresh(min(t.time for t in ticks), max(t.time for t in ticks))
    contract.copy(late[:500])
    assert contract.stage([*late, *early[:200]]) == len(late) - 500
    contract.refresh_stale()
    contract.assert_live(ticks)
    contract.columnstore()
    contract.assert_live(ticks)


def test_committed_after_a_refresh_that_passed_it(contract: Contract) -> None:
    """A transaction was open while the watermark moved past the ticks that it had written."""
    opens = OPENS[-1]
    ticks = [TickRow(1, opens + second * SECOND, 100.0 + second, 1) for second in range(0, 1200, 7)]
    slow = [tick._replace(instrument_id=2, ltp=90.0) for tick in ticks[:60]]
    contract.ensure(ticks)
    contract.copy(ticks[:5])
    with psycopg.connect(contract.url) as writer:
        copy_ticks(writer, slow)
        contract.copy(ticks[5:])
        if contract.engine == "timescale":
            contract.execute("call store.catch_up()")
        writer.commit()
    contract.refresh_stale()
    if contract.engine == "timescale":
        contract.execute("call store.catch_up()")
    contract.assert_live([*ticks, *slow])


def test_a_late_tick_above_the_watermark_of_minutes(contract: Contract) -> None:
    """The day is materialized as far as its last tick; later that day lie ticks that come afterwards."""
    opens = OPENS[-1]
    first, clock = TickRow(1, opens, 100.0, 1), TickRow(2, opens + 10 * DAY, 1.0, 1)
    late = [TickRow(1, opens + 4 * HOUR + 1, 90.0, 5), TickRow(1, opens + 3 * MINUTE, 110.0, 5)]
    contract.ensure([first, clock])
    contract.copy([first, clock])
    contract.refresh(opens - DAY, opens + 2 * DAY)
    for number, tick in enumerate(late, 1):
        contract.copy([tick])
        contract.refresh_stale()
        contract.assert_live([first, clock, *late[:number]])


def test_forming_bars_are_current(contract: Contract) -> None:
    """Every commit is in the candles of every timeframe at once, whatever the daemon's jobs have done before."""
    opens = OPENS[-1]
    chance = random.Random(5)
    ticks: list[TickRow] = []
    for step in range(40):
        batch = [
            TickRow(i, opens + step * 7 * MINUTE + second * SECOND, chance.randrange(1, 9999) / 100, 3, 0, None, step)
            for i in (1, 2)
            for second in chance.sample(range(420), 5)
        ]
        ticks += batch
        contract.ensure(ticks)
        contract.copy(batch)
        contract.assert_live(ticks)
        if step % 4 == 1:
            contract.refresh(opens, max(t.time for t in ticks) + 1)
            contract.assert_live(ticks)
        if step % 4 == 3:
            job = "catch_up" if contract.engine == "timescale" else "carry_pending"
            contract.connection.execute(sql.SQL("call store.{}()").format(sql.Identifier(job)))
            contract.assert_live(ticks)
    assert datetime.fromtimestamp(max(t.time for t in ticks) / SECOND, INDIA) - timedelta(hours=4) > datetime(
        2026,
        8,
        4,
        9,
        15,
        tzinfo=INDIA,
    )
