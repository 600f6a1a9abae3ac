"""From ticks as received to rows as stored: trading session, identity, and what was traded since the tick before.

All of it is decided here, before the journal, so that sending a journalled row again changes nothing.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

from ingestor.copyrows import Row
from ingestor.sessions import Sessions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from ingestor.model import Batch, Connected, Tick
    from ingestor.sessions import Session

SECOND = 1_000_000
MINUTE = 60 * SECOND
OLDEST = 946_684_800 * SECOND
"""A time before 2000 is no exchange time: feeds stamp 1970 when they have none."""
AHEAD = MINUTE
"""How far an exchange's clock may be ahead of ours."""
MOST_VOLUME = 2**53
"""More shares than any day trades: beyond it the counter is broken."""
RECENT_SECONDS = 8
"""Seconds of each instrument whose ticks are remembered; an older tick is numbered by the database."""
DAYS = 3
"""Session dates whose state is kept in memory; others are read back from the database when a tick asks for them."""

DUPLICATE, LATE = -1, -2
"""Instead of a time: the tick is there already; it is older than what is remembered."""

Payload = tuple[float, int | None, int | None, float | None, float | None, int | None, int | None]
"""A tick's fields but instrument and time: two of one second that agree in these are the same tick."""


@dataclass(slots=True)
class Second:
    """The ticks of one instrument in one second of exchange time."""

    payloads: set[Payload]
    times: set[int]


@dataclass(slots=True)
class State:
    """What is known of one instrument on one session date."""

    day_volume: int | None = None
    """The highest cumulative volume seen."""
    counted_at: int = 0
    """Time of the tick that it was seen in."""
    connection: int = -1
    """The serial of the connection that it came on."""
    seconds: dict[int, Second] = field(default_factory=dict)
    """The newest seconds that have ticks, ascending."""

    def place(self, time: int, payload: Payload) -> int:
        """Return the time under which to store a tick: its own or the next free microsecond; DUPLICATE; or LATE."""
        second = time // SECOND
        seen = self.seconds.get(second)
        if seen is None:
            if second < next(reversed(self.seconds), 0):
                return LATE
            self.seconds[second] = Second({payload}, {time})
            if len(self.seconds) > RECENT_SECONDS:
                del self.seconds[next(iter(self.seconds))]
            return time
        if payload in seen.payloads:
            return DUPLICATE
        seen.payloads.add(payload)
        while time in seen.times:
            time += 1
        seen.times.add(time)
        return time


@dataclass(slots=True)
class Counts:
    """What happened to the ticks since the last report."""

    received: int = 0
    written: int = 0
    late: int = 0
    duplicates: int = 0
    offsession: int = 0
    volume_falls: int = 0
    dropped: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    """By reason."""

    def as_dict(self) -> dict[str, int | Counter[str]]:
        return {item.name: getattr(self, item.name) for item in fields(self)}

    def add(self, other: Counts) -> None:
        for name, value in other.as_dict().items():
            setattr(self, name, getattr(self, name) + value)


@dataclass(slots=True)
class Sequenced:
    """Rows by where they go."""

    ticks: list[Row] = field(default_factory=list)
    late: list[Row] = field(default_factory=list)
    offsession: list[Row] = field(default_factory=list)


class Sequencer:
    """Classifies, numbers and differences the ticks of one writer."""

    def __init__(
        self,
        load: Callable[[date], dict[int, State]],
        *,
        live: bool,
        learn: Callable[[], None] = lambda: None,
    ) -> None:
        """Take how to read a session date's state back from the database.

        A live feed cannot be ahead of the clock. `learn` is called at a tick of an unknown instrument, to `use` newer
        reference data if there is any.
        """
        self.counts = Counts()
        self._load = load
        self._learn = learn
        self._live = live
        self._days: dict[date, dict[int, State]] = {}
        self._connections: dict[str, tuple[int, int]] = {}
        self._serial = 0
        self.use(Sessions(()), {}, OLDEST)

    def use(self, sessions: Sessions, segments: Mapping[int, str], horizon: int) -> None:
        """Take the trading sessions, the segment of each instrument, and the time before which ticks are rejected."""
        self._sessions = sessions
        self._segments = segments
        self._horizon = horizon
        self._current: dict[str, Session] = {}
        self._unknown: set[int] = set()

    def connected(self, event: Connected) -> None:
        """Remember that what accrued on this connection until now was not seen."""
        self._serial += 1
        self._connections[event.connection] = (self._serial, event.at)

    def sequence(self, batch: Batch) -> Sequenced:
        """Turn a batch into rows; what is left out is counted."""
        rows = Sequenced()
        counts = self.counts
        counts.received += len(batch.ticks)
        serial, connected_at = self._connections.get(batch.connection, (0, batch.received_at))
        latest = batch.received_at + AHEAD if self._live else math.inf
        for tick in batch.ticks:
            if fault := self._fault(tick, latest):
                counts.rejected[fault] += 1
                continue
            session = self._session(tick)
            if session is None:
                counts.offsession += 1
                rows.offsession.append(row_of(tick, tick.time, 0, 0, batch.received_at))
                continue
            state = self._state(session.date, tick.instrument_id)
            time = state.place(tick.time, tick[2:])
            if time == DUPLICATE:
                counts.duplicates += 1
                if tick.day_volume == state.day_volume:  # as brokers send it to a new connection: nothing was missed
                    state.counted_at, state.connection = tick.time, serial
                continue
            volume, missed = self._traded(tick, state, session, serial, connected_at)
            if time == LATE:
                rows.late.append(row_of(tick, tick.time, volume, missed, batch.received_at))
            else:
                rows.ticks.append(row_of(tick, time, volume, missed, batch.received_at))
        counts.written += len(rows.ticks)
        counts.late += len(rows.late)
        return rows

    def _fault(self, tick: Tick, latest: float) -> str | None:
        """Return why a tick cannot be stored, if it cannot."""
        fault = None
        if not 0 < tick.ltp < math.inf:
            fault = "price"
        elif tick.time < OLDEST:
            fault = "no time"
        elif tick.time < self._horizon:
            fault = "before the horizon"
        elif tick.time > latest:
            fault = "in the future"
        elif tick.day_volume is not None and not 0 <= tick.day_volume < MOST_VOLUME:
            fault = "volume"
        elif tick.instrument_id not in self._segments and not self._learned(tick.instrument_id):
            fault = "unknown instrument"
        return fault

    def _learned(self, instrument_id: int) -> bool:
        if instrument_id not in self._unknown:
            self._learn()
            self._unknown.add(instrument_id)
        return instrument_id in self._segments

    def _session(self, tick: Tick) -> Session | None:
        segment = self._segments[tick.instrument_id]
        current = self._current.get(segment)
        if current and current.opens <= tick.time < current.closes:
            return current
        found = self._sessions.find(segment, tick.time)
        if found:
            self._current[segment] = found
        return found

    def _state(self, day: date, instrument_id: int) -> State:
        states = self._days.get(day)
        if states is None:
            states = self._days[day] = self._load(day)
            if len(self._days) > DAYS:
                del self._days[min(other for other in self._days if other != day)]
        state = states.get(instrument_id)
        if state is None:
            state = states[instrument_id] = State()
        return state

    def _traded(
        self,
        tick: Tick,
        state: State,
        session: Session,
        serial: int,
        connected_at: int,
    ) -> tuple[int, int]:
        """Return (volume, missed volume): what the counter rose by, and which of the two it is.

        Missed is what accrued while the connection was down, unless it must lie within the tick's own minute: because
        the counter was last seen in that minute, or because the day has only just opened. The day's first counter
        holds the opening auction; it is seen whole on a connection that was up before the open.
        """
        counter = tick.day_volume
        if counter is None:
            return 0, 0
        before, watched = state.day_volume, state.connection == serial
        if before is None:
            seen = connected_at <= session.day_opens or tick.time < session.day_opens + MINUTE
        else:
            seen = watched or state.counted_at // MINUTE == tick.time // MINUTE
        traded = counter - (before or 0)
        if traded < 0:
            self.counts.volume_falls += 1
            return 0, 0
        state.day_volume, state.counted_at, state.connection = counter, tick.time, serial
        return (traded, 0) if seen else (0, traded)


def row_of(tick: Tick, time: int, volume: int, missed_volume: int, received_at: int) -> Row:
    _, _, ltp, day_volume, open_interest, bid_price, ask_price, bid_qty, ask_qty = tick
    return Row(
        tick.instrument_id, time, ltp, volume, missed_volume, day_volume, open_interest,
        bid_price, ask_price, bid_qty, ask_qty, received_at,
    )  # fmt: skip
