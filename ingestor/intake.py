"""Takes events from a feed, in order, through the sequencer into the journal."""

from __future__ import annotations

import gc
import json
import queue
import struct
import threading
import time
from collections import deque
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

import structlog

from ingestor import journal
from ingestor.copyrows import Encoder
from ingestor.counts import Counts, Tally
from ingestor.model import Batch, Connected, Disconnected, Heard, Rejected, Subscribed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ingestor.config import Settings
    from ingestor.copyrows import Row
    from ingestor.model import ConnectionEvent, Event, Feed
    from ingestor.sequence import Sequencer

log = structlog.get_logger()

REPORT_SECONDS = 5.0
"""How often what was counted goes into the journal as a row of ledger.ingest_stats."""
BACKLOG = 16
"""Sealed segments waiting for the database beyond which a feed that may wait does."""
UNCOLLECTED = 100_000
"""Objects made before Python looks for cycles among them: ticks hold none, and to look takes a fifth of the CPU."""


class Sealed(NamedTuple):
    """A journal segment on its way to the database."""

    segment: Path
    received_at: int | None
    """Wall clock at the arrival of its oldest batch in microseconds since the Unix epoch; None without ticks."""


class Intake:
    """The one thread that numbers ticks and writes the journal."""

    def __init__(
        self,
        feed: Feed,
        sequencer: Sequencer,
        journal_: journal.Journal,
        settings: Settings,
        sealed: queue.Queue[Sealed],
    ) -> None:
        """Put every sealed segment into `sealed`."""
        self.total = Counts()
        """Everything counted since the start."""
        self._feed = feed
        self._sequencer = sequencer
        self._journal = journal_
        self._settings = settings
        self._sealed = sealed
        self._encode = Encoder(feed.source).encode
        self._queue: queue.Queue[Event | threading.Event] = queue.Queue(settings.queue_size)
        self._first_at = 0.0
        self._last_at = 0.0
        self._rows = 0
        self._dropped = 0
        self._cut: dict[str, int] = {}
        """Connections that lost ticks, and since when: what accrues until they are through again was not seen."""
        self._carried: dict[str, frozenset[int]] = {}
        """By connection, what it is subscribed to."""
        self._heard: dict[str, int] = {}
        """By connection, when it was last heard; what has been reported is not here."""
        self._oldest_received: int | None = None
        self._commit_ms: deque[float] = deque()
        self._flush_at = time.monotonic()
        self._report_at = time.monotonic() + REPORT_SECONDS

    def rate(self) -> float:
        """Ticks received per second, from the first batch to the last."""
        received = self.total.received + self._sequencer.counts[None].received
        return received / max(self._last_at - self._first_at, 1e-3) if self._first_at else 0.0

    def emit(self, stop: threading.Event) -> Callable[[Event], None]:
        """Return the function that the feed calls with its events. Of a live feed, ticks alone may be dropped."""

        def put(event: Event) -> None:
            passed = event if isinstance(event, Batch | Rejected) else self._of_connection(event)
            if passed is None:
                return
            may_drop = isinstance(passed, Batch) and not self._feed.may_wait
            while self._feed.may_wait and self._sealed.qsize() > BACKLOG and not stop.is_set():
                stop.wait(0.01)
            while True:
                try:
                    if isinstance(passed, Batch) and passed.connection in self._cut:
                        carried = self._carried.get(passed.connection, frozenset())
                        self._queue.put_nowait(Connected(passed.received_at, passed.connection, carried))
                        self._cut.pop(passed.connection, None)
                    self._queue.put(passed, timeout=0 if may_drop else 0.1)
                except queue.Full:
                    if isinstance(passed, Batch) and may_drop:
                        self._drop(passed)
                        return
                    if stop.is_set():
                        return
                else:
                    return

        return put

    def _of_connection(self, event: ConnectionEvent) -> ConnectionEvent | None:
        """Return what an event means where ticks of its connection were dropped: it was seen until then, no further."""
        if isinstance(event, Connected | Subscribed):
            self._carried[event.connection] = event.instrument_ids
        if event.connection not in self._cut:
            return event
        if isinstance(event, Heard):
            return None
        seen_until = self._cut.pop(event.connection)
        if isinstance(event, Disconnected):
            return replace(event, at=seen_until)
        return Connected(event.at, event.connection, event.instrument_ids)

    def _drop(self, batch: Batch) -> None:
        self._dropped += len(batch.ticks)
        self._cut.setdefault(batch.connection, batch.received_at)
        log.error("queue full, ticks dropped", ticks=len(batch.ticks))

    def seal_all(self, stop: threading.Event) -> None:
        """From any thread, wait until everything that was emitted so far is sealed, or for `stop`."""
        taken = threading.Event()
        while not stop.is_set():
            try:
                self._queue.put(taken, timeout=0.1)
            except queue.Full:
                continue
            break
        while not (stop.is_set() or taken.wait(0.1)):
            pass

    def run(self, finished: threading.Event) -> None:
        """Work until `finished` is set and the queue is empty; everything taken is sealed then."""
        gc.set_threshold(UNCOLLECTED)
        self._record("start")
        while True:
            try:
                event = self._queue.get(timeout=self._settings.flush_interval_seconds / 2)
            except queue.Empty:
                if finished.is_set():
                    break
            else:
                if isinstance(event, threading.Event):
                    self.flush()
                    event.set()
                else:
                    self._take(event)
            if self._rows >= self._settings.tick_buffer_size or time.monotonic() >= self._flush_at:
                self.flush()
        self._report_at = 0.0
        self._record_heard()
        self._record("stop")
        self.flush()

    def _take(self, event: Event) -> None:
        match event:
            case Batch():
                self._last_at = time.monotonic()
                self._first_at = self._first_at or self._last_at
                self._oldest_received = self._oldest_received or event.received_at
                rows = self._sequencer.sequence(event)
                if rows.missed:  # ahead of the ticks: a torn segment must not have them without it
                    self._record("missed", minutes=rows.missed)
                self._append(journal.TICKS, rows.ticks)
                self._append(journal.LATE, rows.late)
                self._append(journal.OFFSESSION, rows.offsession)
            case Connected():
                self._sequencer.connected(event)
                self._record_heard()
                self._record("up", event, instrument_ids=sorted(event.instrument_ids))
                log.info("connected", connection=event.connection, instruments=len(event.instrument_ids))
            case Subscribed():
                self._sequencer.subscribed(event)
                self._record("list", event, instrument_ids=sorted(event.instrument_ids))
                log.info("subscribed", connection=event.connection, instruments=len(event.instrument_ids))
            case Heard():
                self._heard[event.connection] = event.at
            case Disconnected():
                self._heard.pop(event.connection, None)
                self._record("down", event, reason=printable(event.reason))
                tell = log.info if self._feed.may_wait else log.warning
                tell("disconnected", connection=event.connection, reason=event.reason)
            case Rejected():
                self._sequencer.counts[None].rejected[printable(event.reason)] += event.count

    def _record(
        self,
        what: str,
        event: ConnectionEvent | None = None,
        **more: str | list[int] | list[tuple[int, int]],
    ) -> None:
        """Journal what happened to a connection, behind the ticks that it brought until then."""
        record: dict[str, object] = {"what": what, "source": self._feed.source, **more}
        if event:
            record |= {"at": event.at, "connection": event.connection}
        self._journal.append(journal.Frame(journal.CONNECTION, json.dumps(record).encode()))

    def _record_heard(self) -> None:
        for connection, at in self._heard.items():
            self._record("heard", Heard(at, connection))
        self._heard.clear()

    def _append(self, kind: bytes, rows: list[Row]) -> None:
        if rows:
            payload, rows = self._encoded(rows)
            times = [row.time for row in rows]
            self._journal.append(journal.Frame(kind, payload, min(times), max(times)))
            self._rows += len(rows)

    def _encoded(self, rows: list[Row]) -> tuple[bytes, list[Row]]:
        """Return the encoded rows, and which they are: those with a number that fits no column are rejected."""
        try:
            return b"".join(map(self._encode, rows)), rows
        except struct.error:
            fitting = [row for row in rows if self._fits(row)]
            return b"".join(map(self._encode, fitting)), fitting

    def _fits(self, row: Row) -> bool:
        try:
            self._encode(row)
        except struct.error:
            self._sequencer.counts[row.instrument_id].rejected["number out of range"] += 1
            return False
        return True

    def flush(self) -> None:
        """Seal the open segment and hand it on; report what was counted when it is time to."""
        now = time.monotonic()
        self._flush_at = now + self._settings.flush_interval_seconds
        if now >= self._report_at:
            counts = self._sequencer.counts.total()
            counts.dropped = self._dropped - self.total.dropped
            if counts != Counts() or self._heard:
                self._record_heard()
                if counts != Counts():
                    self._report(counts)
                self._report_at = now + REPORT_SECONDS
        if segment := self._journal.seal():
            self._sealed.put(Sealed(segment, self._oldest_received))
        self._rows = 0
        self._oldest_received = None

    def committed(self, sealed: Sealed) -> None:
        """Take note of how long the oldest ticks of a segment took to be committed: now."""
        if sealed.received_at is not None:
            self._commit_ms.append(milliseconds_since(sealed.received_at))

    def _report(self, counts: Counts) -> None:
        instruments = self._sequencer.counts.of_instruments()
        self._sequencer.counts = Tally()
        sizes = self._journal.sizes()
        stats = counts.as_dict() | {
            "at": datetime.now(UTC).isoformat(),
            "source": self._feed.source,
            "queue_depth": self._queue.qsize(),
            "journal_segments": len(sizes),
            "journal_bytes": sum(sizes),
            "lag_ms": self._oldest_received and milliseconds_since(self._oldest_received),
            "commit_ms": [self._commit_ms.popleft() for _ in range(len(self._commit_ms))],
            "instruments": instruments,
        }
        self._journal.append(journal.Frame(journal.STATS, json.dumps(stats).encode()))
        self.total.add(counts)


def printable(words: str) -> str:
    """Return words, which may be a broker's, without the characters that a database takes in no text."""
    return "".join(character if character.isprintable() else "\ufffd" for character in words)


def milliseconds_since(moment: int) -> float:
    """Return what the wall clock has run since a moment in microseconds since the Unix epoch."""
    return (time.time_ns() // 1_000 - moment) / 1_000
