"""Live ticks from Fyers."""

from __future__ import annotations

import time
from importlib import import_module
from typing import TYPE_CHECKING

import structlog

from ingestor.errors import BhavError
from ingestor.feeds.fyers_connection import NAME, FyersConnection, LostError
from ingestor.feeds.fyers_happenings import Addresses
from ingestor.model import Disconnected

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping

    from ingestor.model import Event

log = structlog.get_logger()

SECOND = 1.0
NO_TOKEN = "no access token: bhav login fyers"  # noqa: S105 - a reason
REFUSED = "access token refused: bhav login fyers"
NOTHING_TO_FOLLOW = "nothing to follow"


class Fyers:
    """Feed of Fyers' data socket through the official SDK, on one connection. A key is a ticker, as "NSE:SBIN-EQ".

    `token` returns the access token of now, None where there is none; one that Fyers refused is not tried again.
    Other addresses than Fyers' own: `socket_url`, `api_url` (the root of its HTTP API) and `symbols_url` (the folder of
    its lists). `silence`: seconds without any message after which a connection is given up; the server answers a ping
    three times in it. `backoff`: seconds between tries, the first and the longest. Raises BhavError without the SDK.
    """

    source = "fyers"
    may_wait = False
    capacity = 5_000

    def __init__(
        self,
        app_id: str,
        token: Callable[[], str | None],
        *,
        socket_url: str | None = None,
        api_url: str | None = None,
        symbols_url: str | None = None,
        silence: float = 15.0,
        backoff: tuple[float, float] = (0.5, 30.0),
    ) -> None:
        try:
            import_module("ingestor.feeds.fyers_socket")
        except ImportError as error:
            raise BhavError(
                f"Fyers' SDK is not installed: {error}",
                "pip install --no-deps --require-hashes -r requirements-fyers.lock",
            ) from None
        self._addresses = Addresses(socket_url, api_url, symbols_url)
        self._app_id = app_id
        self._token = token
        self._silence = silence
        self._backoff = backoff
        self._wanted: Mapping[str, int] = {}
        self._refused: str | None = None
        """The access token that Fyers did not take."""
        self._reason: str | None = None
        """Why it is down, as told."""

    def progress(self) -> tuple[float, float]:
        return 0.0, 0.0

    def follow(self, keys: Mapping[str, int]) -> None:
        """Subscribe to exactly these, from any thread. Raises BhavError for more than Fyers carries."""
        if len(keys) > self.capacity:
            raise BhavError(
                f"Fyers carries {self.capacity:,} instruments, not {len(keys):,}", "shorten the list: bhav watch remove"
            )
        self._wanted = dict(keys)

    def run(self, emit: Callable[[Event], None], stop: threading.Event) -> None:
        """Emit what arrives, on one connection after the other, until `stop` is set."""
        first, longest = self._backoff
        delay = first
        while not stop.is_set():
            pause = SECOND
            try:
                if token := self._ready(emit):
                    delay = first if self._hold(token, emit, stop) > longest else delay
                    pause, delay = delay, min(2 * delay, longest)
            except Exception as error:
                log.exception("feed failed")
                self._tell_down(emit, f"failure of the feed: {error}")
            stop.wait(pause)

    def _ready(self, emit: Callable[[Event], None]) -> str | None:
        """Return the access token to connect with; None, and why is told, where it makes no sense to."""
        token = self._token()
        if not self._wanted:
            self._tell_down(emit, NOTHING_TO_FOLLOW)
        elif not token:
            self._tell_down(emit, NO_TOKEN)
        elif token == self._refused:
            self._tell_down(emit, REFUSED)
        else:
            return token
        return None

    def _hold(self, token: str, emit: Callable[[Event], None], stop: threading.Event) -> float:
        """Hold a connection until it is lost or told to stop; return for how many seconds it was up."""
        connection = FyersConnection(f"{self._app_id}:{token}", self._addresses, self._silence, emit, stop)
        reason = "stopped"
        try:
            connection.hold(lambda: self._wanted)
        except LostError as lost:
            reason = lost.reason
            if lost.token_refused:
                log.warning("access token refused", reason=reason)
                self._refused, reason = token, REFUSED
        except Exception as error:
            log.exception("connection failed")
            reason = f"failure of the connection: {error}"
        if connection.up_at is None:
            self._tell_down(emit, reason)
            return 0.0
        self._reason = None
        self._tell_down(emit, reason, connection.heard_at)
        return time.monotonic() - connection.up_at

    def _tell_down(self, emit: Callable[[Event], None], reason: str, at: int | None = None) -> None:
        if reason != self._reason:
            self._reason = reason
            emit(Disconnected(at or time.time_ns() // 1_000, NAME, reason))
