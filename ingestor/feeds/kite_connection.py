"""One connection to Kite's ticker, made again for as long as there is something to follow."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import structlog

from ingestor.feeds.kite_frames import decode
from ingestor.model import Batch, Connected, Disconnected, Heard, Subscribed

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable

    from ingestor.model import Event

log = structlog.get_logger()

SECOND = 1.0
NO_TOKEN = "no access token: bhav login kite"  # noqa: S105 - a reason
REFUSED = "access token refused: bhav login kite"
NOTHING_TO_FOLLOW = "nothing to follow"
TEXT = "text message"
FAILURE = "failure of the feed"
UNCLEAN = "connection was closed uncleanly ("
"""What the SDK's library says before the reason."""
FORBIDDEN = "(403"
"""In the SDK's words for a refused token: all that it says of it."""
DROPPED = "peer dropped"
"""The same for a connection that ended without any."""


@dataclass(frozen=True, slots=True)
class Access:
    """How Kite is reached, and how patiently."""

    api_key: str
    token: Callable[[], str | None]
    root: str | None
    silence: float
    """Seconds without any message, heartbeats included, after which a connection is given up."""
    backoff: tuple[float, float]
    """Seconds before the second try, and the most that doubling makes of them; up for longer than that, it has held."""


class KiteConnection:
    """Carries the instruments in `ids`. Everything here happens on the reactor's thread.

    Each try is a KiteTicker of its own, for one connection: the SDK's reconnecting gives up after a number of tries,
    wears out on a refused token and does not notice a server that froze.
    """

    def __init__(self, name: str, access: Access, emit: Callable[[Event], None], rejected: Counter[str]) -> None:
        """Emit all but what is rejected, which is counted by reason."""
        self.name = name
        self.ids: dict[int, int] = {}
        """What it is to carry: instrument_id by token. Replaced, never changed."""
        self._access = access
        self._emit = emit
        self._rejected = rejected
        self._carried: dict[int, int] = {}
        self._ticker: Any = None
        """The try under way, if any."""
        self._is_up = False
        self._reason: str | None = None
        """Why it is down, as told."""
        self._refused: str | None = None
        self._due = 0.0
        self._delay = access.backoff[0]
        self._beat_at = self._up_at = self._told_at = 0.0
        self._silent = 0.0
        """Seconds since the last message; of those that this process was busy for, one at the most."""
        self._heard_at = self._told = 0
        """When the last message came, and the last one told of."""

    def beat(self) -> None:
        """Do what is due; to be called several times a second."""
        now = time.monotonic()
        try:
            self._work(now)
        except Exception as error:
            log.exception("connection to Kite failed", connection=self.name)
            self._lose(self._ticker, f"{FAILURE}: {error}")
        self._beat_at = now

    def close(self, reason: str) -> None:
        """Hang up."""
        if self._ticker:
            self._lose(self._ticker, reason)

    def _work(self, now: float) -> None:
        if not self.ids:
            self.close(NOTHING_TO_FOLLOW)
        elif self._ticker is None:
            if now >= self._due:
                self._try(now)
        else:
            self._silent += min(now - self._beat_at, SECOND)
            if self._silent > self._access.silence:
                self._lose(self._ticker, "silent" if self._is_up else "no answer")
            elif self._is_up:
                self._report(now)

    def _try(self, now: float) -> None:
        token = self._access.token()
        if not token or token == self._refused:
            self._due = now + SECOND
            self._tell_down(REFUSED if token else NO_TOKEN, _wall_clock())
            return
        # slow, and needed by those alone who have Kite
        from autobahn.twisted.websocket import connectWS  # noqa: PLC0415
        from kiteconnect import KiteTicker  # noqa: PLC0415
        from twisted.internet.ssl import optionsForClientTLS  # noqa: PLC0415

        self._silent = 0.0
        access = self._access
        self._ticker = ticker = KiteTicker(access.api_key, token, root=access.root)
        ticker.on_open = self._guarded(self._opened)
        ticker.on_close = self._guarded(partial(self._closed, token))
        # what ticker.connect() does, but it would take any certificate, and tell its owner the access token
        ticker._create_connection(ticker.socket_url, useragent=ticker._user_agent(), headers={"X-Kite-Version": "3"})  # noqa: SLF001
        factory = ticker.factory
        # past the SDK's handlers: one fails on text that is no JSON object, the others connect again
        factory.on_message = self._guarded(partial(self._received, ticker))
        ended = self._guarded(partial(self._ended, ticker))
        factory.clientConnectionFailed = factory.clientConnectionLost = ended
        connectWS(factory, optionsForClientTLS(factory.host) if factory.isSecure else None, timeout=access.silence)

    def _guarded(self, callback: Callable[..., None]) -> Callable[..., None]:
        """Return a callback for the SDK, where an exception would end the connection."""

        def call(*arguments: object) -> None:
            try:
                callback(*arguments)
            except Exception:
                log.exception("callback failed", connection=self.name)
                self._rejected[FAILURE] += 1

        return call

    def _opened(self, ticker: Any) -> None:  # noqa: ANN401 - the SDK has no types
        if ticker is not self._ticker:
            ticker.ws.dropConnection(abort=True)
            return
        self._carried = {}
        self._subscribe()
        self._is_up = True
        self._reason = None
        self._up_at = self._told_at = time.monotonic()
        self._silent = 0.0
        self._heard_at = self._told = _wall_clock()
        self._emit(Connected(self._heard_at, self.name, frozenset(self._carried.values())))

    def _subscribe(self) -> None:
        """Send the difference between what is carried and what is to be."""
        if gone := [*self._carried.keys() - self.ids.keys()]:
            self._ticker.unsubscribe(gone)
        if new := [*self.ids.keys() - self._carried.keys()]:
            self._ticker.subscribe(new)
            self._ticker.set_mode(self._ticker.MODE_FULL, new)
        self._carried = self.ids

    def _received(self, ticker: Any, _: object, payload: bytes, is_binary: bool) -> None:  # noqa: ANN401 - as above
        if ticker is not self._ticker:
            return
        received_at = _wall_clock()
        self._silent = 0.0
        self._heard_at = max(self._heard_at, received_at)
        if not is_binary:
            self._rejected[TEXT] += 1
            if complaint := _complaint(payload):
                log.warning("Kite complains", connection=self.name, complaint=complaint)
        elif ticks := decode(payload, self._carried, self._rejected):
            self._emit(Batch(ticks, received_at, self.name))

    def _report(self, now: float) -> None:
        """Tell that it lives, and follow the list."""
        if self._carried is not self.ids:
            self._subscribe()
            self._emit(Subscribed(_wall_clock(), self.name, frozenset(self._carried.values())))
        if now - self._told_at >= SECOND and self._heard_at > self._told:
            self._told_at, self._told = now, self._heard_at
            self._emit(Heard(self._heard_at, self.name))

    def _closed(self, token: str, ticker: Any, code: int, reason: str | None) -> None:  # noqa: ANN401 - as above
        told = reason or f"closed by the server ({code})"
        if told.startswith(UNCLEAN):
            told = told.removeprefix(UNCLEAN).removesuffix(")")
        if ticker is self._ticker and not self._is_up:
            if told.startswith(DROPPED):
                return  # _ended() is told why, as of a certificate that is not to be trusted
            if FORBIDDEN in told:
                self._refused = token
                told = REFUSED
        self._lose(ticker, told)

    def _ended(self, ticker: Any, _: object, failure: Any) -> None:  # noqa: ANN401 - as above
        self._lose(ticker, failure.getErrorMessage())

    def _lose(self, ticker: Any, reason: str) -> None:  # noqa: ANN401 - as above
        """Discard a try for good, unless it is already."""
        if ticker is not self._ticker:
            return
        now = time.monotonic()
        first, longest = self._access.backoff
        if self._is_up and now - self._up_at > longest:
            self._delay = first
        self._due = now + self._delay
        self._delay = min(2 * self._delay, longest)
        at = self._heard_at if self._is_up else _wall_clock()
        self._ticker, self._is_up = None, False
        if ticker and ticker.ws:
            ticker.ws.dropConnection(abort=True)
        self._tell_down(reason, at)

    def _tell_down(self, reason: str, at: int) -> None:
        if reason != self._reason:
            self._reason = reason
            self._emit(Disconnected(at, self.name, reason))


def _complaint(message: bytes) -> str | None:
    """Return what Kite's text message says is wrong, if it is of that kind."""
    try:
        content = json.loads(message)
    except ValueError:
        return None
    return str(content.get("data")) if isinstance(content, dict) and content.get("type") == "error" else None


def _wall_clock() -> int:
    """Microseconds since the Unix epoch."""
    return time.time_ns() // 1_000
