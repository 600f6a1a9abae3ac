"""`kill -9` of the daemon and of the database in the middle of a market at full speed."""

from __future__ import annotations

import contextlib
import random
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING

import psutil
import psycopg

from ingestor import journal
from ingestor.model import Batch, Event
from tests.ingestor.daemon import (
    SECOND,
    Identity,
    assert_candles,
    assert_day_volumes,
    at,
    identities,
    identity,
    journalled,
    program,
    scalar,
    segments,
    until,
)
from tests.ingestor.simulated_daemon import market

if TYPE_CHECKING:
    from pathlib import Path

    from ingestor.server import Server

KILLS = 4
AWAY = 90
"""Seconds of market time that a killed daemon misses."""
MINUTES = 45
"""Enough market for the fastest machine not to reach its end between the kills."""
OPENS = at("09:15")


def stream(connection: psycopg.Connection, minutes: int = 20) -> tuple[set[Identity], Counter[Identity]]:
    """What the market sends when nothing fails: ticks of the session without duplicates, and those outside of it."""
    events: list[Event] = []
    made = market(connection, minutes=minutes)
    made.run(events.append, threading.Event())
    ticks = [tick for event in events if isinstance(event, Batch) for tick in event.ticks]
    closes = at("15:30")
    inside = {identity(tick) for tick in ticks if OPENS <= tick.time < closes}
    return inside, Counter(identity(tick) for tick in ticks if not OPENS <= tick.time < closes)


def test_the_daemon_is_killed_again_and_again(url: str, engine: str, db: psycopg.Connection, tmp_path: Path) -> None:
    """What the journal or the database held at a kill is there in the end, once. A restarted daemon missed a moment."""
    chance = random.Random(engine)
    whole, _ = stream(db, MINUTES)
    accepted: set[Identity] = set()
    accepted_outside: Counter[Identity] = Counter()
    recovered = 0
    after = 0
    for _ in range(KILLS):
        stored = scalar(db, "select count(*) from store.tick_data")
        with program(url, tmp_path, f"--after={after}", f"--minutes={MINUTES}") as daemon:
            until(lambda: scalar(db, "select count(*) from store.tick_data") > stored + 1_000)  # noqa: B023
            time.sleep(chance.uniform(0, 0.25))
            daemon.kill()
            daemon.wait()
        in_database = identities(db)
        in_journal = journalled(tmp_path, journal.TICKS, journal.LATE)
        recovered += len(in_journal.keys() - in_database.keys())
        accepted |= in_database.keys() | in_journal.keys()
        accepted_outside |= identities(db, "store.offsession_ticks") | journalled(tmp_path, journal.OFFSESSION)
        after = (max(second for _, second, *_ in accepted) + AWAY) * SECOND
    with program(url, tmp_path, f"--after={after}", f"--minutes={MINUTES}") as daemon:
        _, errors = daemon.communicate(timeout=60)
        assert daemon.returncode == 0, errors

    found = identities(db)
    assert recovered > 0, "no kill left anything in the journal that the database did not have"
    assert accepted < found.keys() <= whole
    assert set(found.values()) == {1}
    rest = {each for each in whole if each[1] * SECOND > after + 5 * SECOND}
    assert len(rest) > 1_000
    assert rest <= found.keys()
    assert accepted_outside <= identities(db, "store.offsession_ticks")
    assert segments(tmp_path) == []
    assert_day_volumes(db)
    assert_candles(url, engine)
    assert scalar(db, "select count(*) > 0 from store.tick_data where missed_volume > 0") is True


def kill_server(server: Server) -> None:
    """`kill -9` the postmaster, then its children, as the machine's power switch would."""
    postmaster = psutil.Process(int((server.data / "postmaster.pid").read_text().split()[0]))
    processes = [postmaster, *postmaster.children(recursive=True)]
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(processes, timeout=10)


def test_the_database_is_killed_twice(own_server: Server, engine: str, tmp_path: Path) -> None:
    url = own_server.url("own")
    with psycopg.connect(url, autocommit=True) as connection:
        whole, outside = stream(connection)
    with program(url, tmp_path) as daemon:
        for part in (0.2, 0.5):
            with psycopg.connect(url, autocommit=True) as connection:
                until(lambda: scalar(connection, "select count(*) from store.tick_data") > part * len(whole))  # noqa: B023
            kill_server(own_server)
            own_server.start()
        out, errors = daemon.communicate(timeout=60)
        assert daemon.returncode == 0, errors
    assert errors.count("database away") >= 2
    assert int(out) > len(whole)
    with psycopg.connect(url, autocommit=True) as connection:
        found = identities(connection)
        assert found.keys() == whole
        assert set(found.values()) == {1}
        assert identities(connection, "store.offsession_ticks") == outside
        assert scalar(connection, "select sum(missed_volume) from store.tick_data") == 0
        assert_day_volumes(connection)
    assert segments(tmp_path) == []
    assert_candles(url, engine)
