"""The job runner: what it claims, as whom and for how long a job runs, and how it ends."""

from __future__ import annotations

import os
import socket
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from ingestor import jobs
from ingestor.jobs import JobRunner
from ingestor.model import Connected, Tick
from tests.ingestor.daemon import Script, at, batches, run, scalar, service, stocks, until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    import psycopg


@pytest.fixture
def add(db: psycopg.Connection) -> Callable[..., None]:
    """Add a job, the only ones that run; the table `public.log` is theirs to write."""
    db.execute("update ledger.jobs set enabled = false")
    db.execute("create table public.log (job text, who text, timeout text, at timestamptz default clock_timestamp())")
    db.execute("alter table public.log owner to bhav_owner")

    def add(name: str, command: str, every: str = "1 hour", timeout: str = "10 seconds") -> None:
        db.execute(
            "insert into ledger.jobs (name, command, every, timeout) values (%s, %s, %s, %s)",
            (name, command, every, timeout),
        )

    return add


@pytest.fixture
def running(url: str) -> Callable[..., AbstractContextManager[JobRunner]]:
    """Run jobs in a thread for as long as a block lasts."""

    @contextmanager
    def running(after: Callable[[str], None] = lambda _: None) -> Iterator[JobRunner]:
        stop = threading.Event()
        runner = JobRunner(url, stop, after)
        thread = threading.Thread(target=runner.run)
        thread.start()
        try:
            yield runner
        finally:
            stop.set()
            thread.join(20)
        assert not thread.is_alive()

    return running


LOG = "insert into public.log values ('{}', current_user, current_setting('statement_timeout'))"


def test_due_jobs_run_as_the_owner_with_their_timeout_and_are_reported(
    db: psycopg.Connection,
    add: Callable[..., None],
    running: Callable[..., AbstractContextManager[JobRunner]],
) -> None:
    add("one", LOG.format("one"), timeout="7 seconds")
    add("two", LOG.format("two"), timeout="9 seconds")
    add("later", LOG.format("later"))
    add("off", LOG.format("off"))
    db.execute("update ledger.jobs set due_at = now() + interval '1 hour' where name = 'later'")
    db.execute("update ledger.jobs set enabled = false where name = 'off'")
    succeeded: list[str] = []
    with running(succeeded.append):
        until(lambda: len(succeeded) == 2)
        time.sleep(1)
    assert db.execute("select job, who, timeout from public.log order by job").fetchall() == [
        ("one", "bhav_owner", "7s"),
        ("two", "bhav_owner", "9s"),
    ]
    assert sorted(succeeded) == ["one", "two"]
    runs = db.execute("select name, error, finished_at >= started_at from ledger.job_runs order by name").fetchall()
    assert runs == [("one", None, True), ("two", None, True)]
    waiting = "due_at > now() + interval '59 minutes' and claimed_at is null"
    assert scalar(db, f"select bool_and({waiting}) from ledger.jobs where name in ('one', 'two')") is True


def test_a_failure_is_recorded_and_tried_again_soon(
    db: psycopg.Connection,
    add: Callable[..., None],
    running: Callable[..., AbstractContextManager[JobRunner]],
) -> None:
    add("repaired", "insert into public.missing select 1")
    add("beside", LOG.format("beside"), every="1 second")
    succeeded: list[str] = []
    with running(succeeded.append):
        until(lambda: scalar(db, "select failures from ledger.jobs where name = 'repaired'") == 1)
        assert "repaired" not in succeeded
        db.execute("create table public.missing (n integer)")
        db.execute("alter table public.missing owner to bhav_owner")
        until(lambda: "repaired" in succeeded)
        until(lambda: succeeded.count("beside") >= 3)
    assert scalar(db, "select failures from ledger.jobs where name = 'repaired'") == 0
    errors = [
        error
        for (error,) in db.execute("select error from ledger.job_runs where name = 'repaired' order by started_at")
    ]
    assert "does not exist" in errors[0]
    assert errors[-1] is None


def test_a_job_is_cut_off_at_its_timeout_and_leaves_no_lock_behind(
    db: psycopg.Connection,
    add: Callable[..., None],
    running: Callable[..., AbstractContextManager[JobRunner]],
) -> None:
    add("slow", "do $$ begin perform pg_advisory_lock(42); perform pg_sleep(60); end $$", timeout="1 second")
    add("locker", "select pg_advisory_lock(43)")
    locks = "select count(*) from pg_locks where locktype = 'advisory' and objid in (42, 43)"
    with running():
        until(lambda: scalar(db, "select count(*) from ledger.job_runs") == 2, 15)
        until(lambda: scalar(db, locks) == 0, 5)
    errors: dict[str, str | None] = dict(db.execute("select name, error from ledger.job_runs").fetchall())
    assert errors["locker"] is None
    assert "statement timeout" in str(errors["slow"])
    took = "select finished_at - started_at < interval '5 seconds' from ledger.job_runs where name = 'slow'"
    assert scalar(db, took) is True


def test_two_runners_share_the_jobs(
    db: psycopg.Connection,
    add: Callable[..., None],
    running: Callable[..., AbstractContextManager[JobRunner]],
) -> None:
    for number in range(20):
        add(f"job{number}", LOG.format(number))
    with running(), running():
        until(lambda: scalar(db, "select count(*) from ledger.job_runs") == 20)
        time.sleep(1)
    assert scalar(db, "select count(distinct job) = 20 and count(*) = 20 from public.log") is True


def test_jobs_that_go_on_are_cancelled_when_the_runner_stops_and_those_that_wait_never_start(
    db: psycopg.Connection,
    add: Callable[..., None],
    running: Callable[..., AbstractContextManager[JobRunner]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(jobs, "GRACE_SECONDS", 0.2)
    for number in range(jobs.WORKERS + 2):
        add(f"long{number}", "select pg_sleep(120)", timeout="5 minutes")
    sleeping = "select count(*) from pg_stat_activity where query like 'select pg_sleep%'"
    with running():
        until(lambda: scalar(db, sleeping) == jobs.WORKERS)
    until(lambda: not scalar(db, sleeping))
    assert scalar(db, "select count(*) from ledger.job_runs") == 0, "to stop is no failure"
    assert scalar(db, "select sum(failures) from ledger.jobs") == 0


def test_a_job_does_not_outlive_a_killed_daemon(
    db: psycopg.Connection,
    add: Callable[..., None],
    running: Callable[..., AbstractContextManager[JobRunner]],
) -> None:
    add("long", "select pg_sleep(120)", timeout="5 minutes")
    with running() as runner:
        until(lambda: scalar(db, "select count(*) from pg_stat_activity where query like 'select pg_sleep%'"))
        (connection,) = runner._running
        alive = f"select count(*) from pg_stat_activity where pid = {connection.info.backend_pid}"
        with socket.socket(fileno=os.dup(connection.fileno())) as line:
            line.shutdown(socket.SHUT_RDWR)
        until(lambda: not scalar(db, alive))


def test_a_daemon_that_was_told_to_stop_works_on_candles_for_a_while_only(
    db: psycopg.Connection,
    add: Callable[..., None],
    running: Callable[..., AbstractContextManager[JobRunner]],
) -> None:
    for name in ("a", "b"):
        add(name, "select pg_sleep(120)", every="30 seconds", timeout="5 minutes")
    db.execute("update ledger.jobs set due_at = now() + interval '1 hour'")
    with running() as runner:
        runner.settle_seconds = 0.5
    assert scalar(db, "select count(*) from ledger.job_runs") == 0, "to stop is no failure"


def test_a_daemon_runs_what_its_killed_predecessor_had_claimed(
    url: str,
    db: psycopg.Connection,
    add: Callable[..., None],
    tmp_path: Path,
) -> None:
    add("claimed", LOG.format("claimed"), timeout="1 hour")
    db.execute("update ledger.jobs set claimed_at = now()")

    def events() -> Iterator[Connected]:
        until(lambda: scalar(db, "select count(*) from public.log") == 1)
        yield Connected(0)

    run(url, tmp_path, events())


def test_when_the_feed_ends_the_frequent_jobs_run_a_last_time_after_the_last_commit(
    url: str,
    db: psycopg.Connection,
    add: Callable[..., None],
    tmp_path: Path,
) -> None:
    add(
        "frequent",
        "insert into public.log (job, who) select 'frequent', count(*) from store.tick_data",
        every="50 seconds",
    )
    add("rare", "insert into public.log (job, who) select 'rare', count(*) from store.tick_data", every="2 minutes")
    db.execute("grant select on store.tick_data to bhav_owner")
    (stock,) = stocks(db, 1)
    ticks = [Tick(stock, at("10:00") + n * 1_000_000, 100.0 + n, n) for n in range(50)]

    def events() -> Iterator[object]:
        until(lambda: scalar(db, "select count(*) from public.log") == 2)
        yield Connected(at("09:00"))
        yield from batches(ticks)

    service(url, tmp_path, Script(events())).run()  # type: ignore[arg-type]
    seen = db.execute("select job, who from public.log order by at, job").fetchall()
    assert sorted(seen) == [("frequent", "0"), ("frequent", "50"), ("rare", "0")]
