"""Commits journal segments to the database, each exactly once, on the one connection that holds the writer's lock."""

from __future__ import annotations

import contextlib
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import psycopg
import structlog
from psycopg import errors

from ingestor import db, journal
from ingestor.copyrows import COLUMNS, HEADER, TRAILER
from ingestor.errors import BhavError

if TYPE_CHECKING:
    import threading
    from pathlib import Path
    from uuid import UUID

log = structlog.get_logger()

LOCK_PATIENCE = 30
"""Seconds to win the lock back after a lost connection: the server may take a while to notice that it is gone."""
BEFORE_HORIZON = "BH003"


class Writer:
    """The one writer of a database."""

    def __init__(self, url: str) -> None:
        self.journal_id: UUID | None = None
        """The journal whose segments are committed."""
        self._url = url
        self._connection: psycopg.Connection | None = None

    def wait_for_lock(self, stop: threading.Event) -> bool:
        """Wait as a standby until this is the writer. Return False when stopped meanwhile."""
        told = False
        while not stop.is_set():
            with contextlib.suppress(psycopg.OperationalError):
                if self._try_lock():
                    return True
                if not told:
                    log.info("another writer is active, standing by")
                    told = True
            stop.wait(1)
        return False

    def _try_lock(self) -> bool:
        if self._connection is None or self._connection.closed:
            self._connection = db.connect(self._url, "writer")
        return bool(db.call(self._connection, "try_writer_lock")[0][0])

    def committed_segment(self) -> int:
        """Return the number of the last segment of this journal that the database has."""
        return int(str(db.call(self._live(), "committed_segment", {"journal": self.journal_id})[0][0]))

    def database_id(self) -> str:
        return str(db.call(self._live(), "database_id")[0][0])

    def commit(self, segment: Path, give_up: threading.Event) -> None:
        """Store a segment durably, trying again for as long as the database is away, then delete it.

        Returns early, leaving the segment, when `give_up` is set while the database is away. Raises BhavError when
        another writer has taken over, psycopg.Error when the database refuses the rows.
        """
        outage = 0.0
        while True:
            try:
                self._store(segment)
                break
            except psycopg.OperationalError as error:
                if self._connection and not self._connection.closed and not isinstance(error, errors.AdminShutdown):
                    self._connection.close()
                if not outage:
                    log.warning("database away, ticks wait in the journal", error=str(error).strip())
                outage = min(outage * 2 or 0.1, 5.0)
                if give_up.wait(outage):
                    return
        if outage:
            log.info("database back")
        segment.unlink()

    def _live(self) -> psycopg.Connection:
        """Return the connection, opened and locked anew if it was lost."""
        if self._connection is None or self._connection.closed:
            for _ in range(LOCK_PATIENCE):
                if self._try_lock():
                    break
                time.sleep(1)
            else:
                raise BhavError("another writer has taken over this database", "its ticks wait in the journal: restart")
        assert self._connection is not None  # noqa: S101
        return self._connection

    def _store(self, segment: Path) -> None:
        connection = self._live()
        frames = list(journal.read(segment))
        try:
            self._insert(connection, segment, frames, staged=False)
        except errors.CheckViolation:  # no partition for these times
            try:
                since, until = time_range(frames)
                with connection.transaction():
                    db.call(connection, "become_owner")
                    db.call(connection, "ensure", {"since": since, "until": until})
            except psycopg.Error as error:
                if error.sqlstate != BEFORE_HORIZON:
                    raise
                self._insert(connection, segment, frames, staged=True)
            else:
                self._store(segment)
        except errors.UniqueViolation:
            self._insert(connection, segment, frames, staged=True)

    def _insert(
        self,
        connection: psycopg.Connection,
        segment: Path,
        frames: list[journal.Frame],
        *,
        staged: bool,
    ) -> None:
        with connection.transaction():
            if journal.number(segment) <= self.committed_segment():
                return
            by_kind = {
                kind: [frame.payload for frame in frames if frame.kind == kind]
                for kind in (journal.TICKS, journal.LATE, journal.OFFSESSION, journal.STATS)
            }
            if staged or by_kind[journal.LATE]:
                db.call(connection, "stage")
            if staged:
                copy(connection, "pg_temp.staged_ticks", by_kind[journal.TICKS])
                db.call(connection, "insert_staged")
            else:
                copy(connection, "store.tick_data", by_kind[journal.TICKS])
            if by_kind[journal.LATE]:
                copy(connection, "pg_temp.staged_ticks", by_kind[journal.LATE])
                db.call(connection, "insert_late")
            copy(connection, "store.offsession_ticks", by_kind[journal.OFFSESSION])
            for stats in by_kind[journal.STATS]:
                db.call(connection, "insert_stats", {"stats": stats.decode()})
            number = journal.number(segment)
            db.call(connection, "record_segment", {"journal": self.journal_id, "segment": number})

    def close(self) -> None:
        if self._connection:
            self._connection.close()


def copy(connection: psycopg.Connection, table: str, payloads: list[bytes]) -> None:
    """COPY encoded rows into a table with the columns of store.tick_data."""
    if not payloads:
        return
    with (
        connection.cursor() as cursor,
        cursor.copy(f"copy {table} ({COLUMNS}) from stdin (format binary)".encode()) as stream,
    ):
        stream.write(HEADER + b"".join(payloads) + TRAILER)


def time_range(frames: list[journal.Frame]) -> tuple[datetime, datetime]:
    """Return the earliest and the latest time of the ticks for store.tick_data."""
    stored = [frame for frame in frames if frame.kind in (journal.TICKS, journal.LATE)]
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return (
        epoch + timedelta(microseconds=min(frame.since for frame in stored)),
        epoch + timedelta(microseconds=max(frame.until for frame in stored)),
    )
