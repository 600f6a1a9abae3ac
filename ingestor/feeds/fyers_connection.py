"""One connection to Fyers, from its opening to its loss."""

from __future__ import annotations

import queue
import time
from typing import TYPE_CHECKING

import structlog

from ingestor.feeds.fyers_happenings import Answered, Failed, Known, Limited, Received
from ingestor.model import Batch, Connected, Heard, Rejected, Subscribed

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping

    from ingestor.feeds.fyers_happenings import Addresses, Happening
    from ingestor.model import Event

log = structlog.get_logger()

NAME = "fyers"
CHUNK = 1_500
"""Symbols that the SDK puts into one message; each message is answered."""
STEP = 0.1
"""Seconds that it waits for something to happen, before it looks at what else is due."""
LOOKUP_SECONDS = 60.0
"""By then the HTTP requests of a subscription have ended, each by its own timeout."""


class LostError(Exception):
    """The connection is over, and why."""

    def __init__(self, reason: str, *, token_refused: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.token_refused = token_refused


class FyersConnection:
    """Carries what is wanted, and emits on the thread that calls `hold`.

    What the SDK's threads have to tell comes through a queue that is forgotten with the connection, so that a thread
    which outlives it can emit nothing.
    """

    def __init__(
        self, token: str, addresses: Addresses, silence: float, emit: Callable[[Event], None], stop: threading.Event
    ) -> None:
        from ingestor.feeds.fyers_socket import FyersSocket  # noqa: PLC0415 - slow, and for those alone who have Fyers

        self.up_at: float | None = None
        """When it had subscribed, by the monotonic clock."""
        self.heard_at = 0
        """Wall clock at the last message in microseconds since the Unix epoch."""
        self._silence = silence
        self._emit = emit
        self._stop = stop
        self._happenings: queue.SimpleQueue[Happening] = queue.SimpleQueue()
        self._socket = FyersSocket(token, addresses, silence, self._happenings.put)
        self._answers: set[str] = set()
        self._known: frozenset[str] | None = None
        self._agreed: set[str] = set()
        """Symbols that the server agreed to send."""
        self._refused: set[str] = set()
        self._limit = ""
        """What the server said of it, if the plan's limit was exceeded."""
        self._limited_at = 0.0
        self._told: frozenset[int] = frozenset()
        self._heard_told = (0, 0.0)
        self._alive_at = time.monotonic()

    def hold(self, wanted: Callable[[], Mapping[str, int]]) -> None:
        """Connect, follow what is wanted and emit what arrives, until told to stop. Raises LostError."""
        followed: Mapping[str, int] | None = None
        try:
            self._socket.open()
            self._wait(lambda: "cn" in self._answers, self._silence)
            while not self._stop.is_set():
                keys = wanted()
                if keys is followed:
                    self._step()
                elif self._approach(keys):
                    followed = keys
        finally:
            self._socket.close()

    def _approach(self, keys: Mapping[str, int]) -> bool:
        """Go one request from what is carried towards what is wanted; True when there is nothing left to do."""
        ids = self._socket.ids
        if gone := [key for key in ids if key not in keys][:CHUNK]:
            self._unsubscribe(set(gone))
        elif new := [key for key in keys if key not in ids and key not in self._refused][:CHUNK]:
            self._subscribe({key: keys[key] for key in new})
        elif ids:
            self._socket.ids = {key: keys[key] for key in ids}
        else:
            raise LostError("fyers knows none of the symbols" if keys else "nothing to follow")
        self._tell()
        return not gone and not new

    def _unsubscribe(self, symbols: set[str]) -> None:
        self._answers.clear()
        self._socket.ask(self._socket.unsubscribe, symbols)
        self._wait(lambda: "unsub" in self._answers, self._silence)
        self._agreed -= symbols
        self._socket.seen.difference_update(symbols)
        self._socket.ids = {key: id_ for key, id_ in self._socket.ids.items() if key not in symbols}

    def _subscribe(self, new: Mapping[str, int]) -> None:
        before = self._socket.ids
        self._socket.ids = {**before, **new}
        self._known = None
        self._answers.clear()
        self._socket.ask(self._socket.subscribe, new)
        self._wait(lambda: self._known is not None, LOOKUP_SECONDS)
        if self._known is None:
            return
        if refused := new.keys() - self._known:
            log.error("fyers refuses symbols", symbols=sorted(refused))
            self._emit(Rejected("symbol refused by fyers", len(refused)))
            self._refused |= refused
            self._socket.ids = {key: id_ for key, id_ in self._socket.ids.items() if key not in refused}
        if self._known:
            self._wait(lambda: "sub" in self._answers or bool(self._limit), self._silence)
            self._agreed |= self._known

    def _wait(self, done: Callable[[], bool], seconds: float) -> None:
        """Go on until it is done, or until told to stop. Raises LostError when it takes too long."""
        deadline = time.monotonic() + seconds
        while not done() and not self._stop.is_set():
            if time.monotonic() > deadline:
                raise LostError("no answer")
            self._step()

    def _step(self) -> None:
        """Take what happens next, if it happens soon, and tell that the connection lives."""
        try:
            happening = self._happenings.get(timeout=STEP)
        except queue.Empty:
            if time.monotonic() - self._alive_at > self._silence:
                raise LostError("silent" if self._told else "no answer") from None
        else:
            self._take(happening)
        if self._limit and not self._socket.seen and time.monotonic() - self._limited_at > self._silence:
            raise LostError(self._limit)
        heard_at, told_at = self._heard_told
        if self._told and self.heard_at > heard_at and time.monotonic() - told_at >= 1:
            self._heard_told = self.heard_at, time.monotonic()
            self._tell()
            self._emit(Heard(self.heard_at, NAME))

    def _take(self, happening: Happening) -> None:
        match happening:
            case Received(ticks, rejected, at):
                self._alive_at, self.heard_at = time.monotonic(), at
                if ticks and not self._told:
                    self._tell()
                for reason, count in rejected.items():
                    self._emit(Rejected(reason, count))
                if ticks:
                    self._emit(Batch(ticks, at, NAME))
            case Known(symbols):
                self._known = symbols
            case Answered(to):
                self._answers.add(to)
            case Limited(reason):
                self._limit, self._limited_at = reason, time.monotonic()
                log.error("more symbols than fyers carries", reason=reason)
                self._emit(Rejected(reason))
            case Failed(reason, token_refused):
                raise LostError(reason, token_refused=token_refused)

    def _tell(self) -> None:
        """Emit which instruments are carried, where that is news: beyond the plan's limit, those that were heard of."""
        agreed = set() if self._limit else self._agreed
        seen = self._socket.seen
        carried = frozenset(id_ for key, id_ in self._socket.ids.items() if key in agreed or key in seen)
        if not carried or carried == self._told:
            return
        now = time.time_ns() // 1_000
        if self._told:
            self._emit(Subscribed(now, NAME, carried))
        else:
            self.up_at = time.monotonic()
            self.heard_at = self.heard_at or now
            self._emit(Connected(now, NAME, carried))
        self._told = carried
