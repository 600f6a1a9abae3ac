"""Segments and their storage: each once, whole, whatever was there before."""

from __future__ import annotations

import json
import shutil
import threading
from collections import Counter, defaultdict
from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from ingestor import journal
from ingestor.copyrows import Encoder, Row
from ingestor.counts import Counts
from ingestor.journal import Frame, Journal
from ingestor.writer import Writer
from tests.ingestor.daemon import (
    INDIA,
    MINUTE,
    SECOND,
    Script,
    assert_candles,
    at,
    identities,
    scalar,
    service,
    stocks,
    until,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    import psycopg

    from tests.ingestor.daemon import Identity


def rows(ids: list[int], day: str, count: int = 5) -> list[Row]:
    start = at("10:00", day)
    return [
        Row(i, start + n * SECOND, 100.0 + n, 1, 0, n + 1, None, None, None, None, None, start)
        for i in ids
        for n in range(count)
    ]


def frame(kind: bytes, held: list[Row]) -> Frame:
    times = [row.time for row in held]
    return Frame(kind, b"".join(map(Encoder("test").encode, held)), min(times), max(times))


def report(**more: object) -> Frame:
    """Five seconds in which nothing happened."""
    nothing = {"at": "2026-08-03T10:00:00Z", "source": "test", "queue_depth": 0, "journal_segments": 0}
    stats = Counts().as_dict() | nothing | {"journal_bytes": 0} | more
    return Frame(journal.STATS, json.dumps(stats).encode())


class Store:
    """A journal and a writer without a daemon around them."""

    def __init__(self, url: str, folder: Path) -> None:
        service_ = service(url, folder, Script([]))
        self.give_up = service_.stop
        self.writer = Writer(url)
        assert self.writer.wait_for_lock(self.give_up)
        self.journal = Journal(folder)
        self.writer.journal_id = self.journal.id

    def seal(self, *frames: Frame) -> Path:
        for each in frames:
            self.journal.append(each)
        segment = self.journal.seal()
        assert segment is not None
        return segment

    def commit(self, *frames: Frame) -> None:
        segment = self.seal(*frames)
        assert self.writer.commit(segment, self.give_up)
        assert not segment.exists()

    def commit_twice(self, *frames: Frame) -> Iterator[None]:
        """Yield after each: it was not deleted the first time."""
        segment = self.seal(*frames)
        kept = segment.with_suffix(".kept")
        shutil.copy(segment, kept)
        for _ in range(2):
            assert self.writer.commit(segment, self.give_up)
            assert not segment.exists()
            yield
            shutil.copy(kept, segment)


@pytest.fixture
def store(url: str, tmp_path: Path) -> Iterator[Store]:
    made = Store(url, tmp_path)
    yield made
    made.writer.close()
    made.journal.close()


def test_of_a_damaged_segment_the_whole_frames_are_stored_and_the_file_is_kept(
    store: Store, db: psycopg.Connection
) -> None:
    ids = stocks(db, 3)
    segment = store.seal(*(frame(journal.TICKS, rows([id_], "2026-08-03")) for id_ in ids))
    whole = segment.read_bytes()
    segment.write_bytes(whole[: len(whole) // 2] + b"?" + whole[len(whole) // 2 + 1 :])
    with capture_logs() as logs:
        assert store.writer.commit(segment, store.give_up)
    assert db.execute("select distinct instrument_id from store.tick_data order by 1").fetchall() == [
        (ids[0],),
        (ids[2],),
    ]
    assert not segment.exists()
    assert segment.with_suffix(".damaged").stat().st_size == len(whole)
    assert [entry["bytes_lost"] for entry in logs if entry["log_level"] == "error"] == [len(whole) // 3]


def test_a_segment_that_was_committed_but_not_deleted_is_stored_once(
    store: Store,
    url: str,
    engine: str,
    db: psycopg.Connection,
) -> None:
    held = rows(stocks(db, 2), "2026-08-03")
    late = [held[0]._replace(ltp=55.0)]
    outside = [held[0]._replace(time=at("08:00"))]
    frames = frame(journal.TICKS, held), frame(journal.LATE, late), frame(journal.OFFSESSION, outside)
    for _ in store.commit_twice(*frames, report()):
        assert scalar(db, "select count(*) from store.tick_data") == len(held) + 1
        assert scalar(db, "select count(*) from store.offsession_ticks") == 1
        assert scalar(db, "select count(*) from ledger.ingest_stats") == 1
    assert_candles(url, engine)


def test_ticks_that_are_there_already_stay_as_they_are(
    store: Store, url: str, engine: str, db: psycopg.Connection
) -> None:
    """As when the database lost its note of the journal; the new day in the segment needs a partition too."""
    ids = stocks(db, 2)
    held, late = rows(ids, "2026-08-03"), [rows(ids, "2026-08-03")[0]._replace(ltp=55.0)]
    store.commit(frame(journal.TICKS, held), frame(journal.LATE, late))
    db.execute("delete from ledger.journals")
    new_day = rows(ids, "2026-08-11")
    store.commit(frame(journal.TICKS, [*held, *new_day]), frame(journal.LATE, late))
    assert scalar(db, "select count(*) from store.tick_data") == len(held) + len(late) + len(new_day)
    assert_candles(url, engine)


def test_days_without_a_partition_get_one(store: Store, url: str, engine: str, db: psycopg.Connection) -> None:
    ids = stocks(db, 1)
    held = [rows(ids, day) for day in ("2019-06-03", "2026-08-03", "2026-08-11")]
    late = rows(ids, "2015-06-01", 1)
    store.commit(*(frame(journal.TICKS, part) for part in held), frame(journal.LATE, late))
    assert scalar(db, "select count(*) from store.tick_data") == sum(map(len, held)) + len(late)
    assert_candles(url, engine)


@pytest.mark.parametrize("rest", ["2026-08-03", "2026-08-20"])
def test_ticks_before_the_horizon_are_left_out_and_the_rest_is_stored(
    store: Store,
    url: str,
    engine: str,
    db: psycopg.Connection,
    rest: str,
) -> None:
    """Dropped between their journalling and their commit. The rest may need a partition."""
    ids = stocks(db, 2)
    store.commit(frame(journal.TICKS, rows(ids, "2026-08-03", 2)))
    db.execute("update meta.horizon set horizon = '2026-08-01 01:15+05:30' where relation = 'tick_data'")
    old, new = rows(ids, "2026-07-30"), [row._replace(time=row.time + MINUTE) for row in rows(ids, rest)]
    old_late, new_late = [old[0]._replace(ltp=55.0)], [new[0]._replace(ltp=56.0)]
    store.commit(frame(journal.TICKS, [*old, *new]), frame(journal.LATE, [*old_late, *new_late]))
    stored = db.execute("select time from store.tick_data").fetchall()
    assert len(stored) == 4 + len(new) + len(new_late)
    assert scalar(db, "select count(*) from store.tick_data where time < '2026-08-01'") == 0
    store.commit(frame(journal.LATE, [*new_late, *new[:3]]), frame(journal.TICKS, new[3:]))
    assert db.execute("select instrument_id, duplicates, rejected from ledger.tick_counts order by 1").fetchall() == [
        (ids[0], 6, {"before the horizon": 6}),
        (ids[1], 5, {"before the horizon": 5}),
    ]
    assert_candles(url, engine)


# Minutes that a broker's candle has replaced.


def answered(db: psycopg.Connection, instrument_id: int, since: str, until: str) -> None:
    """A broker's candles of this range of the day stand."""
    db.execute(
        """
        insert into ledger.coverage (instrument_id, timeframe, covered)
        values (%s, '1m', tstzmultirange(tstzrange(%s, %s)))
        """,
        (instrument_id, f"2026-08-03 {since}+05:30", f"2026-08-03 {until}+05:30"),
    )


def counted(held: Iterable[Row]) -> Counter[Identity]:
    return Counter((row.instrument_id, row.time // SECOND, row.ltp, *row[5:11]) for row in held)


def test_live_ticks_of_minutes_that_a_broker_answered_are_kept_apart_each_once(
    store: Store, url: str, engine: str, db: psycopg.Connection
) -> None:
    ids = stocks(db, 2)
    held = rows(ids, "2026-08-03", 200)
    late = [row._replace(ltp=55.0) for row in held if row.time % MINUTE == 30 * SECOND]
    answered(db, ids[0], "10:01", "10:02")
    answered(db, ids[1], "09:15", "10:00")
    inside = [row for row in [*held, *late] if row.instrument_id == ids[0] and at("10:01") <= row.time < at("10:02")]
    assert len(inside) == 61
    for _ in store.commit_twice(frame(journal.TICKS, held), frame(journal.LATE, late)):
        assert identities(db, "store.replaced_ticks") == counted(inside)
        assert identities(db) == counted([*held, *late]) - counted(inside)
    assert_candles(url, engine)


def test_ticks_after_the_newest_answer_are_stored_without_a_detour(store: Store, db: psycopg.Connection) -> None:
    ids = stocks(db, 2)
    answered(db, ids[0], "09:15", "10:00")
    store.commit(frame(journal.TICKS, rows(ids, "2026-08-03")))
    connection = store.writer._connection
    assert connection
    assert scalar(connection, "select to_regclass('pg_temp.staged_ticks')") is None
    store.commit(frame(journal.TICKS, [rows(ids, "2026-08-03")[0]._replace(time=at("09:59:59"))]))
    assert scalar(connection, "select to_regclass('pg_temp.staged_ticks')") is not None
    assert scalar(db, "select count(*) from store.replaced_ticks") == 1


def test_a_commit_waits_for_a_repair_and_sees_what_it_answered(store: Store, db: psycopg.Connection) -> None:
    ids = stocks(db, 1)
    held = rows(ids, "2026-08-03")
    other = [held[0]._replace(time=at("11:00"))]
    store.commit(frame(journal.TICKS, other))  # a day without a partition would be tried twice
    db.execute("begin")
    db.execute("select pg_advisory_xact_lock(hashtext('bhav.repair'))")
    answered(db, ids[0], "10:00", "10:01")
    committing = threading.Thread(target=store.commit, args=[frame(journal.TICKS, held)])
    committing.start()
    until(lambda: scalar(db, "select count(*) from pg_locks where locktype = 'advisory' and not granted"))
    db.execute("commit")
    committing.join()
    assert identities(db, "store.replaced_ticks") == counted(held)
    assert identities(db) == counted(other)


# What happened to ticks that are no rows.


def test_counts_of_instruments_add_up_by_day_each_report_once(store: Store, db: psycopg.Connection) -> None:
    first, second = stocks(db, 2)
    reports: list[dict[int, dict[str, int | dict[str, int]]]] = [
        {first: {"late": 1, "duplicates": 2, "rejected": {"price": 3, "volume": 1}}, 999_999: {"duplicates": 1}},
        {first: {"duplicates": 5, "offsession": 1}, second: {"volume_falls": 4}},
        {2**40: {"rejected": {"unknown instrument": 1}}},
        {first: {"rejected": {"price": 10, "no time": 2}}, second: {"volume_falls": 1, "rejected": {"price": 1}}},
        {},
    ]
    before = datetime.now(INDIA).date()
    for _ in store.commit_twice(*(report(instruments=each) for each in reports[:2]), report()):
        pass
    for each in reports[2:]:
        store.commit(report(instruments=each))
    names = ("late", "duplicates", "volume_falls", "offsession")
    sums: defaultdict[int, Counter[str]] = defaultdict(Counter)
    rejected: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for each in reports:
        for instrument_id, of_instrument in each.items():
            for name, value in of_instrument.items():
                if isinstance(value, int):
                    sums[instrument_id][name] += value
                else:
                    rejected[instrument_id].update(value)
    found = db.execute(
        "select instrument_id, late, duplicates, volume_falls, offsession, rejected from ledger.tick_counts order by 1"
    ).fetchall()
    assert found == [(key, *(sums[key][name] for name in names), dict(rejected[key])) for key in (first, second)]
    days = db.execute("select distinct session_date from ledger.tick_counts").fetchall()
    assert {day for (day,) in days} <= {before, datetime.now(INDIA).date()}
