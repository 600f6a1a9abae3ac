"""Runs the jobs of `ledger.jobs`: each as a top-level statement on a connection of its own, with its own time-out."""

from __future__ import annotations

import contextlib
import threading
import time
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, LiteralString, cast

import psycopg
import structlog
from psycopg import errors
from psycopg_pool import ConnectionPool

from ingestor import db

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

log = structlog.get_logger()

WORKERS = 3
POLL_SECONDS = 0.5
POOL_PATIENCE = 5.0
"""Seconds that a job waits for a connection."""
GRACE_SECONDS = 5.0
"""What a running job gets to end by itself when the runner is stopped."""


def _reset(connection: psycopg.Connection) -> None:
    """Leave nothing of a job behind: role, time-out, advisory locks."""
    connection.execute("discard all")


class JobRunner:
    """Polls for due jobs until stopped. Several runners may share a database: a job is claimed by one."""

    def __init__(self, url: str, stop: threading.Event, after: Callable[[str], None] = lambda _: None) -> None:
        """Call `after` with the name of every job that succeeded."""
        self.settle_seconds = 0.0
        """Set it before the end: for so long what runs every few seconds is run a last time, so that the candles hold
        every tick."""
        self._stop = stop
        self._running: set[psycopg.Connection] = set()
        self._after = after
        self._pool = ConnectionPool(
            url,
            kwargs={"autocommit": True, "application_name": "bhav jobs", "prepare_threshold": None, **db.KEEPALIVE},
            min_size=1,
            max_size=WORKERS + 1,
            timeout=POOL_PATIENCE,
            reconnect_timeout=POOL_PATIENCE,  # beyond it the pool waits ever longer between its tries, for minutes
            open=False,
            reset=_reset,
        )

    def run(self) -> None:
        """Run jobs until stopped; those that then take too long are cancelled, those that wait never start."""
        workers = ThreadPoolExecutor(WORKERS, thread_name_prefix="job")
        unfinished: set[Future[None]] = set()
        with self._pool:
            try:
                while not self._stop.wait(POLL_SECONDS):
                    done, unfinished = wait(unfinished, 0)
                    for future in done:
                        future.result()
                    unfinished |= {workers.submit(self._run_one, *job) for job in self._ask("claim_jobs")}
            finally:
                workers.shutdown(wait=False, cancel_futures=True)
            unfinished = {future for future in unfinished if not future.cancelled()}
            patience = GRACE_SECONDS
            while wait(unfinished, patience).not_done:
                self._cancel()
                patience = POLL_SECONDS
            give_up = time.monotonic() + self.settle_seconds
            for job in self._ask("frequent_jobs") if self.settle_seconds else []:
                if (left := give_up - time.monotonic()) > 0:
                    canceller = threading.Timer(min(left, threading.TIMEOUT_MAX), self._cancel)
                    canceller.start()
                    self._run_one(*job)
                    canceller.cancel()

    def _ask(self, query: str) -> list[tuple[str, LiteralString, timedelta]]:
        """Return (name, command, time-out) of jobs; none while the database is away."""
        try:
            with self._pool.connection() as connection:
                return cast("list[tuple[str, LiteralString, timedelta]]", db.call(connection, query))
        except psycopg.Error as error:
            log.warning("jobs wait for the database", error=str(error).strip())
            return []

    def _cancel(self) -> None:
        for connection in self._running.copy():
            with contextlib.suppress(psycopg.Error):
                connection.cancel_safe()

    def _run_one(self, name: str, command: LiteralString, timeout: timedelta) -> None:
        """Run a claimed job and report how it ended."""
        started_at = datetime.now(UTC)
        failure = None
        try:
            with self._pool.connection() as connection:
                connection.execute("set role bhav_owner")
                milliseconds = str(int(timeout.total_seconds() * 1000))
                connection.execute("select set_config('statement_timeout', %s, false)", (milliseconds,))
                connection.execute("set client_connection_check_interval = '5s'")  # else it outlives a killed daemon
                self._running.add(connection)
                try:
                    connection.execute(command)
                finally:
                    self._running.discard(connection)
        except psycopg.Error as error:
            if self._stop.is_set() and isinstance(error, errors.QueryCanceled):
                log.info("job interrupted", job=name)
                return  # its claim is released at the next start
            failure = str(error).strip()
            log.warning("job failed", job=name, error=failure)
        try:
            with self._pool.connection() as connection:
                db.call(connection, "finish_job", {"name": name, "started_at": started_at, "error": failure})
        except psycopg.Error as error:
            log.warning("job not reported", job=name, error=str(error).strip())
        if failure is None:
            self._after(name)
