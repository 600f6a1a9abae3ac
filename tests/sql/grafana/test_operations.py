"""Operations: what the panels say of ingest, jobs and storage equals what was written, counted in another way."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import psycopg
import pytest
from psycopg import sql
from psycopg.types.json import Jsonb

from tests.contract import reference
from tests.contract.contract import Contract, at
from tests.contract.reference import MINUTE, TickRow, micros, moment
from tests.ingestor.daemon import Running, Script, batches, scalar, service, session_ticks, stocks, until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ingestor.model import Event

DAY = "2026-08-04"
NEWEST = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
COUNTS = ("written", "received", "duplicates", "late", "offsession", "dropped")
RANGES = [(timedelta(minutes=10), 15), (timedelta(hours=5), 90), (timedelta(days=2), 864)]
"""Length of a range and the seconds of a step in it."""


@pytest.fixture
def contract(url: str, engine: str) -> Iterator[Contract]:
    made = Contract(url, engine)
    yield made
    made.connection.close()


def stats(when: datetime, **values: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return a row of ledger.ingest_stats."""
    return {
        "at": when, "source": "test", "received": 0, "written": 0, "late": 0, "duplicates": 0, "offsession": 0,
        "volume_falls": 0, "dropped": 0, "rejected": {}, "queue_depth": 0, "journal_segments": 0, "journal_bytes": 0,
        "lag_ms": 1.0, "commit_ms": None,
    } | values  # fmt: skip


def write(db: psycopg.Connection, *rows: dict[str, Any]) -> None:
    statement = sql.SQL("insert into ledger.ingest_stats ({}) values ({})").format(
        sql.SQL(", ").join(map(sql.Identifier, rows[0])),
        sql.SQL(", ").join(map(sql.Placeholder, rows[0])),
    )
    db.cursor().executemany(statement, [row | {"rejected": Jsonb(row["rejected"])} for row in rows])


def report(db: psycopg.Connection, when: datetime, **values: Any) -> None:  # noqa: ANN401
    """Write a row of ledger.ingest_stats."""
    write(db, stats(when, **values))


@pytest.fixture
def reports(db: psycopg.Connection) -> list[dict[str, Any]]:
    """Two days of reports, with a silence of some hours in each."""
    chance = np.random.default_rng(3)
    rows = [
        stats(
            NEWEST - timedelta(seconds=float(second)),
            commit_ms=chance.exponential(20, chance.integers(0, 6)).tolist(),
            rejected={"price": int(chance.integers(0, 3)), "no time": 1} if second < 9_000 else {},
            **{name: int(chance.integers(0, 1000)) for name in COUNTS},
        )
        for second in chance.choice([*range(1, 20_000), *range(90_000, 170_000)], 700, replace=False)
    ]
    write(db, *rows)
    return rows


def steps(reports: list[dict[str, Any]], since: datetime, seconds: int) -> dict[datetime, list[dict[str, Any]]]:
    """Return the reports of a range by step, whole steps only."""
    origin = datetime(2000, 1, 1, tzinfo=UTC)
    width = timedelta(seconds=seconds)
    first = since - (since - origin) % width
    found: dict[datetime, list[dict[str, Any]]] = {}
    while first + width <= NEWEST:
        found[first] = [row for row in reports if first <= row["at"] < first + width]
        first += width
    return found


@pytest.mark.parametrize(("length", "seconds"), RANGES)
def test_rates_are_the_counts_by_second(
    db: psycopg.Connection, reports: list[dict[str, Any]], length: timedelta, seconds: int
) -> None:
    found = db.execute("select * from grafana.ingest_rate(%s, %s)", (NEWEST - length, NEWEST)).fetchall()
    expected = {
        time: tuple(sum(row[name] for row in rows) / seconds for name in COUNTS)
        for time, rows in steps(reports, NEWEST - length, seconds).items()
    }
    assert [row[0] for row in found] == sorted(expected)
    assert {row[0]: pytest.approx(row[1:]) for row in found} == expected
    assert any(values == (0,) * 6 for values in expected.values())


@pytest.mark.parametrize(("length", "seconds"), RANGES)
def test_latencies_are_percentiles_over_segments_and_rejections_are_sums(
    db: psycopg.Connection, reports: list[dict[str, Any]], length: timedelta, seconds: int
) -> None:
    since = NEWEST - length
    width, origin = timedelta(seconds=seconds), datetime(2000, 1, 1, tzinfo=UTC)
    latencies: dict[datetime, list[float]] = {}
    rejected: dict[tuple[datetime, str], int] = {}
    for row in reports:
        if since <= row["at"] < NEWEST:
            time = row["at"] - (row["at"] - origin) % width
            latencies.setdefault(time, []).extend(row["commit_ms"])
            for reason, count in row["rejected"].items():
                rejected[time, reason] = rejected.get((time, reason), 0) + count
    found = db.execute("select * from grafana.latency(%s, %s)", (since, NEWEST)).fetchall()
    expected = {time: np.percentile(values, [50, 95, 99]) for time, values in latencies.items() if values}
    assert [row[0] for row in found] == sorted(expected)
    for time, *values in found:
        assert values == pytest.approx(expected[time])
    found = db.execute("select * from grafana.rejected(%s, %s)", (since, NEWEST)).fetchall()
    assert {(row[0], row[1]): row[2] for row in found} == rejected
    assert [row[:2] for row in found] == sorted(rejected)


@pytest.mark.parametrize("function", ["ingest_rate", "latency", "rejected", "job_failures"])
@pytest.mark.parametrize(
    ("since", "until_"),
    [("2026-11-20", "2026-11-19"), ("2030-01-01", "2030-01-02"), ("2001-01-01", "2001-01-02"), ("2026-11-20",) * 2],
    ids=["reversed", "future", "past", "empty"],
)
def test_a_range_without_reports_has_no_rows(
    db: psycopg.Connection, reports: list[dict[str, Any]], function: str, since: str, until_: str
) -> None:
    assert reports
    query = sql.SQL("select * from grafana.{}(%s::timestamptz, %s::timestamptz)").format(sql.Identifier(function))
    assert db.execute(query, (since, until_)).fetchall() == []


def test_a_feed_is_live_silent_or_closed(contract: Contract) -> None:
    db = contract.connection
    contract.instruments()
    now = datetime.now(UTC)
    midnight = now.astimezone(reference.INDIA).replace(hour=0, minute=0, second=0, microsecond=0)
    today = [now - (now - midnight) * part for part in (0.9, 0.4)]
    for when, received in [(midnight - timedelta(seconds=1), 1), (today[0], 10), (today[1], 100), (now, 1000)]:
        report(db, when, source="new", received=received, journal_segments=received, journal_bytes=received * 9)
    report(db, now - timedelta(seconds=90), source="old", received=5)
    report(db, now - timedelta(days=2), source="gone", received=5)
    contract.ensure([TickRow(0, at(DAY, "10:00"), 1.0)])

    def states() -> dict[str, tuple[Any, ...]]:
        return {row[0]: row[1:] for row in db.execute("select * from grafana.feed_state()")}

    assert {source: row[-1] for source, row in states().items()} == {"new": "closed", "old": "closed"}
    contract.copy([TickRow(0, at(DAY, "10:00"), 1.0)])
    found = states()
    newest, _, *rest = found["new"]
    assert (newest, *rest) == (now, 1110, 1000, 9000, "live")
    assert found["old"][-1] == "silent"
    assert found["old"][1] >= 90
    contract.copy([TickRow(0, at(DAY, "23:59"), 1.0)])
    assert {row[-1] for row in states().values()} == {"closed"}


def test_connections_and_what_they_carry(contract: Contract) -> None:
    db = contract.connection
    ids = sorted(contract.instruments().values())
    assert contract.execute("select * from grafana.subscriptions()") == []
    contract.ensure([TickRow(0, at(DAY, "10:00"), 1.0)])
    contract.copy([TickRow(0, at(DAY, "10:00"), 1.0)])

    def record(what: str, connection: str | None = None, clock: str = "09:00", **more: object) -> None:
        event = {"what": what, "source": "kite", "connection": connection, "at": at(DAY, clock), **more}
        db.execute("select ledger.record_connection(%s)", (Jsonb(event),))

    record("start")
    record("up", "kite-1", instrument_ids=ids[:2])
    record("up", "kite-2", instrument_ids=ids[2:3])
    record("heard", "kite-1", "09:59:30")
    record("down", "kite-2", "09:30", reason="gone")
    record("up", "kite-2", "09:31", instrument_ids=ids[2:3])
    record("down", "kite-2", "09:50", reason="no bytes for 10 s")
    assert contract.execute("select * from grafana.connections()") == [
        ("kite-1", "up", moment(at(DAY, "09:00")), 30, 2, 0, None),
        ("kite-2", "down", moment(at(DAY, "09:50")), 600, 0, 1, "no bytes for 10 s"),
    ]
    assert contract.execute("select * from grafana.subscriptions()") == [(len(ids), 2, len(ids) - 2, None)]
    db.execute("insert into ledger.access_tokens values ('kite', now(), now() + interval '1 hour')")
    (token_seconds,) = contract.execute("select token_seconds from grafana.subscriptions()")[0]
    assert 3_500 < token_seconds <= 3_600

    def history(since: str, until_: str) -> list[tuple[Any, ...]]:
        times = (moment(at(DAY, since)), moment(at(DAY, until_)))
        found = contract.execute("select * from grafana.connection_history(%s, %s)", *times)
        return [(name[-1], up.minute, ended and ended.minute, *rest) for name, up, ended, *rest in found]

    first, second, third = (
        ("2", 31, 50, 19 * 60, 60, 1, "no bytes for 10 s"),
        ("2", 0, 30, 30 * 60, None, 1, "gone"),
        ("1", 0, None, 59 * 60 + 30, None, 2, None),
    )
    assert history("09:00", "10:00") == [first, second, third]
    assert history("09:40", "10:00") == [(*first[:4], None, *first[5:]), third], "what was before is not in the range"
    assert history("09:00", "09:10") == [second, third]
    assert history("10:00", "11:00") == history("10:00", "09:00") == []


def test_jobs_say_what_they_do_and_why_they_failed(db: psycopg.Connection) -> None:
    def state(name: str) -> tuple[Any, ...]:
        query = "select enabled, every, failures, state from grafana.job_status() where name = %s"
        row = db.execute(query, (name,)).fetchone()
        assert row is not None
        return row

    names = [row[0] for row in db.execute("select name from grafana.job_status()")]
    assert names == sorted(row[0] for row in db.execute("select name from ledger.jobs"))
    assert state("prune") == (True, "1 day", 0, "overdue"), "it has never run"
    db.execute("select count(*) from ledger.claim_jobs()")
    assert state("prune")[-1] == "running"
    db.execute("select ledger.finish_job('prune', now() - interval '3 seconds', 'no disk')")
    assert state("prune") == (True, "1 day", 1, "failing")
    (failure,) = db.execute("select * from grafana.job_failures(now() - interval '1 minute', now())").fetchall()
    assert failure[1:] == ("prune", "no disk")
    db.execute("select ledger.finish_job('prune', now() - interval '3 seconds', null)")
    assert state("prune") == (True, "1 day", 0, "ok")
    assert scalar(db, "select round(seconds) from grafana.job_status() where name = 'prune'") == 3
    db.execute("update ledger.jobs set enabled = false where name = 'prune'")
    assert state("prune")[-1] == "disabled"
    assert len(db.execute("select * from grafana.job_failures(now() - interval '1 minute', now())").fetchall()) == 1
    assert db.execute("select * from grafana.job_failures('2026-01-01', '2026-01-02')").fetchall() == []


@pytest.fixture
def filled(contract: Contract) -> Contract:
    """Three days of ticks, each minute's, of which all but the newest minutes are materialized and compressed."""
    ids = contract.instruments()
    ticks = [
        TickRow(instrument_id, at(day, "10:00") + n * MINUTE, 100.0 + n, 1)
        for day in ("2026-08-03", "2026-08-04", "2026-08-05")
        for instrument_id in (ids["NSE:INFY"], ids["NSE:SMALLCO"])
        for n in range(300)
    ]
    contract.ensure([min(ticks, key=lambda t: t.time), max(ticks, key=lambda t: t.time)])
    contract.copy(ticks)
    contract.refresh(at("2026-08-03", "10:00"), at("2026-08-05", "15:00"))
    contract.columnstore()
    contract.execute("analyze")
    return contract


def test_freshness_is_up_to_where_candles_are_stored(filled: Contract) -> None:
    found = {row[0]: row[1:] for row in filled.execute("select * from grafana.aggregate_freshness()")}
    assert list(found) == list(reference.STORED)
    newest = at("2026-08-05", "10:00") + 299 * MINUTE
    for timeframe, (fresh_until, behind) in found.items():
        assert behind == 0
        if filled.engine == "postgres":
            assert micros(fresh_until) == newest
        else:
            bars = {b for _, b in filled.relation(f"store.live_{timeframe}")}
            assert micros(fresh_until) == max(
                reference.bucket_end(b, timeframe) for b in bars if reference.bucket_end(b, timeframe) <= newest
            )
    filled.stage([TickRow(0, newest + 10 * MINUTE, 1.0)])
    behind = dict(filled.execute("select timeframe, behind_seconds from grafana.aggregate_freshness()"))
    later = {"1m": 600.0, "5m": 600.0} if filled.engine == "timescale" else {}
    assert {timeframe: seconds for timeframe, seconds in behind.items() if timeframe in ("1m", "5m", "1d")} == {
        "1m": 0.0,
        "5m": 0.0,
        "1d": 0.0,
    } | later


def test_a_range_without_an_end_has_no_steps(filled: Contract) -> None:
    for function in ("ingest_rate", "latency", "rejected", "backfill_progress"):
        query = sql.SQL("select * from grafana.{}('epoch', 'infinity')").format(sql.Identifier(function))
        filled.connection.execute(query)
    assert filled.scalar("select grafana.step('epoch', 'infinity')") is None


def test_sizes_add_up_to_what_the_server_says(filled: Contract) -> None:
    found = {row[0]: row[1:] for row in filled.execute("select * from grafana.table_sizes()")}
    relations = {f"{kind}_{timeframe}" for kind in ("live", "history") for timeframe in reference.STORED}
    assert found.keys() == relations | {"tick_data", "offsession_ticks", "replaced_ticks"}
    assert [row[1] for row in found.values()] == sorted((row[1] for row in found.values()), reverse=True)
    assert found["tick_data"][0] == 1800
    if filled.engine == "postgres":
        partitions = "select sum(pg_total_relation_size(inhrelid)) from pg_inherits where inhparent = %s::regclass"
        for relation in ("tick_data", "live_1m", "live_1d", "history_1h"):
            stored = relation.replace("live", "merged")
            assert found[relation][1] == filled.scalar(partitions, f"store.{stored}")
        assert {row[2:] for row in found.values()} == {(None, None)}
        assert found["live_1m"][0] == 1800
        assert found["live_1d"][0] == 6
    else:
        assert found["tick_data"][1] == filled.scalar("select public.hypertable_size('store.tick_data')")
        compressed, ratio = found["tick_data"][2:]
        raw, after = filled.execute(
            "select sum(before_compression_total_bytes), sum(after_compression_total_bytes)"
            " from public.chunk_columnstore_stats('store.tick_data')",
        )[0]
        assert compressed == after
        assert ratio == pytest.approx(float(raw / after))
        assert found["history_1m"][2:] == (None, None)


def test_retention_tells_the_oldest_that_is_there(filled: Contract) -> None:
    kept = {row[0]: row[1:] for row in filled.execute("select * from grafana.retention()")}
    assert list(kept) == ["tick_data", *reference.STORED]
    assert kept["tick_data"] == ("7 days", moment(at("2026-08-03", "10:00")), None)
    for timeframe in reference.STORED:
        oldest = min(bucket for _, bucket in filled.relation(f"store.live_{timeframe}"))
        midnight = 75 * 60_000_000 if timeframe == "1d" else 0  # a chart shows days at 00:00 IST
        assert kept[timeframe][1:] == (moment(oldest - midnight), None)
    later = TickRow(0, at("2026-08-13", "12:00"), 1.0)
    filled.ensure([later])
    filled.stage([later])
    filled.execute("call store.retain()")
    (_, oldest, horizon) = next(row[1:] for row in filled.execute("select * from grafana.retention()"))
    assert micros(oldest) == min(tick.time for tick in filled.ticks())
    assert micros(horizon) == filled.horizon()
    assert at("2026-08-03", "10:00") < micros(horizon) <= micros(oldest)


def test_retention_before_anything_is_materialized(create_database: Callable[[str], str]) -> None:
    with psycopg.connect(create_database("wall"), autocommit=True) as db:
        db.execute("call store.ensure(now(), now())")
        db.execute(
            "insert into store.tick_data (instrument_id, time, ltp, volume, source) values (%s, now(), 1, 1, 'x')",
            stocks(db, 1),
        )
        assert all(row[2] is not None for row in db.execute("select * from grafana.retention()"))


def test_an_empty_database_has_no_oldest_and_nothing_to_be_behind(db: psycopg.Connection) -> None:
    assert db.execute("select * from grafana.aggregate_freshness()").fetchall() == []
    assert {row[2:] for row in db.execute("select * from grafana.retention()")} == {(None, None)}
    assert {row[1] for row in db.execute("select * from grafana.table_sizes()")} == {None}
    assert db.execute("select * from grafana.feed_state()").fetchall() == []


def test_the_daemon_measures_from_receipt_to_commit(url: str, db: psycopg.Connection, tmp_path: Path) -> None:
    """While the database does not take a segment its ticks grow older, by as much as it was held up."""
    ids = stocks(db, 2)
    first, second = session_ticks(ids, 100, seed=5)[:50], session_ticks(ids, 100, seed=5)[50:]
    blocked, go_on = threading.Event(), threading.Event()

    def events() -> Iterator[Event]:
        blocked.wait()
        yield from batches(first, 50)
        go_on.wait()
        yield from batches(second, 50)

    running = Running(service(url, tmp_path, Script(events())))
    until(lambda: running.service.intake)
    with psycopg.connect(url) as blocker:
        blocker.execute("lock table store.tick_data in access exclusive mode")
        blocked.set()
        until(lambda: list(tmp_path.glob("journal/*/*.segment")))
        held_from = datetime.now(UTC)
        until(lambda: datetime.now(UTC) - held_from > timedelta(seconds=0.3))
        held = datetime.now(UTC) - held_from
    until(lambda: running.service.intake and running.service.intake._commit_ms)
    go_on.set()
    running.join()
    measured = [ms for (row,) in db.execute("select commit_ms from ledger.ingest_stats") for ms in row]
    assert measured
    assert max(measured) >= held / timedelta(milliseconds=1)
    assert all(ms > 0 for ms in measured)
