"""What a feed is about and emits: instruments, ticks as the exchange sent them, and when a connection was up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol, runtime_checkable

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping
    from datetime import date

OptionType = Literal["CE", "PE"]


@dataclass(frozen=True, slots=True)
class Instrument:
    """A row of `market.instruments`, before it has an id."""

    symbol: str
    """Exchange and trading symbol: 'NSE:INFY', 'NFO:NIFTY26NOVFUT'."""
    exchange: str
    segment: str
    tradingsymbol: str
    name: str
    kind: Literal["index", "equity", "future", "option"]
    underlying: str | None = None
    """Symbol of the instrument that this one derives from."""
    expiry: date | None = None
    strike: float | None = None
    option_type: OptionType | None = None
    lot_size: int = 1
    tick_size: float = 0.05


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
    """Market time in microseconds since the Unix epoch, as in every event."""
    connection: str = "main"
    instrument_ids: frozenset[int] = frozenset()
    """What it is subscribed to; empty where the feed cannot tell (recordings)."""


@dataclass(frozen=True, slots=True)
class Subscribed:
    """A connection that is up carries other instruments from here on: those it now has."""

    at: int
    connection: str
    instrument_ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class Heard:
    """A connection lives: everything that it brought until then has been emitted. Not more often than each second."""

    at: int
    """Of the last message, a heartbeat included."""
    connection: str = "main"


@dataclass(frozen=True, slots=True)
class Disconnected:
    """A connection is down: what accrues until it is back goes to `missed_volume`.

    Emitted again, without a Connected between, when the reason changes: a try that failed, a token that is missing.
    """

    at: int
    """Of the last message, where a connection was silent before it was given up."""
    connection: str = "main"
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Rejected:
    """Something arrived that makes no tick: it is counted by reason."""

    reason: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class Batch:
    """Ticks that arrived together on one connection, in order of arrival."""

    ticks: list[Tick]
    received_at: int
    """Wall clock at arrival in microseconds since the Unix epoch."""
    connection: str = "main"


ConnectionEvent = Connected | Subscribed | Heard | Disconnected
Event = Batch | Rejected | ConnectionEvent


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


@runtime_checkable
class LiveFeed(Feed, Protocol):
    """A broker's feed: it follows a list that changes, and recovers by itself for as long as `run` goes on."""

    capacity: int
    """How many instruments it can carry."""

    def follow(self, keys: Mapping[str, int]) -> None:
        """Subscribe to exactly these, from any thread: instrument_id by broker key, `capacity` at the most."""
        ...
