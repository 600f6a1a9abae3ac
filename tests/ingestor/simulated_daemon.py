"""A program for tests to kill: the daemon on a simulated market, always the same. Prints how many ticks it received."""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from ingestor import log, sources
from ingestor.feeds.connection import Faults
from ingestor.feeds.simulate import Simulate
from ingestor.feeds.universe import universe
from ingestor.model import Batch, Connected
from ingestor.service import Service
from tests.ingestor.daemon import MINUTE, at, settings

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    import psycopg

    from ingestor.model import Event

DAY = "2026-08-03"
FAULTS = Faults(duplicate=0.01, reorder=0.01)


class FromHereOn:
    """The market as it is to one who was away: batches up to the first with a tick later than an instant are missed."""

    source = "simulate"
    may_wait = True

    def __init__(self, feed: Simulate, after: int) -> None:
        self._feed = feed
        self._after = after
        self.progress = feed.progress

    def run(self, emit: Callable[[Event], None], stop: threading.Event) -> None:
        reached = False

        def pass_on(event: Event) -> None:
            nonlocal reached
            if isinstance(event, Connected):
                emit(Connected(max(event.at, self._after)))
                return
            reached = reached or (isinstance(event, Batch) and any(tick.time > self._after for tick in event.ticks))
            if reached:
                emit(event)

        self._feed.run(pass_on, stop)


def market(connection: psycopg.Connection, speed: float = 0.0, minutes: int = 20) -> Simulate:
    """The first minutes of a session of 60 instruments, with duplicates and ticks out of order."""
    listed = universe(date.fromisoformat(DAY), 60)
    ids = sources.register(connection, listed)
    opens = at("09:15", DAY)
    hours = [(opens, opens + minutes * MINUTE)]
    return Simulate(listed, ids, hours, speed=speed, fast_until=opens, ticks_per_second=2.0, faults=FAULTS)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("home", type=Path)
    parser.add_argument("--speed", type=float, default=0.0)
    parser.add_argument("--after", type=int, default=0)
    parser.add_argument("--minutes", type=int, default=20)
    asked = parser.parse_args()
    log.configure("WARNING")
    made = Service(
        asked.url,
        settings(asked.home, tick_buffer_size=2_000),
        lambda connection: FromHereOn(market(connection, asked.speed, asked.minutes), asked.after),
    )
    made.install_signal_handlers()
    made.run()
    assert made.intake is not None
    sys.stdout.write(str(made.intake.total.received))


if __name__ == "__main__":
    main()
