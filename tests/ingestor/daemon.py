"""What tests of the daemon share: feeds made of generators, runs in threads, what a database holds afterwards."""

from __future__ import annotations

import contextlib
import os
import random
import struct
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, cast

from ingestor import journal, sources
from ingestor.config import ROOT, Settings
from ingestor.copyrows import EPOCH
from ingestor.model import Batch, Instrument, Tick
from ingestor.service import Service
from tests.contract.contract import Contract

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    import psycopg

    from ingestor.model import Event, Feed

INDIA = timezone(timedelta(hours=5, minutes=30))
SECOND = 1_000_000
MINUTE = 60 * SECOND
DAY = "2026-08-03"
PYTHONPATH = os.environ | {"PYTHONPATH": str(ROOT)}

Identity = tuple[Any, ...]
"""Instrument, second of exchange time and the fields of a tick: what makes two ticks the same."""


def at(clock: str, day: str = DAY) -> int:
    """Microseconds since 1970 of an Indian time of day."""
    moment = datetime.fromisoformat(f"{day} {clock}").replace(tzinfo=INDIA)
    return round(moment.timestamp() * SECOND)


def identity(tick: Tick) -> Identity:
    return (tick.instrument_id, tick.time // SECOND, *tick[2:])


class Script:
    """A feed that emits what a generator yields; between two events the generator may do what it likes."""

    source = "test"

    def __init__(self, events: Iterable[Event], *, may_wait: bool = True) -> None:
        self.may_wait = may_wait
        self._events = events

    def run(self, emit: Callable[[Event], None], stop: threading.Event) -> None:
        for event in self._events:
            if stop.is_set():
                return
            emit(event)

    def progress(self) -> tuple[float, float]:
        return 0.0, 0.0


def settings(home: Path, **changed: Any) -> Settings:  # noqa: ANN401 - any setting
    quick: dict[str, Any] = {
        "_env_file": None,
        "bhav_home": home,
        "flush_interval_seconds": 0.05,
        "tick_buffer_size": 5_000,
    }
    return Settings(**(quick | changed))


def batches(ticks: Iterable[Tick], size: int = 100) -> Iterator[Batch]:
    """Cut ticks into batches that are received now: what lies outside a session is kept for days from then."""
    held = list(ticks)
    for first in range(0, len(held), size):
        yield Batch(held[first : first + size], time.time_ns() // 1_000)


def session_ticks(ids: list[int], count: int, seed: int, day: str = "2026-08-03") -> list[Tick]:
    """Rising counters at ascending times of a session, some ticks in one second, no two of them equal."""
    chance = random.Random(seed)
    counters: Counter[int] = Counter()
    opens = at("09:15", day) // SECOND
    seconds = sorted(chance.choices(range(opens, opens + 375 * 60), k=count))
    ticks = []
    for second in seconds:
        instrument_id = chance.choice(ids)
        counters[instrument_id] += chance.randrange(1, 50)
        ticks.append(
            Tick(
                instrument_id, second * SECOND, chance.randrange(9_000, 11_000) / 100, counters[instrument_id],
                chance.choice([None, chance.randrange(10**6)]), 99.5, None, chance.randrange(100), 7,
            ),
        )  # fmt: skip
    return ticks


def stocks(connection: psycopg.Connection, count: int) -> list[int]:
    """Register that many stocks; their ids."""
    names = [f"TEST{number}" for number in range(count)]
    listed = [Instrument(f"NSE:{name}", "NSE", "NSE", name, name, "equity") for name in names]
    return list(sources.register(connection, listed).values())


def service(url: str, home: Path, feed: Feed, **changed: Any) -> Service:  # noqa: ANN401 - any setting
    return Service(url, settings(home, **changed), lambda _: feed)


def run(url: str, home: Path, events: Iterable[Event], **changed: Any) -> Service:  # noqa: ANN401 - any setting
    made = service(url, home, Script(events), **changed)
    made.run()
    return made


class Running:
    """A service in a thread of its own."""

    def __init__(self, made: Service) -> None:
        self.service = made
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            self.service.run()
        except BaseException as error:  # noqa: BLE001 - the test's thread raises it again
            self._failure = error

    def join(self) -> None:
        self._thread.join(100)
        assert not self._thread.is_alive(), "the daemon did not end"
        if self._failure:
            raise self._failure


@contextlib.contextmanager
def program(url: str, home: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    """Run simulated_daemon.py; it is killed in the end unless it has ended."""
    script = ROOT / "tests" / "ingestor" / "simulated_daemon.py"
    command = [sys.executable, str(script), url, str(home), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=PYTHONPATH) as daemon:
        try:
            yield daemon
        finally:
            daemon.kill()


def until(condition: Callable[[], object], seconds: float = 30.0) -> None:
    """Wait until a condition holds."""
    give_up = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up, "waited in vain"
        time.sleep(0.02)


def scalar(connection: psycopg.Connection, query: str) -> Any:  # noqa: ANN401 - whatever the query returns
    row = connection.execute(cast("Any", query)).fetchone()
    assert row is not None
    return row[0]


def identities(connection: psycopg.Connection, table: str = "store.tick_data") -> Counter[Identity]:
    rows = connection.execute(
        cast(
            "Any",
            "select instrument_id, floor(extract(epoch from time))::bigint, ltp, day_volume, open_interest,"
            f" bid_price, ask_price, bid_qty, ask_qty from {table}",
        ),
    )
    return Counter(rows.fetchall())


def segments(home: Path) -> list[Path]:
    return sorted(home.glob("journal/*/*.segment"))


def journalled(home: Path, *kinds: bytes) -> Counter[Identity]:
    """Decode the rows in the journal: fields with a length each, after a count of fields."""
    found: Counter[Identity] = Counter()
    for segment in segments(home):
        for frame in journal.read(segment)[0]:
            if frame.kind in kinds:
                found.update(_rows(frame.payload))
    return found


def _rows(payload: bytes) -> Iterator[Identity]:
    place = 0
    while place < len(payload):
        fields: list[bytes | None] = []
        place += 2
        for _ in range(13):
            length = int.from_bytes(payload[place : place + 4], "big", signed=True)
            place += 4
            fields.append(None if length < 0 else payload[place : place + length])
            place += max(length, 0)
        number, time_, ltp, _, _, counter, interest, bid, ask, bid_qty, ask_qty, _, _ = fields
        second = ((_int(time_) or 0) + EPOCH) // SECOND
        yield (
            _int(number), second, _float(ltp), _int(counter), _int(interest),
            _float(bid), _float(ask), _int(bid_qty), _int(ask_qty),
        )  # fmt: skip


def _int(field: bytes | None) -> int | None:
    return None if field is None else int.from_bytes(field, "big", signed=True)


def _float(field: bytes | None) -> float | None:
    return None if field is None else float(struct.unpack(">d", field)[0])


def assert_candles(url: str, engine: str) -> None:
    """Live candles of every stored timeframe equal a brute force over the stored ticks."""
    contract = Contract(url, engine)
    try:
        contract.assert_live(contract.ticks())
    finally:
        contract.connection.close()


def assert_day_volumes(connection: psycopg.Connection) -> None:
    """Volume and missed volume of an instrument's day sum to its highest counter."""
    wrong = connection.execute(
        """
        select instrument_id, sum(volume), sum(missed_volume), max(day_volume)
        from store.tick_data
        group by instrument_id, (time at time zone 'Asia/Kolkata')::date
        having sum(volume) + sum(missed_volume) is distinct from coalesce(max(day_volume), 0)
        """,
    ).fetchall()
    assert wrong == []
