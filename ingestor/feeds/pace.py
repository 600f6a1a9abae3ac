"""Time that passes between ticks."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import threading

LONGEST_WAIT = 15 * 60 * 1_000_000
"""Market time in microseconds; a longer silence, as between two sessions, is skipped."""


class Pacer:
    """Holds a feed to `speed` times real time by the exchange's clock; 0 lets it run free.

    Up to the market time `free_until` (microseconds since the Unix epoch) it runs free at any speed.
    """

    def __init__(self, speed: float, stop: threading.Event, free_until: int | None = None) -> None:
        self._speed = speed
        self._stop = stop
        self._free_until = free_until
        self._newest: int | None = None
        self._started = (0, 0.0)

    def wait(self, at: int) -> None:
        """Return when the market time `at` is due, or at once when the feed is told to stop."""
        if not self._speed or (self._free_until is not None and at <= self._free_until):
            return
        if self._newest is None or abs(at - self._newest) > LONGEST_WAIT:
            self._started = at, time.monotonic()
            self._newest = at
        self._newest = max(self._newest, at)
        market, wall = self._started
        self._stop.wait(max(wall + (at - market) / 1e6 / self._speed - time.monotonic(), 0.0))
