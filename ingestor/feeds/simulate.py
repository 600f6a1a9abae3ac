"""A market that behaves like one, with the faults of a real connection on request."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from itertools import groupby
from typing import TYPE_CHECKING

from ingestor.errors import BhavError
from ingestor.feeds.connection import MINUTE, SECOND, Connection, Faults
from ingestor.feeds.market_path import Market
from ingestor.feeds.pace import Pacer
from ingestor.times import IST

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import date

    from ingestor.model import Event, Instrument, Tick

PRE_OPEN = range(-15 * MINUTE, -7 * MINUTE, MINUTE)
"""Indicative prints, relative to the day's first open: 09:00 to 09:07."""
CONNECT = PRE_OPEN[0] - MINUTE
SPARSE = 20
POST_CLOSE = (0, MINUTE, 5 * MINUTE)
"""Prints of the closing level, relative to the day's last close."""


class Simulate:
    """Feed of a simulated market. Equal arguments give equal ticks.

    `universe`: what trades, underlyings first (`universe.universe`); `ids`: instrument_id by symbol.
    `sessions`: [open, close) in microseconds since the Unix epoch, ascending; those of one Indian date make a day,
    and each day goes on from the closing prices of the one before.
    `ticks_per_second`: average per instrument; 0, 1 or 2 a second at the default.
    `speed`: times real time, 0 for as fast as it goes; up to `fast_until` (market time) it goes fast at any speed.
    `start_at`: market time to start at; what traded before it that day is in the counters already.
    `sparse_until`: on days that open before this market time come few ticks, one in SPARSE.
    Raises `BhavError` for a rate that is not positive.
    """

    source = "simulate"
    may_wait = True

    def __init__(
        self,
        universe: Sequence[Instrument],
        ids: Mapping[str, int],
        sessions: Sequence[tuple[int, int]],
        *,
        seed: int = 1,
        ticks_per_second: float = 1.0,
        speed: float = 0.0,
        fast_until: int | None = None,
        start_at: int | None = None,
        sparse_until: int | None = None,
        faults: Faults | None = None,
    ) -> None:
        if ticks_per_second <= 0:
            raise BhavError("a simulated market needs ticks", "give a positive number of ticks per second")
        self._market = Market(universe, ids, seed, ticks_per_second)
        self._instrument_ids = frozenset(ids.values())
        self._sessions = list(sessions)
        self._seed = seed
        self._speed = speed
        self._fast_until = fast_until
        self._start_at = start_at or 0
        self._ticks_per_second = ticks_per_second
        self._sparse_until = sparse_until or 0
        self._faults = faults or Faults()
        self._now = 0

    def progress(self) -> tuple[float, float]:
        """Seconds of trading passed, and of all sessions."""
        passed = sum(min(max(self._now - opened, 0), closed - opened) for opened, closed in self._sessions)
        return passed / SECOND, sum(closed - opened for opened, closed in self._sessions) / SECOND

    def run(self, emit: Callable[[Event], None], stop: threading.Event) -> None:
        """Emit day after day, a batch or more for each second of the market."""
        pacer = Pacer(self._speed, stop, self._fast_until)
        rng = random.Random(f"{self._seed} faults")  # noqa: S311 - a simulation, not a secret
        for _, sessions in groupby(self._sessions, key=lambda session: _date(session[0])):
            day = list(sessions)
            if day[-1][1] + POST_CLOSE[-1] < self._start_at:
                continue
            opened = max(day[0][0] + CONNECT, self._start_at)
            connection = Connection(emit, self._faults, rng, opened, self._instrument_ids)
            for at, ticks in self._day(day):
                pacer.wait(at)
                if stop.is_set():
                    return
                connection.send(at, ticks)
                self._now = at
            connection.close(self._now)

    def _day(self, sessions: list[tuple[int, int]]) -> Iterator[tuple[int, list[Tick]]]:
        market, start_at = self._market, self._start_at
        first_open, last_close = sessions[0][0], sessions[-1][1]
        market.open_day(first_open)
        market.ticks_per_second = self._ticks_per_second / (SPARSE if first_open < self._sparse_until else 1)
        for at in (first_open + offset for offset in PRE_OPEN):
            if at >= start_at:
                yield at, market.pre_open(at)
        market.auction()
        for opened, closed in sessions:
            length = closed - opened
            passed = min(max(-(-(start_at - opened) // SECOND) * SECOND, 0), length)
            market.skip(length / SECOND, passed / length)
            for at in range(opened + passed, closed, SECOND):
                yield at, market.step(at, (at - opened) / length)
        for at in (last_close + offset for offset in POST_CLOSE):
            if at >= start_at:
                yield at, market.after_close(at)


def _date(at: int) -> date:
    return datetime.fromtimestamp(at // SECOND, UTC).astimezone(IST).date()
