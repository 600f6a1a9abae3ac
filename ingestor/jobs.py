"""Runs the jobs of `ledger.jobs`: each as a top-level statement on a connection of its own, with its own time-out."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, LiteralString, cast

import psycopg
import structlog
from psycopg_pool import ConnectionPool, PoolTimeout

from ingestor import db

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

log = structlog.get_logger()

WORKERS = 3
POLL_SECONDS = 0.5


def _reset(connection: psycopg.Connection) -> None:
    """Leave nothing of a job behind: role, time-out, advisory locks."""
    connection.execute("discard all")


class JobRunner:
    """Polls for due jobs until stopped. Several runners may share a database: a job is claimed by one."""

    def __init__(self, url: str, stop: threading.Event, after: Callable[[str], None] = lambda _: None) -> None:
        """Call `after` with the name of every job that succeeded."""
        self._stop = stop
        self._after = after
        self._pool = ConnectionPool(
            url,
            kwargs={"autocommit": True, "application_name": "bhav jobs", "prepare_threshold": None, **db.KEEPALIVE},
            min_size=1,
            max_size=WORKERS + 1,
            open=False,
            reset=_reset,
        )

    def run(self) -> None:
        with self._pool, ThreadPoolExecutor(WORKERS, thread_name_prefix="job") as workers:
            while not self._stop.wait(POLL_SECONDS):
                try:
                    with self._pool.connection() as connection:
                        claimed = db.call(connection, "claim_jobs")
                except (psycopg.Error, PoolTimeout) as error:
                    log.warning("jobs wait for the database", error=str(error).strip())
                    continue
                for name, command, timeout in claimed:
                    workers.submit(
                        self._run_one,
                        str(name),
                        cast("LiteralString", command),
                        cast("timedelta", timeout),
                    )

    def _run_one(self, name: str, command: LiteralString, timeout: timedelta) -> None:
        """Run a claimed job and report how it ended."""
        started_at = datetime.now(UTC)
        failure = None
        try:
            with self._pool.connection() as connection:
                connection.execute("set role bhav_owner")
                milliseconds = str(int(timeout.total_seconds() * 1000))
                connection.execute("select set_config('statement_timeout', %s, false)", (milliseconds,))
                connection.execute(command)
        except (psycopg.Error, PoolTimeout) as error:
            failure = str(error).strip()
            log.warning("job failed", job=name, error=failure)
        try:
            with self._pool.connection() as connection:
                db.call(connection, "finish_job", {"name": name, "started_at": started_at, "error": failure})
        except (psycopg.Error, PoolTimeout) as error:
            log.warning("job not reported", job=name, error=str(error).strip())
        if failure is None:
            self._after(name)
