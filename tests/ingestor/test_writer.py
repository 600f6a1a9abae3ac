"""Segments and their storage: each once, whole, whatever was there before."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from ingestor import journal
from ingestor.copyrows import Encoder, Row
from ingestor.journal import Frame, Journal
from ingestor.writer import Writer
from tests.ingestor.daemon import (
    MINUTE,
    SECOND,
    Script,
    assert_candles,
    at,
    scalar,
    service,
    stocks,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import psycopg


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


@pytest.fixture
def store(url: str, tmp_path: Path) -> Iterator[Store]:
    made = Store(url, tmp_path)
    yield made
    made.writer.close()
    made.journal.close()


def test_a_segment_that_was_committed_but_not_deleted_is_stored_once(
    store: Store,
    url: str,
    engine: str,
    db: psycopg.Connection,
) -> None:
    held = rows(stocks(db, 2), "2026-08-03")
    late = [held[0]._replace(ltp=55.0)]
    outside = [held[0]._replace(time=at("08:00"))]
    counts = (
        b'{"at": "2026-08-03T10:00:00Z", "source": "test", "received": 1, "written": 1, "late": 0, "duplicates": 0,'
    )
    counts += (
        b'"offsession": 0, "volume_falls": 0, "dropped": 0, "rejected": {}, "queue_depth": 0, "journal_segments": 0,'
    )
    counts += b'"journal_bytes": 0}'
    frames = frame(journal.TICKS, held), frame(journal.LATE, late), frame(journal.OFFSESSION, outside)
    segment = store.seal(*frames, Frame(journal.STATS, counts))
    kept = segment.with_suffix(".kept")
    shutil.copy(segment, kept)
    for _ in range(2):
        assert store.writer.commit(segment, store.give_up)
        assert not segment.exists()
        assert scalar(db, "select count(*) from store.tick_data") == len(held) + 1
        assert scalar(db, "select count(*) from store.offsession_ticks") == 1
        assert scalar(db, "select count(*) from ledger.ingest_stats") == 1
        shutil.copy(kept, segment)
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
    assert_candles(url, engine)
