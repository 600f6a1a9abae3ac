"""The daemon against a real database: what arrives, what is counted, and what a crash or a refusal leaves behind."""

from __future__ import annotations

import math
import signal
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from ingestor import journal, sources
from ingestor import service as service_module
from ingestor.model import Connected, Disconnected, Tick
from ingestor.service import Service
from ingestor.writer import Writer
from tests.ingestor.daemon import (
    DAY,
    MINUTE,
    Running,
    Script,
    assert_candles,
    assert_day_volumes,
    at,
    batches,
    identities,
    identity,
    program,
    run,
    scalar,
    segments,
    service,
    session_ticks,
    settings,
    stocks,
    until,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ingestor.model import Event

COUNTED = ("received", "written", "late", "duplicates", "offsession", "volume_falls", "dropped")


def stats(connection: psycopg.Connection) -> dict[str, Any]:
    """Sum ledger.ingest_stats."""
    sums = connection.execute(f"select {', '.join(f'sum({name})' for name in COUNTED)} from ledger.ingest_stats")
    row = sums.fetchone()
    assert row is not None
    rejected: Counter[str] = Counter()
    for (counts,) in connection.execute("select rejected from ledger.ingest_stats"):
        rejected.update(counts)
    return {name: int(value) for name, value in zip(COUNTED, row, strict=True)} | {"rejected": dict(rejected)}


def test_everything_arrives_and_is_counted(url: str, engine: str, db: psycopg.Connection, tmp_path: Path) -> None:
    ids = stocks(db, 3)
    ticks = session_ticks(ids, 4_000, seed=1)
    outside = [Tick(ids[0], at("09:05") + n * MINUTE, 95.0 + n) for n in range(3)] + [Tick(ids[1], at("15:30"), 96.0)]
    late = [ticks[place]._replace(ltp=50.0 + place, day_volume=0) for place in (10, 11, 500)]
    bad = [
        Tick(ids[0], 0, 1.0),
        Tick(ids[0], at("10:00"), -1.0),
        Tick(ids[0], at("10:00"), 0.0),
        Tick(99_999, at("10:00"), 1.0),
    ]
    sent = [*outside, *ticks[:3_000], *ticks[2_995:3_000], *late, *ticks[3_000:], *bad]

    def events() -> Iterator[Event]:
        yield Connected(at("09:00"))
        yield from batches(sent)
        yield Disconnected(at("15:31"))

    made = run(url, tmp_path, events())

    assert identities(db) == Counter(map(identity, [*ticks, *late]))
    assert identities(db, "store.offsession_ticks") == Counter(map(identity, outside))
    assert scalar(db, "select array_agg(distinct source) from store.tick_data") == ["test"]
    assert_candles(url, engine)
    assert_day_volumes(db)
    assert scalar(db, "select sum(missed_volume) from store.tick_data") == 0
    assert segments(tmp_path) == []
    counted = stats(db)
    assert counted == {
        "received": len(sent),
        "written": len(ticks),
        "late": len(late),
        "duplicates": 5,
        "offsession": len(outside),
        "volume_falls": len(late),
        "dropped": 0,
        "rejected": {"no time": 1, "price": 2, "unknown instrument": 1},
    }
    assert made.intake is not None
    assert made.intake.total.as_dict() == counted


def test_a_second_daemon_stands_by_and_takes_over(url: str, db: psycopg.Connection, tmp_path: Path) -> None:
    ids = stocks(db, 2)
    ticks = session_ticks(ids, 400, seed=2)
    made: list[str] = []

    def starting(name: str, part: list[Tick]) -> Service:
        def feed(_: psycopg.Connection) -> Script:
            made.append(name)
            return Script(events(part))

        return Service(url, settings(tmp_path), feed)

    def events(part: list[Tick]) -> Iterator[Event]:
        yield Connected(at("09:00"))
        yield from batches(part)
        while len(made) == 1 and not go_on:
            yield Disconnected(at("15:30"))

    go_on: list[bool] = []
    first = Running(starting("first", ticks[:200]))
    until(lambda: scalar(db, "select count(*) from store.tick_data") == 200)
    second = Running(starting("second", ticks[200:]))
    waiting = (
        "select count(*) from pg_stat_activity where application_name = 'bhav writer' and datname = current_database()"
    )
    until(lambda: scalar(db, waiting) == 2)
    assert made == ["first"]
    go_on.append(True)
    first.join()
    second.join()
    assert made == ["first", "second"]
    assert identities(db) == Counter(map(identity, ticks))
    assert_day_volumes(db)


def test_a_standby_can_be_stopped(url: str, db: psycopg.Connection, tmp_path: Path) -> None:
    db.execute("select pg_advisory_lock(hashtext('bhav.writer'))")
    standby = Running(service(url, tmp_path, Script([])))
    standby.service.stop.set()
    standby.join()
    assert standby.service.feed is None


def test_sigterm_flushes(url: str, engine: str, db: psycopg.Connection, tmp_path: Path) -> None:
    with program(url, tmp_path, "--speed=20") as daemon:
        until(lambda: scalar(db, "select count(*) from store.tick_data") > 1_000)
        stopped_at = scalar(db, "select clock_timestamp()")
        daemon.send_signal(signal.SIGTERM)
        out, errors = daemon.communicate(timeout=30)
        assert daemon.returncode == 0, errors
    received = int(out)
    assert segments(tmp_path) == []
    often = "select min(last_started_at) from ledger.jobs where enabled and every < '1 minute'"
    assert scalar(db, often) > stopped_at, "what runs often runs once more"
    counted = stats(db)
    stored = scalar(db, "select count(*) from store.tick_data")
    assert counted["received"] == received
    assert counted["written"] + counted["late"] == stored == received - counted["duplicates"] - counted["offsession"]
    assert_candles(url, engine)


def test_what_the_database_refuses_ends_the_run_and_keeps_the_journal(
    url: str,
    engine: str,
    db: psycopg.Connection,
    tmp_path: Path,
) -> None:
    ids = stocks(db, 2)
    ticks = session_ticks(ids, 1_000, seed=5)

    def events() -> Iterator[Event]:
        yield Connected(at("09:00"))
        yield from batches(ticks[:500])
        until(lambda: scalar(db, "select count(*) from store.tick_data") == 500)
        db.execute("alter table ledger.journals rename to mislaid")
        yield from batches(ticks[500:])
        yield from iter(lambda: Disconnected(0), None)  # a feed that goes on until it is stopped

    with pytest.raises(psycopg.errors.UndefinedTable):
        run(url, tmp_path, events())
    assert len(segments(tmp_path)) > 0
    assert scalar(db, "select count(*) from store.tick_data") == 500

    db.execute("alter table ledger.mislaid rename to journals")
    run(url, tmp_path, [])
    assert segments(tmp_path) == []
    assert identities(db) == Counter(map(identity, ticks))
    assert_candles(url, engine)


def test_ticks_wait_in_the_journal_while_the_database_is_read_only(
    url: str,
    engine: str,
    db: psycopg.Connection,
    tmp_path: Path,
) -> None:
    ids = stocks(db, 2)
    ticks = session_ticks(ids, 1_000, seed=6)
    name = psycopg.sql.Identifier(db.info.dbname)

    def read_only(value: str) -> None:
        db.execute(psycopg.sql.SQL("alter database {} set default_transaction_read_only = {}").format(name, value))
        db.execute("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'bhav writer'")

    def events() -> Iterator[Event]:
        yield Connected(at("09:00"))
        yield from batches(ticks[:500])
        until(lambda: scalar(db, "select count(*) from store.tick_data") == 500)
        read_only("on")
        yield from batches(ticks[500:])
        until(lambda: len(segments(tmp_path)) > 1)
        db.execute("set default_transaction_read_only = off")
        read_only("off")

    run(url, tmp_path, events())
    assert segments(tmp_path) == []
    assert identities(db) == Counter(map(identity, ticks))
    assert_candles(url, engine)


def test_the_largest_numbers_that_are_let_in_are_stored(
    url: str,
    engine: str,
    db: psycopg.Connection,
    tmp_path: Path,
) -> None:
    (stock,) = stocks(db, 1)
    price = math.nextafter(1e12, 0)
    file = tmp_path / "TEST0.csv"
    rows = [("09:15:01", price, 2**53 - 1, 2**53 - 1), ("09:15:02", 1e12, 1, 1), ("09:15:03", 1e300, 1, 2**63 - 1)]
    file.write_text("time,price,volume,oi\n" + "".join(f"{DAY} {t},{p!r},{v},{o}\n" for t, p, v, o in rows))
    made = Service(url, settings(tmp_path), lambda connection: sources.replay(connection, [file]))
    made.run()
    assert made.intake is not None
    assert made.intake.total.rejected == {"price": 2, "unreadable open_interest, tick kept without it": 1}
    bar = db.execute("select high, volume, open_interest, turnover from candles.candles_1d").fetchone()
    assert bar == (price, 2**53 - 1, 2**53 - 1, pytest.approx(price * (2**53 - 1)))
    assert scalar(db, "select instrument_id from store.tick_data") == stock
    assert_candles(url, engine)


def test_a_stopped_daemon_that_gives_up_leaves_that_segment_and_all_after_it(
    url: str,
    db: psycopg.Connection,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The database may be back a moment later: a later segment must not overtake the one that was left."""
    ids = stocks(db, 2)
    ticks = session_ticks(ids, 1_000, seed=6)
    attempts: defaultdict[int, int] = defaultdict(int)
    store_ = Writer._store

    def flaky(self: Writer, segment: Path, frames: list[journal.Frame]) -> None:
        attempts[journal.number(segment)] += 1
        if journal.number(segment) == 2:
            raise psycopg.OperationalError("away")
        store_(self, segment, frames)

    def events() -> Iterator[Event]:
        yield Connected(at("09:00"))
        yield from batches(ticks)
        made.stop.set()

    monkeypatch.setattr(Writer, "_store", flaky)
    monkeypatch.setattr(service_module, "DRAIN_SECONDS", 0.5)
    made = service(url, tmp_path, Script(events()), tick_buffer_size=100)
    made.run()
    left = [journal.number(segment) for segment in segments(tmp_path)]
    assert len(left) > 3
    assert left == list(range(2, left[-1] + 1))
    assert set(attempts) == {1, 2}

    monkeypatch.setattr(Writer, "_store", store_)
    run(url, tmp_path, [])
    assert identities(db) == Counter(map(identity, ticks[: sum(identities(db).values())]))
    assert scalar(db, "select sum(written) from ledger.ingest_stats") == sum(identities(db).values())
