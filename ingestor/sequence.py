"""From ticks as received to rows as stored: trading session, identity, and what was traded since the tick before.

All of it is decided here, before the journal, so that sending a journalled row again changes nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ingestor.copyrows import Row, row_of
from ingestor.counts import Tally
from ingestor.sessions import Sessions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from ingestor.model import Batch, Connected, Subscribed, Tick
    from ingestor.sessions import Session

SECOND = 1_000_000
MINUTE = 60 * SECOND
DAY = 24 * 60 * MINUTE
OLDEST = 946_684_800 * SECOND
"""A time before 2000 is no exchange time: feeds stamp 1970 when they have none."""
AHEAD = MINUTE
"""How far an exchange's clock may be ahead of ours."""
MOST_VOLUME = 2**53
"""More shares than any day trades: beyond it the counter is broken."""
MOST_PRICE = 1e12
"""More rupees than anything costs: beyond it turnover may be no number any more."""
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
    seconds: dict[int, Second | Tick] = field(default_factory=dict)
    """The newest seconds that have ticks, ascending; of most it is one tick, which then stands for itself."""
    newest: int = 0
    """The last of them."""
    opens: int = 0
    closes: int = 0
    """The part of the day's session that ticks are expected in, as far as it is after the horizon."""
    day_opens: int = 0

    def enter(self, session: Session, horizon: int) -> None:
        """Expect ticks of this session."""
        self.opens, self.closes, self.day_opens = max(session.opens, horizon), session.closes, session.day_opens
        self.newest = next(reversed(self.seconds), 0)

    def begin(self, second: int, tick: Tick) -> None:
        """Take the first tick of a second later than all."""
        self.newest = second
        self.seconds[second] = tick
        if len(self.seconds) > RECENT_SECONDS:
            del self.seconds[next(iter(self.seconds))]

    def place(self, second: int, tick: Tick) -> int:
        """Return the time of a tick that is not the first of its second: the next free one; DUPLICATE; or LATE."""
        seen = self.seconds.get(second)
        if seen is None:
            return LATE
        if isinstance(seen, tuple):
            seen = self.seconds[second] = Second({seen[2:]}, {seen.time})
        time, payload = tick.time, tick[2:]
        if payload in seen.payloads:
            return DUPLICATE
        seen.payloads.add(payload)
        while time in seen.times:
            time += 1
        seen.times.add(time)
        return time


@dataclass(slots=True)
class Sequenced:
    """Rows by where they go, and what they show."""

    ticks: list[Row] = field(default_factory=list)
    late: list[Row] = field(default_factory=list)
    offsession: list[Row] = field(default_factory=list)
    missed: list[tuple[int, int]] = field(default_factory=list)
    """Minutes that hold missed volume: instrument_id and start."""


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
        self.counts = Tally()
        self._load = load
        self._learn = learn
        self._live = live
        self._days: dict[date, dict[int, State]] = {}
        self._connections: dict[str, tuple[int, int]] = {}
        self._carried: dict[str, frozenset[int]] = {}
        """By connection, the instruments that it is subscribed to."""
        self._unseen_until: dict[int, int] = {}
        """Of instruments that a connection took on, or whose ticks our clock made us refuse, after it was up."""
        self._serial = 0
        self._expected: dict[int, State] = {}
        """By instrument_id, what its next tick most likely belongs to."""
        self.use(Sessions(()), {}, OLDEST)

    def use(self, sessions: Sessions, segments: Mapping[int, str], horizon: int) -> None:
        """Take the trading sessions, the segment of each instrument, and the time before which ticks are rejected."""
        self._sessions = sessions
        self._segments = segments
        self._horizon = horizon
        self._unknown: set[int] = set()
        self._expected.clear()

    def connected(self, event: Connected) -> None:
        """Remember that what accrued on this connection until now was not seen."""
        self._serial += 1
        self._connections[event.connection] = (self._serial, event.at)
        self._carried[event.connection] = event.instrument_ids

    def subscribed(self, event: Subscribed) -> None:
        """Remember that what accrued until now on the instruments that are new was not seen."""
        for instrument_id in event.instrument_ids - self._carried.get(event.connection, frozenset()):
            self._unseen(instrument_id, event.at)
        self._carried[event.connection] = event.instrument_ids

    def _unseen(self, instrument_id: int, until: int) -> None:
        self._unseen_until[instrument_id] = until
        for states in self._days.values():
            if instrument_id in states:
                states[instrument_id].connection = -1

    def sequence(self, batch: Batch) -> Sequenced:
        """Turn a batch into rows; what is left out is counted."""
        self._forget()
        rows = Sequenced()
        received_at = batch.received_at
        serial, connected_at = self._connections.get(batch.connection, (0, received_at))
        latest = received_at + AHEAD if self._live else math.inf
        expected, store, new = self._expected, rows.ticks.append, tuple.__new__
        # whatever most ticks go through is written out here: a call costs as much as the rest of a step
        for tick in batch.ticks:
            instrument_id, time, ltp, counter, interest, bid, ask, bid_qty, ask_qty = tick
            state = expected.get(instrument_id)
            if (
                state is None
                or not state.opens <= time < state.closes
                or not (0 < ltp < MOST_PRICE and time <= latest and (counter is None or 0 <= counter < MOST_VOLUME))
            ):
                state = self._admit(tick, latest, received_at, rows)
                if state is None:
                    continue
            second = time // SECOND
            placed = time
            if second > state.newest:
                state.begin(second, tick)
            else:
                placed = state.place(second, tick)
                if placed == DUPLICATE:
                    self._repeated(tick, state, serial)
                    continue
            before = state.day_volume
            if counter is not None and before is not None and counter >= before and state.connection == serial:
                state.day_volume, state.counted_at = counter, time
                traded, missed = counter - before, 0
            else:
                traded, missed = self._traded(tick, state, serial, connected_at)
                if missed:
                    rows.missed.append((instrument_id, time // MINUTE * MINUTE))
            if placed == LATE:
                self.counts[instrument_id].late += 1
                rows.late.append(row_of(tick, traded, missed, received_at))
                continue
            row = (
                instrument_id, placed, ltp, traded, missed, counter, interest, bid, ask, bid_qty, ask_qty, received_at,
            )  # fmt: skip
            store(new(Row, row))
        counts = self.counts[None]
        counts.received += len(batch.ticks)
        counts.written += len(rows.ticks)
        return rows

    def _admit(self, tick: Tick, latest: float, received_at: int, rows: Sequenced) -> State | None:
        """Return the state that a tick belongs to, entering its session; None if it is no tick of a session."""
        if fault := self._fault(tick, latest):
            self.counts[tick.instrument_id].rejected[fault] += 1
            if latest < tick.time < latest + DAY:  # it is our clock that is wrong
                self._unseen(tick.instrument_id, tick.time)
            return None
        session = self._sessions.find(self._segments[tick.instrument_id], tick.time)
        if session is None:
            self.counts[tick.instrument_id].offsession += 1
            rows.offsession.append(row_of(tick, 0, 0, received_at))
            return None
        state = self._expected[tick.instrument_id] = self._state(session.date, tick.instrument_id)
        state.enter(session, self._horizon)
        return state

    def _fault(self, tick: Tick, latest: float) -> str | None:
        """Return why a tick cannot be stored, if it cannot."""
        fault = None
        if not 0 < tick.ltp < MOST_PRICE:
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
        if instrument_id not in (asked := self._unknown):
            self._learn()
            self._unknown = asked | {instrument_id}
        return instrument_id in self._segments

    def _forget(self) -> None:
        """Let go of old session dates; never within a batch, whose rows cannot be read back from the database yet."""
        while len(self._days) > DAYS:
            del self._days[min([*self._days][:-1])]
            self._expected.clear()

    def _state(self, day: date, instrument_id: int) -> State:
        states = self._days.get(day)
        if states is None:
            states = self._days[day] = self._load(day)
        state = states.get(instrument_id)
        if state is None:
            state = states[instrument_id] = State()
        return state

    def _repeated(self, tick: Tick, state: State, serial: int) -> None:
        """Count a duplicate; as brokers send the last tick to a new connection, it shows that nothing was missed."""
        self.counts[tick.instrument_id].duplicates += 1
        if tick.day_volume == state.day_volume:
            state.counted_at, state.connection = tick.time, serial

    def _traded(self, tick: Tick, state: State, serial: int, connected_at: int) -> tuple[int, int]:
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
            connected_at = max(connected_at, self._unseen_until.get(tick.instrument_id, connected_at))
            seen = connected_at <= state.day_opens or tick.time < state.day_opens + MINUTE
        else:
            seen = watched or state.counted_at // MINUTE == tick.time // MINUTE
        traded = counter - (before or 0)
        if traded < 0:
            self.counts[tick.instrument_id].volume_falls += 1
            return 0, 0
        state.day_volume, state.counted_at, state.connection = counter, tick.time, serial
        return (traded, 0) if seen else (0, traded)
