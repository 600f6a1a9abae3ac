"""The daemon: startup, run until the feed ends or a signal comes, shutdown."""

from __future__ import annotations

import math
import queue
import signal
import threading
from collections import defaultdict
from datetime import date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, cast

import psycopg
import structlog

from ingestor import db, tokens
from ingestor.backfill import Worker
from ingestor.errors import BhavError
from ingestor.follow import Follower
from ingestor.intake import Intake
from ingestor.jobs import JobRunner
from ingestor.journal import Journal
from ingestor.model import LiveFeed
from ingestor.sequence import OLDEST, SECOND, Second, Sequencer, State
from ingestor.sessions import Sessions
from ingestor.times import IST
from ingestor.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Callable

    from ingestor.config import Settings
    from ingestor.intake import Sealed
    from ingestor.model import Feed

log = structlog.get_logger()

DRAIN_SECONDS = 60.0
"""How long a stopping daemon waits for the database to take what is journalled; the rest keeps for the next start."""

SETTLE_SECONDS = 15.0
"""How long a daemon that was told to stop then works on candles; the rest is done at the next start."""


class Service:
    """One run of the daemon against one migrated database."""

    def __init__(
        self,
        url: str,
        settings: Settings,
        make_feed: Callable[[psycopg.Connection], Feed],
        on_pulse: Callable[[], None] = lambda: None,
    ) -> None:
        """Take how to make the feed, which happens once this is the writer, and what to call ten times a second."""
        self.stop = threading.Event()
        """Set it to end the run."""
        self.interrupted = False
        """A signal ended the run."""
        self.feed: Feed | None = None
        self.intake: Intake | None = None
        self._url = url
        self._settings = settings
        self._make_feed = make_feed
        self._on_pulse = on_pulse
        self._sealed: queue.Queue[Sealed] = queue.Queue()
        self._give_up = threading.Event()
        self._drained = threading.Event()
        self._threads: list[threading.Thread] = []
        self._failures: list[BaseException] = []

    def install_signal_handlers(self) -> None:
        """End the run on SIGTERM and SIGINT."""

        def interrupt(*_: object) -> None:
            self.interrupted = True
            self.stop.set()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, interrupt)

    def run(self) -> None:
        """Run until the feed is exhausted or `stop` is set, then flush. Raises what ended it otherwise."""
        writer = Writer(self._url)
        try:
            if not writer.wait_for_lock(self.stop):
                return
            journal = Journal(self._settings.bhav_home / "journal" / writer.database_id())
            try:
                if self._store_left(writer, journal):
                    self._startup(writer, journal)
                    self._main(writer)
            finally:
                self._shutdown(writer)
                journal.close()
        finally:
            writer.close()
        if self._failures:
            raise self._failures[0]

    def _store_left(self, writer: Writer, journal: Journal) -> bool:
        """Store what the last run left in the journal. Return False when stopped meanwhile."""
        writer.journal_id = journal.id
        left = journal.segments()
        if left:
            log.info("storing what the last run left in the journal", segments=len(left))
        return all(writer.commit(segment, self.stop) for segment in left)

    def _startup(self, writer: Writer, journal: Journal) -> None:
        journal.continue_after(writer.committed_segment())
        with db.connect(self._url, "start") as connection:
            self.feed = self._make_feed(connection)
            sequencer = Sequencer(
                self._state_loader(connection),
                live=not self.feed.may_wait,
                learn=lambda: self._refresh_reference(sequencer),
            )
            load_reference(connection, sequencer)
            with connection.transaction():
                db.call(connection, "become_owner")
                db.call(connection, "release_jobs")
        self.intake = Intake(self.feed, sequencer, journal, self._settings, self._sealed)
        self._jobs = JobRunner(
            self._url,
            self._drained,
            after=lambda name: self._refresh_reference(sequencer) if name == "retain" else None,
        )
        self._fed, self._taken = threading.Event(), threading.Event()
        emit = self.intake.emit(self.stop)
        self._start("jobs", self._jobs.run, self.stop)
        self._start("intake", partial(self.intake.run, self._fed), self._taken)
        self._start("feed", partial(self.feed.run, emit, self.stop), self._fed)
        if isinstance(self.feed, LiveFeed):
            broker = cast("tokens.Broker", self.feed.source)
            follower = Follower(
                self._url,
                self.feed,
                partial(tokens.current, self._settings, broker),
                self.stop,
                learn=lambda: self._refresh_reference(sequencer),
            )
            self._start("follow", follower.run, threading.Event())
            worker = Worker(self._url, self._settings, broker, self.stop, before_claiming=self._commit_all)
            threading.Thread(target=worker.run, name="backfill", daemon=True).start()  # nobody waits for a broker
        log.info("running", source=self.feed.source)

    def _commit_all(self) -> None:
        """Wait until the database has what the feed brought until now: only then it knows what is missing."""
        assert self.intake is not None  # noqa: S101
        self.intake.seal_all(self.stop)
        self._sealed.join()

    def _start(self, name: str, work: Callable[[], None], done: threading.Event) -> None:
        """Run `work` in a thread; set `done` when it ends, and end the whole run when it fails."""

        def guarded() -> None:
            try:
                work()
            except BaseException as error:  # noqa: BLE001 - whatever it was, the main thread raises it again
                self._failures.append(error)
                self.stop.set()
            finally:
                done.set()

        thread = threading.Thread(target=guarded, name=name, daemon=True)
        thread.start()
        self._threads.append(thread)

    def _main(self, writer: Writer) -> None:
        """Commit segments as they are sealed, until the last."""
        assert self.intake is not None  # noqa: S101
        threading.Thread(target=self._limit_draining, name="deadline", daemon=True).start()
        while not (self._taken.is_set() and self._sealed.empty()):
            self._on_pulse()
            try:
                sealed = self._sealed.get(timeout=0.1)
            except queue.Empty:
                continue
            try:
                if not writer.commit(sealed.segment, self._give_up):
                    break
                self.intake.committed(sealed)
            finally:
                self._sealed.task_done()
        else:
            self._jobs.settle_seconds = SETTLE_SECONDS if self.interrupted else math.inf

    def _limit_draining(self) -> None:
        """Give up, some time after the stop, what the database has not taken: a commit may be waiting for it."""
        self.stop.wait()
        self._give_up.wait(DRAIN_SECONDS)
        self._give_up.set()

    def _shutdown(self, writer: Writer) -> None:
        """End the threads; whatever is still journalled stays on disk."""
        self.stop.set()
        self._give_up.set()
        self._drained.set()
        for thread in self._threads:
            while thread.is_alive():
                thread.join(0.1)
                while not self._sealed.empty():
                    self._sealed.get()
                    self._sealed.task_done()
        writer.close()
        log.info("stopped")

    def _refresh_reference(self, sequencer: Sequencer) -> None:
        try:
            with db.connect(self._url, "reference") as connection:
                load_reference(connection, sequencer)
        except psycopg.Error as error:  # away, or its code is being replaced
            log.warning("reference data stays as it was", error=str(error).strip())

    def _state_loader(self, connection: psycopg.Connection) -> Callable[[date], dict[int, State]]:
        """Return how the sequencer reads a session date back from the database.

        A date newer than every stored tick has no rows but those of this run: it needs no database, and so a day can
        begin during an outage.
        """
        newest = cast("date | None", db.call(connection, "newest_session_date")[0][0])
        begun: set[date] = set()

        def load(day: date) -> dict[int, State]:
            if day not in begun and (newest is None or day > newest):
                begun.add(day)
                return {}
            assert self.intake is not None  # noqa: S101
            self.intake.flush()
            self._sealed.join()
            while not self._give_up.is_set():
                try:
                    with db.connect(self._url, "state") as reader:
                        return read_day(reader, day)
                except psycopg.OperationalError as error:
                    log.warning("waiting for the state of a day", day=str(day), error=str(error).strip())
                    self._give_up.wait(1)
            raise BhavError("the database is away, ticks that came last could not be numbered", "they are lost")

        return load


def load_reference(connection: psycopg.Connection, sequencer: Sequencer) -> None:
    """Hand the sequencer what the database knows of sessions, instruments and the horizon."""
    rows = cast("list[tuple[str, date, int, int]]", db.call(connection, "sessions"))
    segments = cast("list[tuple[int, str]]", db.call(connection, "instrument_segments"))
    horizon = cast("int", db.call(connection, "horizon")[0][0])
    sequencer.use(Sessions(rows), dict(segments), max(horizon, OLDEST))


def read_day(connection: psycopg.Connection, day: date) -> dict[int, State]:
    """Return the state of every instrument that has ticks on a session date."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=IST)
    states: defaultdict[int, State] = defaultdict(State)
    for row in db.call(connection, "day_state", {"since": midnight, "until": midnight + timedelta(days=1)}):
        instrument_id, day_volume, counted_at, time = cast("tuple[int, int | None, int, int]", row[:4])
        state = states[instrument_id]
        state.day_volume, state.counted_at = day_volume, counted_at
        second = state.seconds.get(time // SECOND)
        if not isinstance(second, Second):
            second = state.seconds[time // SECOND] = Second(set(), set())
        second.times.add(time)
        second.payloads.add(cast("tuple[float, int, int, float, float, int, int]", row[4:]))
    return dict(states)
