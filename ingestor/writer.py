"""Commits journal segments to the database, each exactly once, on the one connection that holds the writer's lock."""

from __future__ import annotations

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

DAY = 86_400_000_000
AWAY = (
    psycopg.OperationalError,
    errors.ReadOnlySqlTransaction,  # another server is the primary now, or the disk is full on a managed one
    errors.IdleInTransactionSessionTimeout,
    errors.TransactionTimeout,
)
"""What passes: the same rows will be taken later, perhaps on another connection."""
LOCK_PATIENCE = 30
"""Seconds to win the lock back after a lost connection: the server may take a while to notice that it is gone."""


class Writer:
    """The one writer of a database."""

    def __init__(self, url: str) -> None:
        self.journal_id: UUID | None = None
        """The journal whose segments are committed."""
        self._url = url
        self._connection: psycopg.Connection | None = None

    def wait_for_lock(self, stop: threading.Event) -> bool:
        """Wait as a standby until this is the writer. Return False when stopped meanwhile."""
        told = ""
        while not stop.is_set():
            try:
                if self._try_lock():
                    return True
                reason = "another writer is active, standing by"
            except psycopg.OperationalError as error:
                reason = f"waiting for the database: {str(error).strip()}"
            if reason != told:
                log.warning(reason)
                told = reason
            stop.wait(1)
        return False

    def _try_lock(self) -> bool:
        if self._connection is None or self._connection.closed:
            self._connection = db.connect(self._url, "writer")
            self._connection.execute("set synchronous_commit = on")  # a segment is deleted once it is durable
        return bool(db.call(self._connection, "try_writer_lock")[0][0])

    def committed_segment(self) -> int:
        """Return the number of the last segment of this journal that the database has."""
        return int(str(db.call(self._live(), "committed_segment", {"journal": self.journal_id})[0][0]))

    def database_id(self) -> str:
        return str(db.call(self._live(), "database_id")[0][0])

    def commit(self, segment: Path, give_up: threading.Event) -> bool:
        """Store a segment durably, trying again for as long as the database is away, then delete it.

        One that holds more than whole frames is kept aside instead, its name ending in `.damaged`.
        Returns False, leaving the segment, when `give_up` is set while the database is away: no later segment may be
        committed then, for the last number that the database has stands for all before it. Raises BhavError when
        another writer has taken over, psycopg.Error when the database refuses the rows.
        """
        frames, lost = journal.read(segment)
        outage = 0.0
        while True:
            try:
                self._store(segment, frames)
                break
            except AWAY as error:
                if self._connection and not self._connection.closed and not isinstance(error, errors.AdminShutdown):
                    self._connection.close()
                if not outage:
                    log.warning("database away, ticks wait in the journal", error=str(error).strip())
                outage = min(outage * 2 or 0.1, 5.0)
                if give_up.wait(outage):
                    return False
        if outage:
            log.info("database back")
        if lost:
            kept = segment.rename(segment.with_suffix(".damaged"))
            log.error("a journal segment is damaged, its whole frames are stored", bytes_lost=lost, kept=str(kept))
        else:
            segment.unlink()
        return True

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

    def _store(self, segment: Path, frames: list[journal.Frame]) -> None:
        connection = self._live()
        staged = ensured = False
        while True:
            try:
                self._insert(connection, segment, frames, staged=staged)
            except errors.UniqueViolation:
                if staged:
                    raise
                staged = True
            except errors.CheckViolation:  # no partition for these times
                if ensured:
                    raise
                self._ensure(connection, frames)
                ensured = True
            else:
                return

    def _ensure(self, connection: psycopg.Connection, frames: list[journal.Frame]) -> None:
        """Create the partitions that the ticks need, as far back as the horizon, and none for what lies between."""
        oldest = horizon(connection)
        latest: dict[int, int] = {}
        for frame in stored(frames):
            day = frame.since // DAY * DAY
            latest[day] = max(latest.get(day, day), frame.until)
        with connection.transaction():
            db.call(connection, "become_owner")
            for day, until in latest.items():
                if until >= oldest:
                    db.call(connection, "ensure", {"since": moment(max(day, oldest)), "until": moment(until)})

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
            by_kind = {kind: [frame.payload for frame in frames if frame.kind == kind] for kind in journal.KINDS}
            db.call(connection, "hold_repairs")
            settled_until = int(str(db.call(connection, "settled_until")[0][0]))
            staged = staged or any(frame.since < settled_until for frame in stored(frames))
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
                db.call(connection, "record_counts", {"stats": stats.decode()})
            for event in by_kind[journal.CONNECTION]:
                db.call(connection, "record_connection", {"event": event.decode()})
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


def stored(frames: list[journal.Frame]) -> list[journal.Frame]:
    """Return the frames whose ticks go to store.tick_data."""
    return [frame for frame in frames if frame.kind in (journal.TICKS, journal.LATE)]


def horizon(connection: psycopg.Connection) -> int:
    """Return the time before which ticks are no longer stored, in microseconds since the Unix epoch."""
    return int(str(db.call(connection, "horizon")[0][0]))


def moment(time: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=time)
