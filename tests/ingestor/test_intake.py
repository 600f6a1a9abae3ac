"""The queue between the feed and the journal."""

from __future__ import annotations

import json
import queue
import threading
import time
from collections import Counter
from datetime import date
from typing import TYPE_CHECKING

import psycopg

from ingestor import journal
from ingestor.copyrows import Encoder, row_of
from ingestor.intake import Intake
from ingestor.journal import Journal
from ingestor.model import Batch, Connected, Disconnected, Heard, Rejected, Subscribed, Tick
from ingestor.sequence import Sequencer
from ingestor.sessions import Sessions
from tests.ingestor.daemon import (
    DAY,
    Running,
    Script,
    at,
    batches,
    identities,
    identity,
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


def test_a_full_queue_drops_ticks_of_a_live_feed_counts_them_and_keeps_the_connection_events(tmp_path: Path) -> None:
    feed = Script([], may_wait=False)
    kept, sequencer = Journal(tmp_path), Sequencer(lambda _: {}, live=True)
    stop, fed = threading.Event(), threading.Event()
    intake = Intake(feed, sequencer, kept, settings(tmp_path, queue_size=1), queue.Queue())
    emit = intake.emit(stop)
    emit(Batch([Tick(1, 0, 1.0)] * 3, 0))
    emit(Batch([Tick(1, 0, 1.0)] * 4, 0))

    def connect() -> None:
        emit(Connected(5))
        fed.set()

    waiting = threading.Thread(target=connect)
    waiting.start()
    intake.run(fed)
    waiting.join()
    frames = [frame_ for segment in kept.segments() for frame_ in journal.read(segment)[0]]
    (counted,) = (json.loads(frame_.payload) for frame_ in frames if frame_.kind == journal.STATS)
    assert (counted["received"], counted["dropped"], counted["rejected"]) == (3, 4, {"no time": 3})
    assert intake.total.dropped == 4
    assert sequencer._connections == {"main": (1, 5)}
    kept.close()


def test_what_accrued_on_a_connection_while_its_ticks_were_dropped_was_not_seen(tmp_path: Path) -> None:
    kept, sequencer = Journal(tmp_path), Sequencer(lambda _: {}, live=True)
    intake = Intake(Script([], may_wait=False), sequencer, kept, settings(tmp_path, queue_size=2), queue.Queue())
    emit = intake.emit(threading.Event())

    def passed(*after: Event) -> list[object]:
        """Fill the queue, drop a batch that was received at 7, empty the queue; what comes through of what follows."""
        emit(Connected(5, "one", frozenset({1})))
        for received_at in (6, 7, 8):
            emit(Batch([Tick(1, 0, 1.0)], received_at, "one"))
        while intake._queue.qsize():
            intake._queue.get()
        for event in after:
            emit(event)
        return [intake._queue.get() for _ in range(intake._queue.qsize())]

    batch = Batch([], 9, "one")
    assert passed(batch) == [Connected(9, "one", frozenset({1})), batch]
    assert passed(Heard(9, "one"), Heard(9, "two")) == [Heard(9, "two")]
    assert passed(Disconnected(9, "one", "gone"), batch) == [Disconnected(7, "one", "gone"), batch]
    assert passed(Subscribed(9, "one", frozenset({2}))) == [Connected(9, "one", frozenset({2}))]
    kept.close()


def test_a_number_that_fits_no_column_is_rejected_alone(tmp_path: Path) -> None:
    feed, kept = Script([]), Journal(tmp_path)
    sequencer = Sequencer(lambda _: {}, live=False)
    sequencer.use(Sessions([("NSE", date.fromisoformat(DAY), at("09:15"), at("15:30"))]), {1: "NSE"}, 0)
    intake = Intake(feed, sequencer, kept, settings(tmp_path), queue.Queue())
    good = [Tick(1, at("10:00") + second * 1_000_000, 100.0, 7) for second in (0, 2, 3)]
    between = Tick(1, at("10:00") + 1_000_000, 101.0, 7)
    broken = [between._replace(open_interest=2**63), between._replace(day_volume=2**60)]
    intake._take(Batch([good[0], *broken, *good[1:]], at("10:00")))
    kept.seal()
    frames = [frame_ for segment in kept.segments() for frame_ in journal.read(segment)[0]]
    encode = Encoder(feed.source).encode
    sent = [row_of(tick, 0, 7 if tick is good[0] else 0, at("10:00")) for tick in good]
    ticks = b"".join(frame_.payload for frame_ in frames if frame_.kind == journal.TICKS)
    assert ticks == b"".join(map(encode, sent))
    assert sequencer.counts[1].rejected == {"number out of range": 1, "volume": 1}
    kept.close()


def test_minutes_with_missed_volume_and_counts_by_instrument_are_in_the_segment_of_their_ticks(tmp_path: Path) -> None:
    feed, kept = Script([]), Journal(tmp_path)
    sequencer = Sequencer(lambda _: {}, live=False)
    hours = [("NSE", date.fromisoformat(DAY), at("09:15"), at("15:30"))]
    sequencer.use(Sessions(hours), {1: "NSE", 2: "NSE", 4: "NSE"}, 0)
    intake = Intake(feed, sequencer, kept, settings(tmp_path), queue.Queue())
    first, second = Tick(1, at("11:00:59"), 100.0, 500), Tick(2, at("11:01"), 50.0, 7)
    batches_ = [
        [first, second, first, Tick(1, at("11:01"), 100.0, 510), Tick(1, at("11:02"), 100.0, 400)],
        [Tick(2, at("11:01:01"), -1.0, 9), Tick(2, at("16:00"), 50.0, 9), Tick(3, at("11:01"), 50.0), first],
        [Tick(4, at("11:05") + second * 1_000_000, 10.0) for second in range(20)] + [Tick(4, at("11:05"), 9.0)],
    ]
    intake._take(Connected(at("11:00")))
    for ticks in batches_:
        intake._take(Batch(ticks, at("11:03")))
    intake._take(Rejected("unreadable", 2))
    intake._report_at = 0.0
    intake.flush()
    (segment,) = kept.segments()
    frames, _ = journal.read(segment)
    events = [json.loads(frame_.payload) for frame_ in frames if frame_.kind == journal.CONNECTION]
    assert events[1:] == [
        {"what": "missed", "source": "test", "minutes": [[1, at("11:00")], [2, at("11:01")]]},
    ]
    (counted,) = (json.loads(frame_.payload) for frame_ in frames if frame_.kind == journal.STATS)
    assert counted["instruments"] == {
        "1": {"duplicates": 2, "volume_falls": 1},
        "2": {"offsession": 1, "rejected": {"price": 1}},
        "3": {"rejected": {"unknown instrument": 1}},
        "4": {"late": 1},
    }
    assert counted["rejected"] == {"price": 1, "unknown instrument": 1, "unreadable": 2}
    summed = [counted[name] for name in ("received", "written", "late", "duplicates", "offsession", "volume_falls")]
    assert summed == [sum(map(len, batches_)), 24, 1, 2, 1, 1]
    kept.close()


def test_a_feed_that_may_wait_waits_for_the_database(url: str, db: psycopg.Connection, tmp_path: Path) -> None:
    ids = stocks(db, 2)
    ticks = session_ticks(ids, 3_000, seed=7)
    blocked = threading.Event()
    depths: list[int] = []

    def events() -> Iterator[Event]:
        yield Connected(at("09:00"))
        blocked.wait()
        for batch in batches(ticks, 10):
            depths.append(len(segments(tmp_path)))
            yield batch

    running = Running(service(url, tmp_path, Script(events()), tick_buffer_size=100, queue_size=1))
    until(lambda: running.service.intake)
    with psycopg.connect(url) as blocker:
        blocker.execute("lock table store.tick_data in access exclusive mode")
        blocked.set()
        until(lambda: depths and depths[-1] > 10)
        emitted = len(depths)
        time.sleep(0.5)
        assert len(depths) - emitted < 100
    running.join()
    assert max(depths) < 30
    assert identities(db) == Counter(map(identity, ticks))
