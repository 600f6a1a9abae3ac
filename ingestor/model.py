"""What a feed emits: ticks as the exchange sent them, and when a connection was up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable


class Tick(NamedTuple):
    """One tick of one instrument, decoded but not yet classified, numbered or differenced."""

    instrument_id: int
    time: int
    """Exchange time in microseconds since the Unix epoch."""
    ltp: float
    """Last traded price in rupees."""
    day_volume: int | None = None
    """The broker's cumulative volume of the day; None where the feed has none (indices)."""
    open_interest: int | None = None
    bid_price: float | None = None
    ask_price: float | None = None
    bid_qty: int | None = None
    ask_qty: int | None = None


@dataclass(frozen=True, slots=True)
class Connected:
    """A connection is up and subscribed: what accrues from here on is seen."""

    at: int
    """Market time in microseconds since the Unix epoch."""
    connection: str = "main"


@dataclass(frozen=True, slots=True)
class Disconnected:
    """A connection is down: what accrues until it is back goes to `missed_volume`."""

    at: int
    connection: str = "main"
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """Ticks that arrived together on one connection, in order of arrival."""

    ticks: list[Tick]
    received_at: int
    """Wall clock at arrival in microseconds since the Unix epoch."""
    connection: str = "main"


Event = Batch | Connected | Disconnected


class Feed(Protocol):
    """A source of ticks. `run` returns when the source is exhausted or `stop` is set."""

    source: str
    """Written to `store.tick_data.source`."""
    may_wait: bool
    """True: `emit` blocks while the queue is full (replay). False: the overflow is dropped and counted (live)."""

    def run(self, emit: Callable[[Event], None], stop: threading.Event) -> None: ...

    def progress(self) -> tuple[float, float]:
        """Return (done, total) in a unit of the feed's own; (0, 0) when it has no end."""
        ...
