"""The market clock, and who runs which job when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import psycopg
import pytest

from tests.contract.contract import Contract, at
from tests.contract.reference import MINUTE, TickRow, micros, moment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CLAIM = "select name from ledger.claim_jobs() order by name"
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def test_replay_follows_the_newest_tick(contract: Contract) -> None:
    assert contract.scalar("select meta.now()") is None
    opens = at("2024-03-01", "09:15")
    for time, newest in ((opens, opens), (opens + MINUTE + 3, opens + MINUTE + 3), (opens + 5, opens + MINUTE + 3)):
        tick = TickRow(1, time, 1.0)
        contract.ensure([tick])
        contract.copy([tick])
        assert micros(contract.scalar("select meta.now()")) == newest
    if contract.engine == "timescale":
        contract.execute("call store.catch_up()")
        contract.columnstore()
        assert micros(contract.scalar("select meta.now()")) == newest
    bar = contract.execute("select ticks from candles.candles(1, '1d')")
    assert bar == [(3,)], "by default candles() shows the current trading day"


def test_wall_follows_the_wall_clock(create_database: Callable[[str], str], engine: str) -> None:
    contract = Contract(create_database("wall"), engine)
    with contract.connection:
        now = datetime.now(UTC)
        tick = TickRow(1, micros(now - timedelta(hours=1)), 1.0)
        contract.ensure([tick])
        contract.copy([tick])
        assert abs(contract.scalar("select meta.now()") - now) < timedelta(seconds=10)


@pytest.fixture
def jobs(contract: Contract) -> Iterator[tuple[Contract, psycopg.Connection]]:
    """Return a database whose only jobs are slow (each 10 minutes) and quick (each 10 seconds), and a second runner."""
    contract.execute("delete from ledger.jobs")
    contract.execute(
        "insert into ledger.jobs (name, command, every, timeout) values"
        " ('slow', 'select 1', '10 minutes', '5 minutes'), ('quick', 'select 2', '10 seconds', '1 second')",
    )
    with psycopg.connect(contract.url) as other:
        yield contract, other


def due_in(contract: Contract, name: str) -> float:
    return float(
        contract.scalar("select extract(epoch from due_at - clock_timestamp()) from ledger.jobs where name = %s", name)
    )


def test_a_job_is_claimed_once(jobs: tuple[Contract, psycopg.Connection]) -> None:
    contract, other = jobs
    contract.execute("update ledger.jobs set enabled = false where name = 'quick'")
    with contract.connection.transaction():
        assert contract.execute(CLAIM) == [("slow",)]
        # the claim is not committed: another runner passes over it, and does not wait
        other.execute("set statement_timeout = '2s'")
        assert other.execute(CLAIM).fetchall() == []
        other.commit()
    assert other.execute(CLAIM).fetchall() == []
    other.commit()
    contract.execute("update ledger.jobs set enabled = true where name = 'quick'")
    assert other.execute(CLAIM).fetchall() == [("quick",)]
    other.rollback()
    assert contract.execute(CLAIM) == [("quick",)]


def test_a_finished_job_is_due_a_period_after_its_start(jobs: tuple[Contract, psycopg.Connection]) -> None:
    contract, _ = jobs
    assert contract.execute(CLAIM) == [("quick",), ("slow",)]
    started = datetime.now(UTC) - timedelta(seconds=4)
    for name in ("quick", "slow"):
        contract.execute("select ledger.finish_job(%s, %s)", name, started)
    assert contract.execute(CLAIM) == []
    assert 4 < due_in(contract, "quick") <= 6
    assert 594 < due_in(contract, "slow") <= 596
    assert contract.execute("select name, error from ledger.job_runs") == [("slow", None)]
    contract.execute("update ledger.jobs set due_at = now() where name = 'quick'")
    assert contract.execute(CLAIM) == [("quick",)]


def test_a_failing_job_is_tried_again_ever_later(jobs: tuple[Contract, psycopg.Connection]) -> None:
    contract, _ = jobs
    waits: dict[str, list[int]] = {"quick": [], "slow": []}
    for _ in range(12):
        contract.execute("update ledger.jobs set due_at = '-infinity'")
        assert contract.execute(CLAIM) == [("quick",), ("slow",)]
        for name, wait in waits.items():
            contract.execute("select ledger.finish_job(%s, now(), 'broken')", name)
            wait.append(round(due_in(contract, name)))
    assert waits["quick"] == [1, 2, 4, 8] + [10] * 8
    assert waits["slow"] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600]
    assert contract.scalar("select count(*) from ledger.job_runs where error = 'broken'") == 24
    assert contract.execute("select failures from ledger.jobs") == [(12,), (12,)]
    contract.execute("select ledger.finish_job('slow', now())")
    assert contract.scalar("select failures from ledger.jobs where name = 'slow'") == 0


def test_a_claim_of_a_runner_that_died_ends(jobs: tuple[Contract, psycopg.Connection]) -> None:
    contract, _ = jobs
    assert contract.execute(CLAIM) == [("quick",), ("slow",)]
    for age, claimed in (("55 seconds", []), ("62 seconds", ["quick"]), ("5 minutes 55 seconds", ["quick"]),
                         ("6 minutes 1 second", ["quick", "slow"])):  # fmt: skip
        contract.execute("update ledger.jobs set claimed_at = clock_timestamp() - %s::interval", age)
        assert [row[0] for row in contract.execute(CLAIM)] == claimed, age


def test_the_shipped_jobs_run(contract: Contract) -> None:
    """Each command is one that its database knows, at top level."""
    contract.ensure([TickRow(1, at("2026-08-04", "09:15"), 1.0)])
    contract.copy([TickRow(1, at("2026-08-04", "09:15"), 1.0)])
    claimed = contract.execute("select name, command from ledger.claim_jobs()")
    assert {name for name, _ in claimed} >= {"retain", "candle_closed", "prune"}
    for name, command in claimed:
        contract.connection.execute(command)
        contract.execute("select ledger.finish_job(%s, %s)", name, moment(micros(datetime.now(UTC))))
    assert (
        contract.execute("select failures from ledger.jobs where failures > 0 or last_started_at < %s", LONG_AGO) == []
    )
