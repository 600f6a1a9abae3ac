"""The connection over which a simulated market arrives, and its faults."""

from __future__ import annotations

import heapq
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingestor.errors import BhavError
from ingestor.model import Batch, Connected, Disconnected, Heard

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from ingestor.model import Event, Tick

SECOND = 1_000_000
MINUTE = 60 * SECOND
HEARD_EVERY = 5 * SECOND
LINGER = 6 * MINUTE
"""How long a connection outlives the day's last print: until derivatives close, which are still then in this market."""
BATCH_SIZE = 2_000
LONGEST_DELAY = 5
"""Seconds by which a reordered tick is late at the most."""


@dataclass(frozen=True, slots=True)
class Faults:
    """What goes wrong. Raises `BhavError` for values that make no sense."""

    disconnect_every: float | None = None
    """Seconds of market time that the connection holds; None for ever."""
    outage: float = 30.0
    """Seconds of market time that it then stays down; the ticks of that time are lost."""
    duplicate: float = 0.0
    """Probability that a tick arrives twice."""
    reorder: float = 0.0
    """Probability that a tick arrives 1 to 5 seconds late."""

    def __post_init__(self) -> None:
        if self.disconnect_every is not None and self.disconnect_every < 1:
            raise BhavError("a connection must hold for a second or more", "raise disconnect_every")
        if self.outage < 0 or not 0 <= self.duplicate <= 1 or not 0 <= self.reorder <= 1:
            raise BhavError("impossible faults", "outage is in seconds, duplicate and reorder are from 0 to 1")


class Connection:
    """Delivers the ticks of a day to `emit`, as well as the faults permit."""

    def __init__(
        self,
        emit: Callable[[Event], None],
        faults: Faults,
        rng: random.Random,
        opened: int,
        instrument_ids: frozenset[int],
    ) -> None:
        self._emit = emit
        self._faults = faults
        self._rng = rng
        self._late: list[tuple[int, int, Tick]] = []
        self._sent = 0
        self._is_up = True
        self._changes = None if faults.disconnect_every is None else opened + round(faults.disconnect_every * SECOND)
        self._instrument_ids = instrument_ids
        self._heard = opened
        emit(Connected(opened, instrument_ids=instrument_ids))

    def send(self, at: int, ticks: list[Tick]) -> None:
        """Deliver what the market says at a time, and what is due from before; times ascend."""
        self._change_state(at)
        if not self._is_up:
            return
        faults = self._faults
        if faults.duplicate or faults.reorder:
            ticks = self._disturb(at, ticks)
        self._deliver(ticks)
        if at >= self._heard + HEARD_EVERY:
            self._heard = at
            self._emit(Heard(at))

    def close(self, at: int) -> None:
        """Deliver what is still under way, and hang up."""
        self._change_state(at)
        if self._is_up:
            self._deliver([tick for _, _, tick in sorted(self._late)])
            self._emit(Disconnected(at + LINGER, reason="end of day"))

    def _change_state(self, at: int) -> None:
        while self._changes is not None and self._changes <= at:
            if self._is_up:
                self._late.clear()
                self._emit(Disconnected(self._changes, reason="simulated outage"))
                self._changes += round(self._faults.outage * SECOND)
            else:
                self._emit(Connected(self._changes, instrument_ids=self._instrument_ids))
                self._changes += round((self._faults.disconnect_every or 0) * SECOND)
            self._is_up = not self._is_up

    def _disturb(self, at: int, ticks: list[Tick]) -> list[Tick]:
        rng, faults = self._rng, self._faults
        arrived = []
        for tick in ticks:
            if rng.random() < faults.reorder:
                self._sent += 1
                heapq.heappush(self._late, (at + rng.randint(1, LONGEST_DELAY) * SECOND, self._sent, tick))
                continue
            arrived.append(tick)
            if rng.random() < faults.duplicate:
                arrived.append(tick)
        while self._late and self._late[0][0] <= at:
            arrived.append(heapq.heappop(self._late)[2])
        return arrived

    def _deliver(self, ticks: list[Tick]) -> None:
        received_at = time.time_ns() // 1_000
        for first in range(0, len(ticks), BATCH_SIZE):
            self._emit(Batch(ticks[first : first + BATCH_SIZE], received_at))
